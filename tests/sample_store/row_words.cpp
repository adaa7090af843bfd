#include "tests/sample_store/row_words.hpp"

#include "core/error.hpp"
#include "core/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sluice::sample_store {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::int64_t number(std::string_view text) { return std::stoll(std::string(text)); }

double decimal(const Json& value) {
  if (value.is_number()) return value.get<double>();
  const std::string text = as_text(value);
  return text.empty() ? 0.0 : std::strtod(text.c_str(), nullptr);
}

std::string money_text(std::int64_t ten_thousandths) {
  const std::string_view sign = ten_thousandths < 0 ? "-" : "";
  const std::int64_t size = std::abs(ten_thousandths);
  return fmt::format("{}{}.{:04}", sign, size / 10000, size % 10000);
}

}  // namespace

std::string as_text(const Json& value) {
  if (value.is_null()) return {};
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Json value_in(const Json& value, std::string_view path) {
  const Json* at = &value;
  for (const std::string_view part : split(path, '.')) {
    if (at->is_array()) {
      const auto index = static_cast<std::size_t>(number(part));
      if (index >= at->size()) return {};
      at = &(*at)[index];
      continue;
    }
    if (!at->is_object()) return {};
    const auto place = at->find(part);
    if (place == at->end()) return {};
    at = &*place;
  }
  return *at;
}

Json date_as(std::string_view form, Seconds time) {
  const std::string iso = iso_zulu(time);
  if (form == "rfc2822") return rfc2822(time);
  if (form == "iso_offset") return iso_offset(time);
  if (form == "iso_fraction") return iso.substr(0, 19) + ".000Z";
  if (form == "sql") return iso.substr(0, 10) + " " + iso.substr(11, 8);
  if (form == "date") return iso.substr(0, 10);
  if (form == "unix") return time;
  if (form == "unix_text") return std::to_string(time);
  return iso;
}

Dice RowWords::dice(const std::string& place) const {
  return {rows_.shop().seed, fmt::format("{}.{}", table_.name, place), row_.ordinal};
}

Json RowWords::value(const Json& pattern, const std::string& place) {
  if (pattern.is_string()) return text(pattern.get_ref<const std::string&>(), place);
  if (pattern.is_array()) {
    Json out = Json::array();
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      Json item = value(pattern[i], fmt::format("{}.{}", place, i));
      if (!item.is_discarded()) out.push_back(std::move(item));
    }
    return out;
  }
  if (!pattern.is_object() || pattern.empty()) return pattern;
  if (pattern.begin().key().starts_with('$')) return form(pattern, place);
  Json out = Json::object();
  for (const auto& [name, member] : pattern.items()) {
    Json made = value(member, place.empty() ? name : fmt::format("{}.{}", place, name));
    if (!made.is_discarded()) out[name] = std::move(made);
  }
  return out;
}

Json RowWords::text(const std::string& pattern, const std::string& place) {
  if (pattern.starts_with('$') && !pattern.starts_with("${")) return word(std::string_view(pattern).substr(1), place);
  std::string out;
  std::size_t at = 0;
  while (true) {
    const auto begin = pattern.find("${", at);
    out += pattern.substr(at, begin == std::string::npos ? begin : begin - at);
    if (begin == std::string::npos) return out;
    const auto end = pattern.find('}', begin);
    const Json made =
        word(std::string_view(pattern).substr(begin + 2, end - begin - 2), fmt::format("{}#{}", place, begin));
    out += as_text(made);
    at = end + 1;
  }
}

