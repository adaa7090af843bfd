#pragma once
// How old the contents of the replicated tables are.

#include "storage/database.hpp"
#include "storage/model.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sluice {

struct TableFreshness {
  IntegrationId integration;
  std::string integration_name;
  IntegrationState integration_state = IntegrationState::draft;
  Health health = Health::unknown;
  bool is_paused = false;  // the table, or its integration
  Frequency frequency;     // the table's own, or its integration's
  QuietHours quiet_hours;
  std::string table;
  TableState state = TableState::pending;
  std::optional<Time> last_replicated_at;
  std::optional<Time> replicated_until;
  std::string last_error_code;
  Time as_of{};  // when this was read, by the clock that the times above are of: the database's
};

/// Of every selected table of an integration, or of all that are confirmed, in the order of their names.
std::vector<TableFreshness> table_freshness(Database& database, const std::optional<IntegrationId>& integration);

}  // namespace sluice
