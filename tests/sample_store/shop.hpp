#pragma once
// What the invented shop knows about its goods and its people before anything is rendered: orders, customers and
// subscribers speak of the same names, and the line items of orders of the same products.

#include "tests/sample_store/dice.hpp"
#include "tests/sample_store/record_table.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::sample_store {

/// The initial rows are dated between these two; later changes carry the clock's time.
constexpr Seconds shop_opened = 1685577600;  // 2023-06-01
constexpr Seconds shop_ready = 1748736000;   // 2025-06-01

struct Place {
  std::string_view city, state, zip, country, country_iso2, phone;
};

struct Person {
  std::int64_t id = 0;  // 0: a guest
  std::string first_name, last_name, company, email, street, street_2;
  Place place;
};

struct Goods {
  std::int64_t id = 0;
  std::string name, sku, upc;
  Money price, cost;
  std::int64_t brand_id = 0;
  bool digital = false;
  bool sized = false;  // comes in variants
};

struct Shop {
  std::uint64_t seed = 1;
  std::string store_hash;
  std::vector<Goods> goods;
  std::vector<Person> customers;

  /// Where links in V2 answers point to.
  std::string link(std::string_view resource) const;
};

Goods make_goods(std::uint64_t seed, std::int64_t id);
Person make_person(std::uint64_t seed, std::int64_t id);
Person make_guest(Dice& dice);

/// A date in the shop's first two years. Some fall on whole hours, where several rows then share one second.
Seconds date_in(Dice& dice, Seconds from, Seconds to);
/// "Wed, 10 Jan 2018 21:05:30 +0000"
std::string rfc2822(Seconds time);
/// "2018-08-15T14:49:05+00:00"
std::string iso_offset(Seconds time);
/// "2018-08-15T14:49:05Z"
std::string iso_zulu(Seconds time);

std::int64_t brand_count();
std::string_view brand_name(std::int64_t index);
/// A slug for URLs: lower case, words joined by dashes.
std::string slug(std::string_view name);

}  // namespace sluice::sample_store
