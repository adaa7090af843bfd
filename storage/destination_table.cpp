#include "storage/destination_table.hpp"

#include <algorithm>

namespace sluice {
namespace {

const SelectedTable* find_selected(const Integration& integration, std::string_view table) {
  const auto found = std::ranges::find(integration.selection, table, &SelectedTable::name);
  return found == integration.selection.end() ? nullptr : &*found;
}

std::optional<Identifier> name_of(const Integration& integration, std::string_view table) {
  return Identifier::parse(integration.name + "_" + std::string(table));
}

std::vector<Field> fields_of(const std::vector<AddedField>& added, const Table& table) {
  std::vector<Field> fields;
  for (const AddedField& it : added) {
    // Meanwhile the connector may have learnt it.
    if (table.find_field(it.name) != nullptr) continue;
    Field field;
    field.name = it.name;
    field.type = it.type;
    field.source = {it.name};
    field.meaning = "Found in the source's records; not described by the connector";
    fields.push_back(std::move(field));
  }
  return fields;
}

bool can_lose_rows(const Table& table, const SelectedTable& selected) {
  const bool can_go = table.deletes == DeleteKind::id_sweep || table.deletes == DeleteKind::snapshot;
  return can_go && selected.settings.deletes != DeletePolicy::off;
}

/// The selected parent whose rows can go, when there is one.
const Table* parent_of(const Integration& integration, const Catalogue& catalogue, const Table& table) {
  const Table* parent = catalogue.selectable_parent_of(table);
  const SelectedTable* selected = parent == nullptr ? nullptr : find_selected(integration, parent->name);
  return selected != nullptr && can_lose_rows(*parent, *selected) ? parent : nullptr;
}

std::vector<FollowingTable> followers_of(const Integration& integration, const Catalogue& catalogue,
                                         const Table& table) {
  std::vector<FollowingTable> followers;
  for (const SelectedTable& selected : integration.selection) {
    const Table* other = catalogue.find(selected.name);
    if (other == nullptr || selected.settings.deletes == DeletePolicy::off) continue;
    if (parent_of(integration, catalogue, *other) != &table) continue;
    if (auto name = name_of(integration, other->name))
      followers.push_back({*std::move(name), other->parent->key_field});
  }
  return followers;
}

}  // namespace

std::optional<DestinationTable> destination_table(const Integration& integration, const Catalogue& catalogue,
                                                  std::string_view table) {
  const Table* known = catalogue.find(table);
  const SelectedTable* selected = find_selected(integration, table);
  const auto schema = Identifier::parse_schema(integration.schema);
  const auto name = name_of(integration, table);
  if (known == nullptr || selected == nullptr || !schema || !name) return std::nullopt;

  DestinationTable made{integration.id, *schema, *name, known, {}, {}, {}, {}};
  for (const std::string& field : selected->fields) {
    if (const Field* column = known->find_field(field)) made.fields.push_back(column);
  }
  made.added = std::make_shared<const std::vector<Field>>(fields_of(selected->added, *known));
  for (const Field& field : *made.added) made.fields.push_back(&field);
  made.deletes = selected->settings.deletes;
  made.sweep_interval = selected->settings.sweep_interval;
  made.followers = followers_of(integration, catalogue, *known);
  if (const Table* parent = parent_of(integration, catalogue, *known)) {
    made.parent = name_of(integration, parent->name);
    made.parent_key = parent->key.front();
  }
  return made;
}

DestinationTable beside(const DestinationTable& target, const JobId& job) {
  DestinationTable next = target;
  next.schema = *Identifier::parse("_sluice");
  next.name = *Identifier::parse("reload_" + job.str());
  next.generation = "reload";
  next.parent.reset();
  next.followers.clear();
  return next;
}

}  // namespace sluice
