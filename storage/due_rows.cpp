#include "storage/due_rows.hpp"

#include "storage/tx.hpp"

#include <algorithm>

namespace sluice {
namespace {

constexpr const char* time_now = "select now()";

constexpr const char* integration_due = "select next_run_at, due_share from sluice.integrations where id = $1";

constexpr const char* tables_due = R"(
select table_name, own_frequency, frequency, cron, time_zone, next_run_at, due_share,
       last_replicated_at is not null as was_loaded
from sluice.integration_tables
where integration_id = $1 and state not in ('paused', 'removed')
order by ordinal)";

constexpr const char* plan_integration = R"(
update sluice.integrations set next_run_at = $2::timestamptz, due_share = $3::bigint where id = $1)";

constexpr const char* plan_table = R"(
update sluice.integration_tables set next_run_at = $3::timestamptz, due_share = $4::bigint
where integration_id = $1 and table_name = $2)";

constexpr const char* place_by_id = R"(
select (('x' || substr(md5($1), 1, 8))::bit(32)::bigint / 4294967296.0)::float8)";

DueTime read_due(const pqxx::row& row) {
  return {optional_time(row["next_run_at"]), Duration(row["due_share"].as<std::int64_t>())};
}

bool runs(const Integration& integration) {
  return integration.state == IntegrationState::pending || integration.state == IntegrationState::active;
}

const TableDue* find(const std::vector<TableDue>& tables, const std::string& name) {
  const auto found =
      std::find_if(tables.begin(), tables.end(), [&](const TableDue& each) { return each.table == name; });
  return found == tables.end() ? nullptr : &*found;
}

}  // namespace

Frequency read_schedule(const pqxx::row& row) {
  Frequency frequency;
  if (const auto interval = optional_number(row["frequency"])) frequency.interval = Duration(*interval);
  if (!row["cron"].is_null()) frequency.cron = Cron{text_of(row["cron"]), text_of(row["time_zone"])};
  return frequency;
}

Time database_now(Tx& tx) { return time_of(tx.exec(time_now)[0][0]); }

DueTime due_of(Tx& tx, const IntegrationId& id) { return read_due(tx.exec(integration_due, id)[0]); }

std::vector<TableDue> table_dues(Tx& tx, const IntegrationId& id) {
  std::vector<TableDue> tables;
  for (const auto& row : tx.exec(tables_due, id)) {
    TableDue table{text_of(row["table_name"]), std::nullopt, read_due(row), row["was_loaded"].as<bool>()};
    if (row["own_frequency"].as<bool>()) table.frequency = read_schedule(row);
    tables.push_back(std::move(table));
  }
  return tables;
}

void store_due(Tx& tx, const IntegrationId& id, const DueTime& due) {
  tx.exec(plan_integration, id, due.at, due.share);
}

void store_due(Tx& tx, const IntegrationId& id, const std::string& table, const DueTime& due) {
  tx.exec(plan_table, id, table, due.at, due.share);
}

double spread_place(Tx& tx, const IntegrationId& id) { return tx.exec(place_by_id, id)[0][0].as<double>(); }

void plan_from_start(Tx& tx, const Integration& integration) {
  const Time now = database_now(tx);
  store_due(tx, integration.id, first_due(integration.frequency, integration.quiet_hours, now));
  for (const TableDue& table : table_dues(tx, integration.id)) {
    if (!table.frequency) continue;
    store_due(tx, integration.id, table.table, first_due(*table.frequency, integration.quiet_hours, now));
  }
}

void plan_changed(Tx& tx, const Integration& integration) {
  if (!runs(integration)) return;
  const DueTime before = due_of(tx, integration.id);
  store_due(tx, integration.id,
            due_after_change(before, integration.frequency, integration.quiet_hours, database_now(tx)));
}

void plan_around_quiet_hours(Tx& tx, const Integration& integration) {
  if (!runs(integration)) return;
  const Time now = database_now(tx);
  const QuietHours& quiet = integration.quiet_hours;
  store_due(tx, integration.id, due_after_quiet_change(due_of(tx, integration.id), quiet, now));
  for (const TableDue& table : table_dues(tx, integration.id)) {
    if (!table.frequency) continue;
    store_due(tx, integration.id, table.table, due_after_quiet_change(table.due, quiet, now));
  }
}

void plan_tables(Tx& tx, const Integration& integration, const std::vector<TableDue>& before) {
  if (!runs(integration)) return;
  const Time now = database_now(tx);
  const DueTime with_integration = due_of(tx, integration.id);
  for (const TableDue& table : table_dues(tx, integration.id)) {
    if (!table.frequency) continue;
    const TableDue* earlier = find(before, table.table);
    const bool had_own = earlier != nullptr && earlier->frequency;
    if (had_own && *earlier->frequency == *table.frequency && table.due.at) continue;
    DueTime due =
        due_after_change(had_own ? earlier->due : with_integration, *table.frequency, integration.quiet_hours, now);
    if (!table.was_loaded && due.at && with_integration.at && *with_integration.at < *due.at) due = with_integration;
    store_due(tx, integration.id, table.table, due);
  }
}

}  // namespace sluice
