#include "tests/sample_store/shop.hpp"

#include <fmt/format.h>

#include <chrono>

namespace sluice::sample_store {
namespace {

constexpr std::array<std::string_view, 20> first_names = {
    "Jane",  "Jürgen", "Zoë",  "Amélie", "Søren", "Łukasz", "Noor",  "Priya",  "Mateo", "Ingrid",
    "Chloé", "Thomas", "Yūki", "Olga",   "Liam",  "Fatima", "Björn", "Sinéad", "José",  "Anna"};
constexpr std::array<std::string_view, 20> last_names = {
    "Müller", "O'Brien", "García", "Nguyen",  "Ødegård", "Smith", "Kowalska", "Çelik", "Dvořák", "Patel",
    "Rossi",  "Dubois",  "Tanaka", "Åkesson", "Weiß",    "Silva", "van Dijk", "Doe",   "Ivanov", "Jones"};
constexpr std::array<std::string_view, 8> companies = {
    "", "", "", "", "Acme \"Best\" Ltd.", "Bäckerei Schön GmbH & Co. KG", "Laser Ltd", "Café <Zentral>"};
constexpr std::array<std::string_view, 8> streets = {"Main Street",       "Königsallee", "Rue de l'Église", "High St.",
                                                     "Václavské náměstí", "Calle Mayor", "Storgatan",       "Elm Ave"};
constexpr std::array<Place, 8> places = {{
    {"Austin", "Texas", "78751", "United States", "US", "555-123-4567"},
    {"Köln", "Nordrhein-Westfalen", "50667", "Germany", "DE", "+49 221 5550101"},
    {"Orléans", "Centre-Val de Loire", "45000", "France", "FR", "+33 2 38 55 01 02"},
    {"London", "", "SW1A 1AA", "United Kingdom", "GB", "+44 20 5550 0123"},
    {"Praha", "", "110 00", "Czech Republic", "CZ", ""},
    {"Sydney", "New South Wales", "2000", "Australia", "AU", "(02) 5550 1234"},
    {"Malmö", "Skåne", "211 20", "Sweden", "SE", ""},
    {"New York", "New York", "00501", "United States", "US", "1-212-555-0199"},
}};
constexpr std::array<std::string_view, 12> materials = {"Linen",  "Oak",   "Crème",      "Copper", "Wool", "Glass",
                                                        "Bamboo", "Steel", "Terracotta", "Cotton", "Cork", "Porcelain"};
constexpr std::array<std::string_view, 12> things = {"Towel",   "Teapot ☕",        "Journal №",     "Lamp",
                                                     "Blanket", "Coffee \"Maker\"", "Cutting Board", "Jar 1/2 l",
                                                     "Basket",  "Tea Towel",        "Brush",         "Plant 🌱 Pot"};
constexpr std::array<std::string_view, 15> brands = {
    "Sagaform",       "OFS",           "Common Good",     "Fjällräven-Küche", "Acme Brand",
    "Fog Linen Work", "Barr-Co.",      "Thames & Hudson", "Able Brewing",     "Chemex",
    "Kinfolk",        "Iris Hantverk", "Gather Journal",  "Openhouse",        "Smith Journal"};

std::string ascii(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += c;
    if (c >= 'A' && c <= 'Z') out += static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

Person anybody(Dice& dice) {
  Person person;
  person.first_name = dice.pick(first_names);
  person.last_name = dice.pick(last_names);
  person.company = dice.pick(companies);
  person.street = fmt::format("{} {}", dice.between(1, 899), dice.pick(streets));
  person.street_2 = dice.chance(20) ? fmt::format("Suite {}", dice.between(1, 99)) : "";
  person.place = dice.pick(places);
  person.email =
      fmt::format("{}.{}{}@example.com", ascii(person.first_name), ascii(person.last_name), dice.below(10000));
  return person;
}

}  // namespace

std::string Shop::link(std::string_view resource) const {
  return fmt::format("https://api.bigcommerce.com/stores/{}/v2{}", store_hash, resource);
}

Goods make_goods(std::uint64_t seed, std::int64_t id) {
  Dice dice(seed, "goods", id);
  Goods goods;
  goods.id = id;
  goods.name = fmt::format("{} {} {}", dice.pick(materials), dice.pick(things), id);
  goods.sku = fmt::format("SK-{:05}", id);
  goods.upc = dice.chance(60) ? fmt::format("{:012}", dice.below(1'000'000'000'000)) : "";
  goods.price = Money{dice.between(199, 24999) * 100};
  goods.cost = Money{goods.price.value * 6 / 10};
  goods.brand_id = dice.chance(85) ? 35 + dice.below(brand_count()) : 0;
  goods.digital = dice.chance(6);
  goods.sized = !goods.digital && dice.chance(30);
  return goods;
}

Person make_person(std::uint64_t seed, std::int64_t id) {
  Dice dice(seed, "person", id);
  Person person = anybody(dice);
  person.id = id;
  person.email = fmt::format("{}.{}@example.com", ascii(person.first_name), id);
  return person;
}

Person make_guest(Dice& dice) { return anybody(dice); }

Seconds date_in(Dice& dice, Seconds from, Seconds to) {
  const Seconds time = from + dice.below(to - from);
  return dice.chance(10) ? std::max(from, time - time % 3600) : time;
}

namespace {
struct Civil {
  std::chrono::year_month_day day;
  std::chrono::hh_mm_ss<std::chrono::seconds> clock;
  std::chrono::weekday weekday;
  explicit Civil(Seconds time) : Civil(std::chrono::sys_seconds{std::chrono::seconds{time}}) {}
  explicit Civil(std::chrono::sys_seconds time)
      : day(std::chrono::floor<std::chrono::days>(time)),
        clock(time - std::chrono::floor<std::chrono::days>(time)),
        weekday(std::chrono::floor<std::chrono::days>(time)) {}
};

std::string iso(Seconds time, std::string_view zone) {
  const Civil at(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}", static_cast<int>(at.day.year()),
                     static_cast<unsigned>(at.day.month()), static_cast<unsigned>(at.day.day()),
                     at.clock.hours().count(), at.clock.minutes().count(), at.clock.seconds().count(), zone);
}
}  // namespace

std::string rfc2822(Seconds time) {
  constexpr std::array<std::string_view, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const Civil at(time);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", days[at.weekday.c_encoding()],
                     static_cast<unsigned>(at.day.day()), months[static_cast<unsigned>(at.day.month()) - 1],
                     static_cast<int>(at.day.year()), at.clock.hours().count(), at.clock.minutes().count(),
                     at.clock.seconds().count());
}

std::string iso_offset(Seconds time) { return iso(time, "+00:00"); }
std::string iso_zulu(Seconds time) { return iso(time, "Z"); }

std::int64_t brand_count() { return static_cast<std::int64_t>(brands.size()); }
std::string_view brand_name(std::int64_t index) { return brands[static_cast<std::size_t>(index % brand_count())]; }

std::string slug(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter) {
      out += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out;
}

}  // namespace sluice::sample_store
