#pragma once
// The schedules of an integration and of its tables, as their rows keep them. Private to storage/*.cpp; callers hold
// the lock on the integration.

#include "storage/due_time.hpp"
#include "storage/model.hpp"

#include <pqxx/row>

#include <optional>
#include <string>
#include <vector>

namespace sluice {

class Tx;

/// From the columns frequency, cron and time_zone.
Frequency read_schedule(const pqxx::row& row);

struct TableDue {
  std::string table;
  std::optional<Frequency> frequency;  // none: the integration's
  DueTime due;                         // of its own frequency
  bool was_loaded = false;
};

Time database_now(Tx& tx);
DueTime due_of(Tx& tx, const IntegrationId& id);
/// Of those that are selected and not paused.
std::vector<TableDue> table_dues(Tx& tx, const IntegrationId& id);
void store_due(Tx& tx, const IntegrationId& id, const DueTime& due);
void store_due(Tx& tx, const IntegrationId& id, const std::string& table, const DueTime& due);
/// This integration's stable place in a spread, by which it keeps clear of its neighbours: from 0 to 1.
double spread_place(Tx& tx, const IntegrationId& id);

/// Plans the integration and each table with a frequency of its own anew; the integration has just begun to run.
void plan_from_start(Tx& tx, const Integration& integration);
/// After a change of the integration's frequency, or of the quiet hours of all.
void plan_changed(Tx& tx, const Integration& integration);
void plan_around_quiet_hours(Tx& tx, const Integration& integration);
/// After a change of its tables' frequencies; `before` is how they were. A table that was never loaded does not wait
/// longer than its integration.
void plan_tables(Tx& tx, const Integration& integration, const std::vector<TableDue>& before);

}  // namespace sluice