/// Templates that stand for something else than an object: {"$pick": […]} and the like.
Json RowWords::form(const Json& pattern, const std::string& place) {
  const auto first = pattern.begin();
  const std::string& name = first.key();
  const Json& argument = first.value();
  const auto branch = [&](bool holds) {
    const auto chosen = pattern.find(holds ? "then" : "else");
    return chosen == pattern.end() ? Json(Json::value_t::discarded) : value(*chosen, place);
  };
  if (name == "$pick") {
    Dice here = dice(place);
    return value(argument[static_cast<std::size_t>(here.below(std::ssize(argument)))], place);
  }
  if (name == "$by_n") return value(argument[static_cast<std::size_t>(row_.n) % argument.size()], place);
  if (name == "$chance") return branch(dice(place + "?").chance(argument.get<int>()));
  if (name == "$if") {
    const std::string found = as_text(word(argument.get_ref<const std::string&>(), place));
    return branch(!found.empty() && found != "false" && found != "0" && found != "[]");
  }
  if (name == "$place_in") {  // of a value among texts
    const std::string wanted = as_text(value(pattern.at("of"), place));
    for (std::size_t i = 0; i < argument.size(); ++i) {
      if (argument[i] == wanted) return i;
    }
    return 0;
  }
  if (name == "$is_among") {
    const Json wanted = value(pattern.at("of"), place);
    return std::ranges::find(argument, wanted) != argument.end();
  }
  if (name == "$repeat") {
    Json out = Json::array();
    const std::int64_t count =
        dice(place + "*").between(argument[0].get<std::int64_t>(), argument[1].get<std::int64_t>());
    for (std::int64_t i = 0; i < count; ++i) {
      index_ = i;
      out.push_back(value(pattern.at("of"), fmt::format("{}.{}", place, i)));
    }
    return out;
  }
  if (name == "$map") {
    Json out = Json::array();
    const Json items = word(argument.get_ref<const std::string&>(), place);
    const Json* outer = item_;
    for (std::size_t i = 0; i < items.size(); ++i) {
      item_ = &items[i];
      index_ = static_cast<std::int64_t>(i);
      out.push_back(value(pattern.at("of"), fmt::format("{}.{}", place, i)));
    }
    item_ = outer;
    return out;
  }
  throw Error(ErrorKind::config, "sample_store.bad_table", fmt::format("{}: no such form: {}", table_.name, name));
}

const Json& RowWords::element() {
  if (!element_) element_ = rows_.element(table_, row_);
  return *element_;
}

const Json& RowWords::parent_member(std::string_view name) {
  const auto known = parent_members_.find(name);
  if (known != parent_members_.end()) return known->second;
  return parent_members_.emplace(std::string(name), rows_.value(table_.parent, row_.parent, name)).first->second;
}

Json RowWords::parent(std::string_view path) {
  if (!path.empty()) {
    const auto dot = path.find('.');
    const Json& member = parent_member(path.substr(0, dot));
    return dot == std::string_view::npos ? member : value_in(member, path.substr(dot + 1));
  }
  const TableDescription* described = described_table(table_.parent);
  return described == nullptr ? Json(row_.parent) : rows_.value(table_.parent, row_.parent, described->key.back());
}

Json RowWords::word(std::string_view word, const std::string& place) {
  const auto colon = word.find(':');
  const std::string_view name = word.substr(0, colon);
  const std::string_view arguments = colon == std::string_view::npos ? std::string_view{} : word.substr(colon + 1);
  const auto dot = name.find('.');
  const std::string_view head = name.substr(0, dot);
  const std::string_view path = dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1);
  if (head == "parent") return parent(path);
  if (head == "element") return path.empty() ? element() : value_in(element(), path);
  if (head == "item" && item_ != nullptr) return path.empty() ? *item_ : value_in(*item_, path);
  if (head == "person") return person(path);
  if (head == "self") return rows_.member(table_, row_, path);
  if (name == "id") return row_.ordinal;
  if (name == "n") return row_.n;
  if (name == "index") return index_;
  if (name == "absent") return Json(Json::value_t::discarded);
  if (name == "first") return row_.ordinal - row_.n;
  if (name == "of") {  // "product_variants,variant_id,sku": of the row that a member of ours names
    const auto parts = split(arguments, ',');
    const Json id = rows_.member(table_, row_, parts[1]);
    return id.is_number_integer() ? rows_.value(parts[0], id.get<std::int64_t>(), parts[2]) : Json();
  }
  if (name == "children") return children(arguments);
  if (name == "store_hash") return rows_.shop().store_hash;
  if (name == "ref") return reference(arguments, place);
  if (name.starts_with("as_") || name == "link") return converted(name, arguments, place);
  if (name == "created" || name == "modified") {
    const auto parts = split(arguments, ',');
    const Seconds time = name == "created" ? rows_.created(table_, row_) : rows_.modified(table_, row_);
    return date_as(parts[0], time + (parts.size() > 1 ? number(parts[1]) : 0));
  }
  return drawn(name, arguments, place);
}

