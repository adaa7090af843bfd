#include "tests/sample_store/described_rows.hpp"

#include "tests/sample_store/derived_rows.hpp"
#include "tests/sample_store/row_words.hpp"

#include <algorithm>
#include <charconv>

namespace sluice::sample_store {
namespace {

std::optional<std::int64_t> as_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// {"member": [values]} or {"member": {"not": [values]}}.
bool value_is_among(const Json& value, const Json& condition) {
  const bool negated = condition.is_object();
  const Json& values = negated ? condition.at("not") : condition;
  const std::string text = as_text(value);
  const bool found = std::ranges::any_of(values, [&](const Json& wanted) { return as_text(wanted) == text; });
  return found != negated;
}

}  // namespace

bool DescribedRows::holds(const Json& conditions, std::string_view table, std::int64_t parent) const {
  for (const auto& [member, condition] : conditions.items()) {
    if (!value_is_among(value(table, parent, member), condition)) return false;
  }
  return true;
}

/// How many rows the seed gives a parent, or the table.
std::int64_t DescribedRows::count_of(const TableDescription& table, std::int64_t parent) const {
  if (const Json& chance = table.at("chance"); !chance.is_null()) {
    if (!Dice(shop().seed, std::string(table.name) + ".chance", parent).chance(chance.get<int>())) return 0;
  }
  if (const Json& when = table.at("when"); !when.is_null() && !holds(when, table.parent, parent)) return 0;
  if (!table.at("derived").is_null() && table.at("rows").is_null())
    return std::ssize(derived_rows(*this, table, parent));
  if (const Json& elements = table.at("elements"); !elements.is_null()) return std::ssize(elements);
  if (const Json& each = table.at("each"); !each.is_null()) {
    const auto& path = each.get_ref<const std::string&>();
    // Counted without parsing: an order's consignments are long.
    if (described_table(table.parent) == nullptr) return items_in(text_of(table.parent, parent, path));
    const Json items = value(table.parent, parent, path);
    return items.is_null() ? 0 : items.is_array() ? std::ssize(items) : 1;
  }
  const Json& rows = table.at("rows");
  if (rows.is_number_integer()) return rows.get<std::int64_t>();
  if (rows.is_string()) {  // "orders/40"
    const auto& words = rows.get_ref<const std::string&>();
    const auto slash = words.find('/');
    return std::max<std::int64_t>(3, initial_count(words.substr(0, slash)) / std::stoll(words.substr(slash + 1)));
  }
  if (rows.is_array() && rows.size() == 2 && rows.front().is_number_integer()) {
    const std::int64_t count = Dice(shop().seed, std::string(table.name) + ".rows", parent)
                                   .between(rows[0].get<std::int64_t>(), rows[1].get<std::int64_t>());
    const Json& most = table.at("at_most");  // so many for each initial row of another table
    if (most.is_null()) return count;
    return std::min(count, initial_count(most[0].get_ref<const std::string&>()) * most[1].get<std::int64_t>());
  }
  for (const Json& item : rows) {
    if (holds(item.at("when"), table.parent, parent)) return item.at("rows").get<std::int64_t>();
  }
  return rows.is_null() ? 1 : 0;
}

RowRefs DescribedRows::of_parent(const TableDescription& table, std::int64_t parent) const {
  RowRefs rows;
  const std::int64_t count = count_of(table, parent);
  const auto changes = changes_.find(table.name);
  const Json& needs = table.at("needs");
  const std::int64_t base = table.parent.empty() ? table.first : parent * table.width;
  for (std::int64_t n = 0; n < count; ++n) {
    const RowRef row{base + n, parent, n};
    if (changes != changes_.end()) {
      const auto change = changes->second.rows.find(row.ordinal);
      if (change != changes->second.rows.end() && change->second.gone) continue;
    }
    // A row about another row goes with it.
    if (!needs.is_null() && !find(needs[0].get_ref<const std::string&>(), std::nullopt,
                                  as_text(member(table, row, needs[1].get_ref<const std::string&>()))))
      continue;
    rows.push_back(row);
  }
  if (changes == changes_.end()) return rows;
  const auto added = changes->second.added.find(parent);
  if (added != changes->second.added.end()) rows.insert(rows.end(), added->second.begin(), added->second.end());
  return rows;
}

const RowRefs& DescribedRows::all(const TableDescription& table) const {
  Index& index = indexes_[table.name];
  if (index.version == version()) return index.rows;
  RowRefs found;
  if (table.parent.empty()) {
    found = of_parent(table, 0);
  } else {
    for (const RowRef& parent : rows(table.parent)) {
      const RowRefs of_one = of_parent(table, parent.ordinal);
      found.insert(found.end(), of_one.begin(), of_one.end());
    }
  }
  std::ranges::sort(found, {}, &RowRef::ordinal);
  index = {version(), std::move(found)};
  return index.rows;
}

const DescribedRows::Change* DescribedRows::change_of(const TableDescription& table, RowRef row) const {
  const auto changes = changes_.find(table.name);
  if (changes == changes_.end()) return nullptr;
  const auto change = changes->second.rows.find(row.ordinal);
  return change == changes->second.rows.end() ? nullptr : &change->second;
}

bool DescribedRows::is_stored_by_parent(const TableDescription& table) const {
  return !table.at("each").is_null() && table.at("record").is_null();
}

Json DescribedRows::element(const TableDescription& table, RowRef row) const {
  if (const Json& elements = table.at("elements"); !elements.is_null())
    return elements.at(static_cast<std::size_t>(row.n) % elements.size());
  if (!table.at("derived").is_null()) {
    const auto rows = derived_rows(*this, table, row.parent);
    return row.n < std::ssize(rows) ? rows[static_cast<std::size_t>(row.n)] : Json();
  }
  const Json& each = table.at("each");
  if (each.is_null()) return {};
  const Json items = value(table.parent, row.parent, each.get_ref<const std::string&>());
  if (!items.is_array()) return items;
  return row.n < std::ssize(items) ? items[static_cast<std::size_t>(row.n)] : Json();
}

bool DescribedRows::is_included(const TableDescription& table, const std::string& name) const {
  const Json& includes = table.at("includes");
  return std::ranges::any_of(includes, [&](const Json& members) { return members.contains(name); });
}

/// What the row looks like; rows that belong to the whole store and not to one parent may look different.
const Json& DescribedRows::pattern(const TableDescription& table, RowRef row) const {
  const Json& of_all = table.at("without_parent");
  return row.parent == 0 && !of_all.is_null() ? of_all : table.at("record");
}

Json DescribedRows::record(const TableDescription& table, RowRef row) const {
  const Json& record = pattern(table, row);
  Json out = record.is_null() ? element(table, row) : RowWords(*this, table, row).value(record, "");
  if (const Change* change = change_of(table, row)) {
    for (const auto& [name, value] : change->set.items()) {
      // BigCommerce adds members without warning; those that a list shows only on request stay out.
      if (out.contains(name) || !is_included(table, name)) out[name] = value;
    }
  }
  return out;
}

Json DescribedRows::member(const TableDescription& table, RowRef row, std::string_view name) const {
  if (const Change* change = change_of(table, row)) {
    if (const auto set = change->set.find(name); set != change->set.end()) return *set;
  }
  const Json& record = pattern(table, row);
  if (record.is_null()) {
    const Json whole = element(table, row);
    if (whole.is_object() && whole.contains(name)) return whole.at(std::string(name));
  }
  for (const Json* members : {&record, &table.at("hidden")}) {
    const auto place = members->find(name);
    if (place == members->end()) continue;
    Json value = RowWords(*this, table, row).value(*place, std::string(name));
    return value.is_discarded() ? Json() : value;
  }
  return {};
}

Json DescribedRows::included(const TableDescription& table, RowRef row, std::string_view parameter) const {
  Json out = RowWords(*this, table, row).value(table.at("includes").at(std::string(parameter)), "include");
  if (const Change* change = change_of(table, row)) {
    for (const auto& [name, value] : change->set.items()) {
      if (out.contains(name)) out[name] = value;
    }
  }
  return out;
}

Json DescribedRows::key(const TableDescription& table, RowRef row) const {
  Json out = Json::array();
  for (const std::string_view name : table.key) {
    Json value = member(table, row, name);
    if (value.is_null() && !table.parent.empty()) {
      const TableDescription* parent = described_table(table.parent);
      value = parent == nullptr ? Json(row.parent) : key(*parent, row_of(*parent, row.parent)).back();
    }
    out.push_back(std::move(value));
  }
  if (out.empty()) out.push_back(row.parent == 0 ? row.ordinal : row.parent);
  return out;
}

Seconds DescribedRows::created(const TableDescription& table, RowRef row) const {
  if (const Change* change = change_of(table, row); change != nullptr && change->created != 0) return change->created;
  if (const Json& since = table.at("created"); !since.is_null())
    return value(table.parent, row.parent, since.get_ref<const std::string&>()).get<Seconds>();
  Seconds base = shop_opened;
  if (const TableDescription* parent = described_table(table.parent))
    base = created(*parent, row_of(*parent, row.parent));
  else if (const RecordTable* rendered = data_.table(table.parent))
    if (const Record* record = rendered->find(row.parent); record != nullptr && record->created != 0)
      base = record->created;
  if (base >= shop_ready - 1) return base;
  Dice dice(shop().seed, std::string(table.name) + ".created", row.ordinal);
  return date_in(dice, base, table.parent.empty() ? shop_ready : std::min(shop_ready, base + 20 * 86400));
}

Seconds DescribedRows::modified(const TableDescription& table, RowRef row) const {
  if (const Change* change = change_of(table, row); change != nullptr && change->modified != 0) return change->modified;
  const Seconds from = created(table, row);
  Dice dice(shop().seed, std::string(table.name) + ".modified", row.ordinal);
  if (dice.chance(50) || from >= shop_ready - 1) return from;
  return date_in(dice, from, std::min(shop_ready, from + 40 * 86400));
}

RowRef DescribedRows::row_of(const TableDescription& table, std::int64_t ordinal) const {
  if (const auto changes = changes_.find(table.name); changes != changes_.end()) {
    for (const auto& [parent, rows] : changes->second.added) {
      const auto row = std::ranges::find(rows, ordinal, &RowRef::ordinal);
      if (row != rows.end()) return *row;
    }
  }
  if (table.parent.empty()) return {ordinal, 0, ordinal - table.first};
  return {ordinal, ordinal / table.width, ordinal % table.width};
}

RowRefs DescribedRows::rows(std::string_view table) const {
  if (const TableDescription* described = described_table(table)) return all(*described);
  RowRefs rows;
  if (const RecordTable* rendered = data_.table(table)) {
    rows.reserve(rendered->size());
    for (const Record* record : rendered->by_id()) rows.push_back({record->id, 0, 0});
  }
  return rows;
}

std::optional<RowRef> DescribedRows::find(std::string_view table, std::optional<std::int64_t> parent,
                                          std::string_view key) const {
  const auto number = as_number(key);
  const TableDescription* described = described_table(table);
  if (described == nullptr) {
    const RecordTable* rendered = data_.table(table);
    if (rendered == nullptr || !number || rendered->find(*number) == nullptr) return std::nullopt;
    return RowRef{*number, 0, 0};
  }
  const RowRefs of_one = parent ? of_parent(*described, *parent) : RowRefs{};
  for (const RowRef& row : parent ? of_one : all(*described)) {
    if (as_text(this->key(*described, row).back()) == key) return row;
  }
  return std::nullopt;
}

Json DescribedRows::record(std::string_view table, std::int64_t ordinal) const {
  if (const TableDescription* described = described_table(table))
    return record(*described, row_of(*described, ordinal));
  const Record* found = data_.table(table)->find(ordinal);
  return found == nullptr ? Json() : Json::parse(found->body + "}");
}

/// What a rendered row has at a path.
std::string_view DescribedRows::text_of(std::string_view table, std::int64_t ordinal, std::string_view path) const {
  const RecordTable* rendered = data_.table(table);
  const Record* record = rendered == nullptr ? nullptr : rendered->find(ordinal);
  if (record == nullptr) return {};
  const auto dot = path.find('.');
  const std::string_view part = record->part(path.substr(0, dot));
  const std::string_view text = part.empty() ? member_of(record->body, path.substr(0, dot)) : part;
  return dot == std::string_view::npos ? text : text_within(text, path.substr(dot + 1));
}

Json DescribedRows::value(std::string_view table, std::int64_t ordinal, std::string_view path) const {
  const TableDescription* described = described_table(table);
  if (described == nullptr) {
    if (path == "refunded_at") {
      const Record* record = data_.table(table)->find(ordinal);
      return record == nullptr ? Json() : Json(record->refunded);
    }
    const std::string_view text = text_of(table, ordinal, path);
    return text.empty() ? Json() : Json::parse(text);
  }
  const auto dot = path.find('.');
  const Json out = member(*described, row_of(*described, ordinal), path.substr(0, dot));
  return dot == std::string_view::npos ? out : value_in(out, path.substr(dot + 1));
}

std::int64_t DescribedRows::initial_count(std::string_view table) const {
  const TableDescription* described = described_table(table);
  return described == nullptr ? data_.initial_count(table) : count_of(*described, 0);
}

std::int64_t DescribedRows::initial_id(std::string_view table, std::int64_t n) const {
  const TableDescription* described = described_table(table);
  if (described == nullptr) return data_.initial_id(table, n);
  const Json id = key(*described, {described->first + n, 0, n}).back();
  return id.is_number_integer() ? id.get<std::int64_t>() : described->first + n;
}

}  // namespace sluice::sample_store
