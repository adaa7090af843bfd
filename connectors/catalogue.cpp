#include "connectors/catalogue.hpp"

#include <algorithm>

namespace sluice {

Catalogue::Catalogue(std::vector<Table> tables) {
  for (const bool list_only : {false, true}) {
    for (Table& table : tables) {
      if (table.is_list_only == list_only) tables_.push_back(std::move(table));
    }
    if (!list_only) offered_ = tables_.size();
  }
}

const Table* Catalogue::find(std::string_view name) const {
  const auto found = std::ranges::find_if(tables(), [&](const Table& table) {
    return table.name == name || std::ranges::find(table.aliases, name) != table.aliases.end();
  });
  return found == tables().end() ? nullptr : &*found;
}

const Table* Catalogue::parent_of(const Table& table) const {
  if (!table.parent) return nullptr;
  const auto found = std::ranges::find(tables_, table.parent->table, &Table::name);
  return found == tables_.end() ? nullptr : &*found;
}

const Table* Catalogue::selectable_parent_of(const Table& table) const {
  const Table* parent = parent_of(table);
  return parent != nullptr && parent->is_list_only ? find(parent->same_as) : parent;
}

const Table& Catalogue::carrier_of(const Table& table) const {
  const Table* parent = table.is_embedded() ? parent_of(table) : nullptr;
  return parent == nullptr ? table : *parent;
}

std::vector<std::string> Catalogue::names() const {
  std::vector<std::string> out;
  out.reserve(offered_);
  for (const Table& table : tables()) out.push_back(table.name);
  return out;
}

}  // namespace sluice
