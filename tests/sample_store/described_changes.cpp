// What /_control does to rows of described tables. A row that lies in a member of its parent's row (a product's images)
// is changed there, so that the list of children and the parent's include stay the same; any other row is remembered
// with what was set.

#include "tests/sample_store/described_rows.hpp"
#include "tests/sample_store/row_words.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::sample_store {
namespace {

/// Ids of children added later; above all that come from parents' ids.
constexpr std::int64_t first_added_id = 1'000'000'000;

std::string_view each_of(const TableDescription& table) { return table.at("each").get_ref<const std::string&>(); }

[[noreturn]] void refuse(const TableDescription& table, std::string_view why) {
  throw Error(ErrorKind::config, "sample_store.fixed_table", fmt::format("\"{}\": {}", table.name, why));
}

/// Date members of a stored row take the time of the change: {"date_modified": "iso_offset"}.
void stamp(const TableDescription& table, Json& row, const Json& set, Seconds now, bool is_new) {
  for (const std::string_view dates : {"modified_members", "created_members"}) {
    if (dates == "created_members" && !is_new) continue;
    for (const auto& [member, form] : table.at(dates).items()) {
      if (!set.contains(member)) row[member] = date_as(form.get_ref<const std::string&>(), now);
    }
  }
}

/// A key like another one, for a row made in its image.
Json another_key(const Json& key, std::int64_t ordinal) {
  if (key.is_number()) return ordinal;
  const std::string text = as_text(key);
  constexpr std::size_t uuid_size = 36;
  return text.size() == uuid_size ? Dice(1, text, ordinal).uuid() : fmt::format("{}-{}", text, ordinal);
}

}  // namespace

std::int64_t DescribedRows::new_ordinal(const TableDescription& table) {
  Changes& changes = changes_[table.name];
  if (changes.next == 0) changes.next = table.parent.empty() ? table.first + count_of(table, 0) : first_added_id;
  return changes.next++;
}

void DescribedRows::touch_parent(const TableDescription& table, std::int64_t parent, Seconds now) {
  if (table.at("touches") != true) return;
  const TableDescription* described = described_table(table.parent);
  if (described != nullptr) return touch_parent(*described, row_of(*described, parent).parent, now);
  data_.modify(table.parent, std::span(&parent, 1), Json::object(), now);
}

void DescribedRows::put(std::string_view table, std::int64_t ordinal, std::string_view member, const Json& value) {
  const TableDescription* described = described_table(table);
  if (described == nullptr) return data_.put(table, ordinal, member, value);
  const RowRef row = row_of(*described, ordinal);
  if (!is_stored_by_parent(*described)) {
    changes_[described->name].rows[ordinal].set[std::string(member)] = value;
    return;
  }
  Json siblings = this->value(described->parent, row.parent, each_of(*described));
  siblings.at(static_cast<std::size_t>(row.n))[std::string(member)] = value;
  put(described->parent, row.parent, each_of(*described), siblings);
}

RowRef DescribedRows::add_to_parent(const TableDescription& table, std::int64_t parent, const Json& set, Seconds now) {
  Json siblings = value(table.parent, parent, each_of(table));
  if (siblings.is_null()) siblings = Json::array();
  Json row;
  if (!siblings.empty()) {
    row = siblings.front();
  } else {
    const RowRefs& others = all(table);
    if (others.empty()) refuse(table, "there is no row that a new one could resemble");
    row = element(table, others.front());
  }
  // The members that name the parent, such as product_id.
  for (const auto& [member, path] : table.at("owner").items()) {
    const auto& words = path.get_ref<const std::string&>();
    row[member] = words.empty() ? Json(parent) : value(table.parent, parent, words);
  }
  if (row.contains(table.key.back()) && row[std::string(table.key.back())].is_number())
    row[std::string(table.key.back())] = new_ordinal(table);
  for (const auto& [member, value] : set.items()) row[member] = value;
  stamp(table, row, set, now, true);
  siblings.push_back(std::move(row));
  put(table.parent, parent, each_of(table), siblings);
  const std::int64_t n = std::ssize(siblings) - 1;
  return {parent * table.width + n, parent, n};
}

RowRef DescribedRows::add(const TableDescription& table, std::int64_t parent, const Json& set, Seconds now) {
  ++changed_;
  RowRef row;
  if (is_stored_by_parent(table)) {
    row = add_to_parent(table, parent, set, now);
  } else if (const Json& edited = table.at("element_member"); !edited.is_null()) {
    const auto& member = edited.get_ref<const std::string&>();
    if (!set.contains(member)) refuse(table, fmt::format("\"set\" has to say the {}", member));
    Json siblings = value(table.parent, parent, each_of(table));
    if (std::ranges::find(siblings, set.at(member)) == siblings.end()) siblings.push_back(set.at(member));
    put(table.parent, parent, each_of(table), siblings);
    row = {parent * table.width + std::ssize(siblings) - 1, parent, std::ssize(siblings) - 1};
  } else {
    row = {new_ordinal(table), parent, 0};
    if ((!table.at("each").is_null() || !table.at("derived").is_null()) && element(table, row).is_null())
      refuse(table, "this parent has nothing that such a row could be about; choose another");
    Changes& changes = changes_[table.name];
    Change& change = changes.rows[row.ordinal];
    change.created = now;
    change.modified = now;
    change.set = set;
    changes.added[parent].push_back(row);
    // A key that is copied from an element has to become another.
    const std::string name(table.key.empty() ? std::string_view{} : table.key.back());
    const Json& record = table.at("record");
    const Json pattern = record.is_object() ? record.value(name, Json()) : Json("$element");
    if (pattern.is_string() && !set.contains(name) && pattern.get<std::string>().starts_with("$element")) {
      changes_[table.name].rows[row.ordinal].set[name] = another_key(member(table, row, name), row.ordinal);
    }
  }
  touch_parent(table, parent, now);
  return row;
}

void DescribedRows::modify(const TableDescription& table, RowRef row, const Json& set, Seconds now) {
  ++changed_;
  if (is_stored_by_parent(table)) {
    Json siblings = value(table.parent, row.parent, each_of(table));
    Json& changed = siblings.at(static_cast<std::size_t>(row.n));
    for (const auto& [member, value] : set.items()) changed[member] = value;
    stamp(table, changed, set, now, false);
    put(table.parent, row.parent, each_of(table), siblings);
  } else {
    Change& change = changes_[table.name].rows[row.ordinal];
    if (change.created == 0) change.created = created(table, row);
    change.modified = now;
    for (const auto& [member, value] : set.items()) change.set[member] = value;
  }
  touch_parent(table, row.parent, now);
}

void DescribedRows::remove(const TableDescription& table, RowRef row, Seconds now) {
  ++changed_;
  if (is_stored_by_parent(table) || !table.at("element_member").is_null()) {
    Json siblings = value(table.parent, row.parent, each_of(table));
    siblings.erase(static_cast<std::size_t>(row.n));
    put(table.parent, row.parent, each_of(table), siblings);
  } else {
    Changes& changes = changes_[table.name];
    changes.rows[row.ordinal].gone = true;
    if (const auto added = changes.added.find(row.parent); added != changes.added.end())
      std::erase_if(added->second, [&](const RowRef& other) { return other.ordinal == row.ordinal; });
  }
  touch_parent(table, row.parent, now);
}

}  // namespace sluice::sample_store
