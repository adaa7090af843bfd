#include "connectors/catalogue.hpp"

#include <algorithm>

namespace sluice {

Catalogue::Catalogue(std::vector<Table> tables) : tables_(std::move(tables)) {}

const Table* Catalogue::find(std::string_view name) const {
  const auto found = std::ranges::find_if(tables_, [&](const Table& table) {
    return table.name == name || std::ranges::find(table.aliases, name) != table.aliases.end();
  });
  return found == tables_.end() ? nullptr : &*found;
}

const Table& Catalogue::carrier_of(const Table& table) const {
  if (!table.is_embedded()) return table;
  const Table* parent = find(table.parent->table);
  return parent == nullptr ? table : *parent;
}

std::vector<std::string> Catalogue::names() const {
  std::vector<std::string> out;
  out.reserve(tables_.size());
  for (const Table& table : tables_) out.push_back(table.name);
  return out;
}

}  // namespace sluice