Json RowWords::drawn(std::string_view name, std::string_view arguments, const std::string& place) {
  Dice here = dice(place);
  if (name == "uuid") return here.uuid();
  if (name == "hex") return here.hex(static_cast<std::size_t>(number(arguments)));
  if (name == "flag") return here.chance(static_cast<int>(number(arguments)));
  if (name == "pick") return std::string(here.pick(split(arguments, '|')));
  if (name == "by_n") {
    const auto parts = split(arguments, '|');
    return std::string(parts[static_cast<std::size_t>(row_.n) % parts.size()]);
  }
  const auto parts = split(arguments, ',');
  if (name == "int") return here.between(number(parts[0]), number(parts[1]));
  if (name == "money") return money_text(here.between(number(parts[0]) * 100, number(parts[1]) * 100) * 100);
  if (name == "price") return static_cast<double>(here.between(number(parts[0]) * 100, number(parts[1]) * 100)) / 100;
  if (name == "nth") {  // different rows of another table for the rows of one parent; `parts[1]` of ours share one
    const std::int64_t count = std::max<std::int64_t>(1, rows_.initial_count(parts[0]));
    const std::int64_t shift = row_.parent * 7;
    return rows_.initial_id(parts[0], (shift + row_.n / number(parts[1])) % count);
  }
  throw Error(ErrorKind::config, "sample_store.bad_table", fmt::format("{}: no such word: {}", table_.name, name));
}

Json RowWords::converted(std::string_view name, std::string_view arguments, const std::string& place) {
  if (name == "link") {  // "/countries/{}/states", with the row's key
    std::string resource(arguments);
    if (const auto hole = resource.find("{}"); hole != std::string::npos)
      resource.replace(hole, 2, as_text(rows_.key(table_, row_).back()));
    return {{"url", rows_.shop().link(resource)}, {"resource", resource}};
  }
  if (name == "as_date") {  // "rfc2822,parent.date_created"
    const auto comma = arguments.find(',');
    const auto time = parse_iso8601(as_text(word(arguments.substr(comma + 1), place)));
    if (!time) return "";
    return date_as(arguments.substr(0, comma),
                   std::chrono::floor<std::chrono::seconds>(*time).time_since_epoch().count());
  }
  const Json made = word(arguments, place);
  if (name == "as_text") return as_text(made);
  if (name == "as_money") return money_text(std::llround(decimal(made) * 10000));
  if (name == "as_number") {
    const double value = decimal(made);
    const auto whole = static_cast<std::int64_t>(value);
    return static_cast<double>(whole) == value ? Json(whole) : Json(value);
  }
  throw Error(ErrorKind::config, "sample_store.bad_table", fmt::format("{}: no such word: {}", table_.name, name));
}

std::int64_t RowWords::referred(std::string_view table, const std::string& place) {
  const std::int64_t count = rows_.initial_count(table);
  return count == 0 ? 0 : rows_.initial_id(table, dice(place).below(count));
}

/// "products", or "products@place.member": a member of the row that was chosen at another place.
Json RowWords::reference(std::string_view arguments, const std::string& place) {
  const auto at = arguments.find('@');
  const std::string_view table = arguments.substr(0, at);
  if (at == std::string_view::npos) return referred(table, place);
  const auto dot = arguments.rfind('.');
  const std::int64_t id = referred(table, std::string(arguments.substr(at + 1, dot - at - 1)));
  return rows_.value(table, id, arguments.substr(dot + 1));
}

/// "promotion_codes,code": what the rows of another table that belong to this one have there.
Json RowWords::children(std::string_view arguments) {
  const auto parts = split(arguments, ',');
  const TableDescription& table = *described_table(parts[0]);
  Json out = Json::array();
  for (const RowRef& row : rows_.of_parent(table, row_.ordinal)) out.push_back(rows_.member(table, row, parts[1]));
  return out;
}

Json RowWords::person(std::string_view member) {
  Dice here = dice("person");
  const Person person = make_guest(here);
  if (member == "first_name") return person.first_name;
  if (member == "last_name") return person.last_name;
  if (member == "name") return fmt::format("{} {}", person.first_name, person.last_name);
  if (member == "email") return person.email;
  if (member == "company") return person.company;
  if (member == "street") return person.street;
  if (member == "street_2") return person.street_2;
  if (member == "city") return person.place.city;
  if (member == "state") return person.place.state;
  if (member == "zip") return person.place.zip;
  if (member == "country") return person.place.country;
  if (member == "country_iso2") return person.place.country_iso2;
  return person.place.phone;
}

}  // namespace sluice::sample_store
