#pragma once
// All tables of one connector.

#include "connectors/table.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace sluice {

class Catalogue {
 public:
  explicit Catalogue(std::vector<Table> tables);

  /// Those that can be selected.
  std::span<const Table> tables() const noexcept { return std::span(tables_).first(offered_); }
  /// By name or alias, of those that can be selected.
  const Table* find(std::string_view name) const;
  /// The table whose list call delivers the rows of `table`: its parent's when embedded, else its own.
  const Table& carrier_of(const Table& table) const;
  /// nullptr when it has none.
  const Table* parent_of(const Table& table) const;
  /// The same, but of a list that is no table the table with the same records.
  const Table* selectable_parent_of(const Table& table) const;
  std::vector<std::string> names() const;

 private:
  std::vector<Table> tables_;  // lists that are no tables stand behind the others
  std::size_t offered_ = 0;
};

}  // namespace sluice
