#include "storage/destination_table.hpp"

#include "storage/destination/widening.hpp"

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

const AddedField* find_type(const SelectedTable& selected, const std::string& name) {
  const auto found = std::ranges::find(selected.widened, name, &AddedField::name);
  return found == selected.widened.end() ? nullptr : &*found;
}

/// The type that people gave the column, if that is still wider than what it would be.
ColumnType type_of(const SelectedTable& selected, const std::string& name, ColumnType type) {
  const AddedField* chosen = find_type(selected, name);
  return chosen != nullptr && may_widen(type, chosen->type) ? chosen->type : type;
}

std::vector<Field> own_fields(const SelectedTable& selected, const Table& table) {
  std::vector<Field> fields;
  for (const std::string& name : selected.fields) {
    const Field* known = table.find_field(name);
    if (known == nullptr || type_of(selected, name, known->type) == known->type) continue;
    fields.push_back(*known);
    fields.back().type = type_of(selected, name, known->type);
  }
  for (const AddedField& it : selected.added) {
    // Meanwhile the connector may have learnt it.
    if (table.find_field(it.name) != nullptr) continue;
    Field field;
    field.name = it.name;
    field.type = type_of(selected, it.name, it.type);
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

const Field* find_field(const std::vector<Field>& fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, &Field::name);
  return found == fields.end() ? nullptr : &*found;
}

}  // namespace

std::optional<DestinationTable> destination_table(const Integration& integration, const Catalogue& catalogue,
                                                  std::string_view table) {
  const Table* known = catalogue.find(table);
  const SelectedTable* selected = find_selected(integration, table);
  const auto schema = Identifier::parse_schema(integration.schema);
  const auto name = name_of(integration, table);
  if (known == nullptr || selected == nullptr || !schema || !name) return std::nullopt;

  DestinationTable made{integration.id, *schema, *name, known, {}, {}, {}, {}, {}};
  made.own = std::make_shared<const std::vector<Field>>(own_fields(*selected, *known));
  for (const std::string& name_of_field : selected->fields) {
    const Field* column = known->find_field(name_of_field);
    if (column == nullptr) continue;
    const Field* own = find_field(*made.own, name_of_field);
    made.fields.push_back(own != nullptr ? own : column);
  }
  for (const Field& field : *made.own) {
    if (known->find_field(field.name) == nullptr) made.fields.push_back(&field);
    if (find_type(*selected, field.name) != nullptr) made.widened.push_back(field.name);
  }
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
