#include "scheduler/comparison_plan.hpp"

#include "core/time.hpp"

#include <algorithm>
#include <string>

namespace sluice {
namespace {

/// As the destination has it: people may have made its type wider.
const Field* column(const DestinationTable& table, const std::string& name) {
  const auto found = std::ranges::find_if(table.fields, [&](const Field* field) { return field->name == name; });
  return found == table.fields.end() ? table.table->find_field(name) : *found;
}

void add(ComparisonPlan& plan, const std::string& name) {
  const bool is_there = std::ranges::any_of(plan.fields, [&](const Field* field) { return field->name == name; });
  const Field* field = column(plan.table, name);
  if (!is_there && field != nullptr) plan.fields.push_back(field);
}

/// Its rows are read again when their parent changed, and only then.
bool follows_parent(const Table& table) {
  return table.is_embedded() || (table.is_per_parent() && table.parent->choice == ParentChoice::changed);
}

/// The column that names the record of the list.
std::string asked_by(const Table& list, const DestinationTable& table) {
  const Table& own = *table.table;
  if (list.key.size() != 1) return "";
  const std::string& name = own.parent ? own.parent->key_field : own.key.front();
  const Field* field = column(table, name);
  return field != nullptr && field->type == ColumnType::bigint ? name : "";
}

}  // namespace

const Table& walked_list(const Catalogue& catalogue, const Table& table) {
  const Table* parent = table.is_per_parent() ? catalogue.parent_of(table) : nullptr;
  return parent == nullptr ? catalogue.carrier_of(table) : *parent;
}

ComparisonPlan plan_comparison(const Catalogue& catalogue, const DestinationTable& table,
                               const std::optional<Time>& start_date, const Json& position) {
  const Table& own = *table.table;
  const Table& list = walked_list(catalogue, own);
  ComparisonPlan plan{.table = table};
  for (const std::string& name : own.key) add(plan, name);
  if (own.parent) {
    plan.parent = own.parent->key_field;
    add(plan, plan.parent);
  }
  if (own.increment) {
    plan.changed = own.increment->field;
    add(plan, plan.changed);
  }
  plan.asked_by = asked_by(list, table);

  const bool has_parent_dates = follows_parent(own) && list.increment && list.key.size() == 1;
  if (has_parent_dates && plan.changed.empty()) {
    plan.parents = Lane{&list, {list.find_field(list.key.front()), list.find_field(list.increment->field)}};
  }
  if (start_date && own.increment && !own.parent) {
    plan.judged = JudgedRows::changed_since_start;
    plan.start = start_date;
  } else if (start_date && has_parent_dates) {
    plan.judged = JudgedRows::of_shown_parents;
  }
  const auto cursor = position.is_object() ? position.find("cursor") : position.end();
  if (position.is_object() && cursor != position.end() && cursor->is_string())
    plan.cursor = parse_iso8601(cursor->get<std::string>());
  return plan;
}

}  // namespace sluice
