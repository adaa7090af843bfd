#pragma once
// All tables of one connector.

#include "connectors/table.hpp"

#include <string_view>
#include <vector>

namespace sluice {

class Catalogue {
 public:
  explicit Catalogue(std::vector<Table> tables);

  const std::vector<Table>& tables() const noexcept { return tables_; }
  /// By name or alias.
  const Table* find(std::string_view name) const;
  /// The table whose list call delivers the rows of `table`: its parent when embedded, else itself.
  const Table& carrier_of(const Table& table) const;
  std::vector<std::string> names() const;

 private:
  std::vector<Table> tables_;
};

}  // namespace sluice
