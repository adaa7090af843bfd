#include "tests/sample_store/described_control.hpp"

#include "tests/sample_store/control_body.hpp"
#include "tests/sample_store/described_list.hpp"
#include "tests/sample_store/described_paths.hpp"
#include "tests/sample_store/row_words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::sample_store {
namespace {

/// Keys compare as texts, so that "7" finds 7 and upper case stands for itself.
bool same_key(const Json& key, const Json& wanted) {
  if (!wanted.is_array()) return as_text(key.back()) == as_text(wanted);
  return std::ranges::equal(key, wanted, {}, as_text, as_text);
}

std::vector<Json> wanted_keys(const Json& body) {
  std::vector<Json> keys;
  for (const char* member : {"id", "key"}) {
    if (body.contains(member)) keys.push_back(body[member]);
  }
  for (const char* member : {"ids", "keys"}) {
    if (!body.contains(member)) continue;
    if (!body[member].is_array()) refuse(member, "must be an array of keys");
    keys.insert(keys.end(), body[member].begin(), body[member].end());
  }
  return keys;
}

}  // namespace

std::optional<std::int64_t> DescribedControl::parent_in(const TableDescription& table, const Json& body) const {
  if (table.parent.empty()) return 0;
  if (!body.contains("parent")) return std::nullopt;
  const Json& parent = body["parent"];
  std::vector<std::string> keys;
  for (const Json& key : parent.is_array() ? parent : Json::array({parent})) keys.push_back(as_text(key));
  const auto row = keys.empty() ? std::nullopt : parent_in_path(rows_, table, keys);
  if (!row) refuse("parent", fmt::format("there is no row {} in \"{}\"", parent.dump(), table.parent));
  return row->ordinal;
}

Json DescribedControl::name_of(const TableDescription& table, RowRef row) const {
  Json key = rows_.key(table, row);
  return key.size() == 1 ? key.front() : key;
}

RowRefs DescribedControl::pick(const TableDescription& table, const Json& body) {
  const auto parent = parent_in(table, body);
  RowRefs known = parent ? rows_.of_parent(table, *parent) : rows_.all(table);
  if (table.is_object() && known.size() == 1) return known;  // a table of one row needs no key
  const auto wanted = wanted_keys(body);
  RowRefs rows;
  for (const Json& key : wanted) {
    const auto row = std::ranges::find_if(known, [&](const RowRef& r) { return same_key(rows_.key(table, r), key); });
    if (row == known.end()) refuse("key", fmt::format("there is no row {} in \"{}\"", key.dump(), table.name));
    rows.push_back(*row);
  }
  if (!wanted.empty()) return rows;
  if (!body.contains("count")) refuse("count", "say which rows: \"id\", \"key\" or \"count\"");
  const auto count = count_of(body, "count", 0);
  if (count > std::ssize(known))
    refuse("count", fmt::format("there are only {} rows in \"{}\"", known.size(), table.name));
  for (std::size_t i = 0; std::ssize(rows) < count; ++i) {
    std::swap(known[i],
              known[i + static_cast<std::size_t>(dice_.below(std::ssize(known) - static_cast<std::ptrdiff_t>(i)))]);
    rows.push_back(known[i]);
  }
  return rows;
}

Json DescribedControl::modify(const TableDescription& table, const Json& body, Seconds now) {
  const Json set = body.value("set", Json::object());
  if (!set.is_object()) refuse("set", "must be an object of members and values");
  Json names = Json::array();
  for (const RowRef& row : pick(table, body)) {
    names.push_back(name_of(table, row));
    rows_.modify(table, row, set, now);
  }
  return {{"modified", names}};
}

Json DescribedControl::add(const TableDescription& table, const Json& body, Seconds now) {
  if (table.is_object() && table.parent.empty()) refuse("table", "has one row and cannot grow");
  const auto count = body.contains("count") ? count_of(body, "count", 0) : 1;
  const Json set = body.value("set", Json::object());
  Json names = Json::array();
  for (std::int64_t i = 0; i < count; ++i) {
    auto parent = parent_in(table, body);
    if (!parent) {  // that of any row there is
      const RowRefs& known = rows_.all(table);
      if (known.empty()) refuse("parent", "is needed: no parent has such rows yet");
      parent = dice_.pick(known).parent;
    }
    names.push_back(name_of(table, rows_.add(table, *parent, set, now)));
  }
  return {{"added", names}};
}

Json DescribedControl::remove(const TableDescription& table, const Json& body, Seconds now) {
  if (table.is_object() && table.parent.empty()) refuse("table", "has one row that cannot go");
  RowRefs picked = pick(table, body);
  Json names = Json::array();
  for (const RowRef& row : picked) names.push_back(name_of(table, row));
  // From the last to the first: a row that goes moves those behind it in its parent.
  std::ranges::sort(picked, std::greater<>{}, &RowRef::n);
  for (const RowRef& row : picked) rows_.remove(table, row, now);
  return {{"deleted", names}};
}

std::size_t DescribedControl::count(const TableDescription& table) const {
  if (table.parent.empty()) return rows_.of_parent(table, 0).size();
  std::size_t sum = 0;
  for (const RowRef& parent : rows_.rows(table.parent)) sum += rows_.of_parent(table, parent.ordinal).size();
  return sum;
}

void DescribedControl::for_each(const TableDescription& table, std::int64_t after,
                                const std::vector<std::string>& includes,
                                const std::function<bool(RowRef row, const Json& json)>& visit) const {
  ListQuery query;
  query.includes = includes;
  for (const std::string& include : includes) {
    if (!table.at("includes").contains(include))
      refuse("include", fmt::format("\"{}\" has no such include", table.name));
  }
  for (const RowRef& row : rows_.all(table)) {
    if (row.ordinal > after && !visit(row, described_row(rows_, table, row, query))) return;
  }
}

Json DescribedControl::parent_of(const TableDescription& table, RowRef row) const {
  Json out = Json::object();
  if (const auto parameter = table.parent_parameter(); !parameter.empty()) {
    const TableDescription& above = *described_table(table.parent);
    return {{std::string(parameter), rows_.key(above, rows_.row_of(above, row.parent)).back()}};
  }
  const auto holes = holes_of(table);
  const TableDescription* inner = &table;
  for (auto hole = holes.rbegin(); hole != holes.rend(); ++hole) {
    const TableDescription* outer = described_table(inner->parent);
    const RowRef above = outer == nullptr ? RowRef{row.parent, 0, 0} : rows_.row_of(*outer, row.parent);
    out[*hole] = outer == nullptr ? Json(row.parent) : rows_.key(*outer, above).back();
    if (outer == nullptr) break;
    inner = outer;
    row = above;
  }
  return out;
}

}  // namespace sluice::sample_store
