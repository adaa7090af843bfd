#include "connectors/table_overview.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>
#include <vector>

namespace sluice {
namespace {

std::string sync_of(const Table& table) {
  if (table.is_embedded()) return "with " + table.parent->table;
  if (table.is_per_parent()) {
    return (table.parent->choice == ParentChoice::all ? "under each of " : "under changed ") + table.parent->table;
  }
  return table.increment ? "changes by " + table.increment->field : "whole";
}

std::string_view deletes_of(const Table& table) {
  switch (table.deletes) {
    case DeleteKind::none:
      return "never";
    case DeleteKind::soft_flag:
      return "a field says so";
    case DeleteKind::snapshot:
      return "at each run";
    case DeleteKind::id_sweep:
      return "once a day";
    case DeleteKind::with_parent:
      return "with its parent";
  }
  return "";
}

/// Of a first load.
std::string calls_of(const Table& table) {
  constexpr int thousand = 1'000;
  if (table.is_embedded()) return "0";
  if (table.is_per_parent()) return table.parent->when_any.empty() ? "1 a parent" : "at most 1 a parent";
  if (table.paging.kind == PagingKind::single) return "1 in all";
  return std::to_string((thousand + table.paging.page_size - 1) / table.paging.page_size);
}

}  // namespace

std::string overview_in_markdown(const Catalogue& catalogue) {
  std::vector<const Table*> tables;
  for (const Table& table : catalogue.tables()) tables.push_back(&table);
  std::ranges::sort(tables, {}, [](const Table* table) { return std::tuple(table->subject, table->name); });

  std::string text =
      "| table | about | kept fresh | deletes show | scope | calls per 1,000 rows | default |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const Table* table : tables) {
    const std::array<std::string, 7> cells{"`" + table->name + "`",
                                           std::string(to_string(table->subject)),
                                           sync_of(*table),
                                           std::string(deletes_of(*table)),
                                           table->scopes.front(),
                                           calls_of(*table),
                                           table->recommended ? "yes" : ""};
    for (const std::string& cell : cells) text += "| " + cell + " ";
    text += "|\n";
  }
  return text;
}

}  // namespace sluice
