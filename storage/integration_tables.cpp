// The tables of an integration: which are selected, and how each one stands.

#include "storage/integrations.hpp"

#include "storage/due_rows.hpp"
#include "storage/integration_rows.hpp"
#include "storage/tx.hpp"

#include <algorithm>

namespace sluice {
namespace {

// A table that comes back keeps what it had: its rows at the destination are still there.
constexpr const char* choose_tables = R"(
insert into sluice.integration_tables as t
  (integration_id, table_name, ordinal, fields, on_new_fields, deletes, sweep_interval, own_frequency, frequency, cron,
   time_zone, added_fields, destination_table)
select i.id, chosen.name, chosen.ordinal, chosen.fields, chosen.on_new_fields, chosen.deletes, chosen.sweep_interval,
       chosen.own_frequency, chosen.frequency, chosen.cron, chosen.time_zone, coalesce(chosen.added, '[]'),
       case when i.confirmed_at is not null then i.destination_schema || '.' || lower(i.name || '_' || chosen.name) end
from sluice.integrations i,
     jsonb_to_recordset($2::jsonb) as chosen(name text, ordinal integer, fields jsonb, on_new_fields text, deletes text,
                                             sweep_interval bigint, own_frequency boolean, frequency bigint, cron text,
                                             time_zone text, added jsonb)
where i.id = $1
on conflict (integration_id, table_name) do update
set ordinal = excluded.ordinal, fields = excluded.fields, on_new_fields = excluded.on_new_fields,
    deletes = excluded.deletes, sweep_interval = excluded.sweep_interval,
    own_frequency = excluded.own_frequency, frequency = excluded.frequency, cron = excluded.cron,
    time_zone = excluded.time_zone,
    next_run_at = case when num_nonnulls(excluded.frequency, excluded.cron) = 1 then t.next_run_at end,
    destination_table = coalesce(t.destination_table, excluded.destination_table),
    state = case
      when t.state <> 'removed' then t.state
      when t.last_replicated_at is null then 'pending'
      else 'active'
    end)";

// Whatever was read of them lacks the fields that they have not had.
constexpr const char* reread_grown_tables = R"(
update sluice.integration_tables t
set rereads_wanted = rereads_wanted + 1
from jsonb_to_recordset($2::jsonb) as chosen(name text, fields jsonb)
where t.integration_id = $1 and t.table_name = chosen.name and t.reload_asked is null
  and (t.state not in ('pending', 'removed') or t.last_replicated_at is not null or t.position is not null)
  and exists (select from jsonb_array_elements_text(chosen.fields) as field where not t.fields ? field))";

constexpr const char* replace_grown_tables = R"(
update sluice.integration_tables t
set reload_asked = 'swap'
from jsonb_to_recordset($2::jsonb) as chosen(name text, fields jsonb)
where t.integration_id = $1 and t.table_name = chosen.name and t.last_replicated_at is not null
  and exists (select from jsonb_array_elements_text(chosen.fields) as field where not t.fields ? field))";

constexpr const char* forget_tables = R"(
delete from sluice.integration_tables
where integration_id = $1 and not $2::jsonb ? table_name)";

constexpr const char* remove_tables = R"(
update sluice.integration_tables set state = 'removed', next_run_at = null
where integration_id = $1 and not $2::jsonb ? table_name)";

constexpr const char* cancel_removed = R"(
update sluice.jobs
set state = 'cancelled', finished_at = now(), next_attempt_at = null
where integration_id = $1 and state in ('queued', 'waiting_retry') and not $2::jsonb ? table_name)";

constexpr const char* raise_generation = R"(
update sluice.integrations
set generation = generation + 1, updated_at = now(),
    health = case when health = 'auth_required' then health else sluice.health_of(id) end
where id = $1)";

constexpr const char* store_settings = R"(
update sluice.integration_tables t
set on_new_fields = given.on_new_fields, deletes = given.deletes, sweep_interval = given.sweep_interval,
    own_frequency = given.own_frequency, frequency = given.frequency, cron = given.cron, time_zone = given.time_zone,
    next_run_at = case when num_nonnulls(given.frequency, given.cron) = 1 then t.next_run_at end
from jsonb_to_record($3::jsonb) as given(on_new_fields text, deletes text, sweep_interval bigint,
                                         own_frequency boolean, frequency bigint, cron text, time_zone text)
where t.integration_id = $1 and t.table_name = $2 and t.state <> 'removed')";

constexpr const char* store_table_pause = R"(
update sluice.integration_tables
set state = case
      when $3::boolean then 'paused'
      when state <> 'paused' then state
      when last_replicated_at is null then 'pending'
      else 'active'
    end
where integration_id = $1 and table_name = $2 and state <> 'removed')";

constexpr const char* list_tables = R"(
select table_name, destination_table, state, last_replicated_at, replicated_until, rows, last_job_id, last_error_code,
       last_error, position, reload_asked, own_frequency, frequency, cron, time_zone, next_run_at, verified_at, verification,
       row_counts
from sluice.integration_tables
where integration_id = $1 and state <> 'removed'
order by ordinal)";

constexpr const char* begin_reread = R"(
update sluice.integration_tables
set rereads_begun = greatest(rereads_begun, least(rereads_wanted, $3::bigint))
where integration_id = $1 and table_name = $2)";

/// Before the new fields are stored. Where a first load is under way, beginning it again is all that it takes.
void fill_added_fields(Tx& tx, const IntegrationId& id, const Json& chosen, Backfill backfill) {
  if (backfill == Backfill::table) tx.exec(replace_grown_tables, id, chosen);
  if (backfill != Backfill::none) tx.exec(reread_grown_tables, id, chosen);
}

/// As columns of integration_tables.
Json to_json(const TableSettings& settings) {
  Json columns = {{"deletes", to_string(settings.deletes)}, {"own_frequency", settings.frequency.has_value()}};
  if (settings.on_new_fields) columns["on_new_fields"] = to_string(*settings.on_new_fields);
  if (settings.sweep_interval) columns["sweep_interval"] = settings.sweep_interval->count();
  if (!settings.frequency) return columns;
  if (settings.frequency->interval) columns["frequency"] = settings.frequency->interval->count();
  if (const auto& cron = settings.frequency->cron) {
    columns["cron"] = cron->expression;
    columns["time_zone"] = cron->time_zone;
  }
  return columns;
}

TableStatus read_status(const pqxx::row& row) {
  TableStatus status;
  status.table = text_of(row["table_name"]);
  status.destination_table = text_of(row["destination_table"]);
  parse(text_of(row["state"]), status.state);
  status.last_replicated_at = optional_time(row["last_replicated_at"]);
  status.replicated_until = optional_time(row["replicated_until"]);
  status.rows = row["rows"].as<std::int64_t>();
  if (!row["last_job_id"].is_null()) status.last_job = JobId(text_of(row["last_job_id"]));
  status.last_error_code = text_of(row["last_error_code"]);
  status.last_error = text_of(row["last_error"]);
  status.position = json_of(row["position"]);
  if (ReloadMode mode{}; parse(text_of(row["reload_asked"]), mode)) status.reload_asked = mode;
  status.verified_at = optional_time(row["verified_at"]);
  status.verification = json_of(row["verification"]);
  status.row_counts = json_of(row["row_counts"]);
  if (row["own_frequency"].as<bool>()) status.frequency = read_schedule(row);
  status.next_run_at = optional_time(row["next_run_at"]);
  return status;
}

}  // namespace

Integration Integrations::set_selection(const IntegrationId& id, const std::vector<SelectedTable>& tables,
                                        ExpectedGeneration expected, Backfill backfill) {
  Json chosen = Json::array();
  Json names = Json::array();
  for (const SelectedTable& table : tables) {
    names.push_back(table.name);
    chosen.push_back(to_json(table.settings));
    chosen.back()["name"] = table.name;
    chosen.back()["ordinal"] = chosen.size() - 1;
    chosen.back()["fields"] = table.fields;
    for (const AddedField& field : table.added) {
      chosen.back()["added"].push_back({{"name", field.name}, {"type", to_string(field.type)}});
    }
  }
  return in_transaction(database_, [&](Tx& tx) {
    const Integration before = lock_integration(tx, id);
    check_may_change(before, expected);
    const auto dues_before = table_dues(tx, id);
    fill_added_fields(tx, id, chosen, backfill);
    tx.exec(before.confirmed_at ? remove_tables : forget_tables, id, names);
    tx.exec(cancel_removed, id, names);
    tx.exec(choose_tables, id, chosen);
    tx.exec(raise_generation, id);
    plan_tables(tx, before, dues_before);
    return get_integration(tx, id);
  });
}

Integration Integrations::set_table_settings(const IntegrationId& id, const std::string& table,
                                             const TableSettings& settings, ExpectedGeneration expected) {
  return in_transaction(database_, [&](Tx& tx) {
    const Integration before = lock_integration(tx, id);
    check_may_change(before, expected);
    const auto dues_before = table_dues(tx, id);
    if (!tx.hits(store_settings, id, table, to_json(settings))) {
      throw Error(ErrorKind::missing, "table.unknown", "the integration has not selected a table \"" + table + "\"");
    }
    tx.exec(raise_generation, id);
    plan_tables(tx, before, dues_before);
    return get_integration(tx, id);
  });
}

void Integrations::pause_table(const IntegrationId& id, const std::string& table, bool paused) {
  in_transaction(database_, [&](Tx& tx) {
    check_may_change(lock_integration(tx, id), std::nullopt);
    if (!tx.hits(store_table_pause, id, table, paused)) {
      throw Error(ErrorKind::missing, "table.unknown", "the integration has not selected a table \"" + table + "\"");
    }
  });
}

void Integrations::note_reread(const IntegrationId& id, const std::string& table, std::int64_t request) {
  in_transaction(database_, [&](Tx& tx) { tx.exec(begin_reread, id, table, request); });
}

std::vector<TableStatus> Integrations::tables(const IntegrationId& id) {
  return in_transaction(database_, [&](Tx& tx) {
    std::vector<TableStatus> all;
    for (const auto& row : tx.exec(list_tables, id)) all.push_back(read_status(row));
    return all;
  });
}

}  // namespace sluice
