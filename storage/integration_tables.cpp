// The tables of an integration: which are selected, and how each one stands.

#include "storage/integrations.hpp"

#include "storage/integration_rows.hpp"
#include "storage/tx.hpp"

#include <algorithm>

namespace sluice {
namespace {

// A table that comes back keeps what it had: its rows at the destination are still there.
constexpr const char* choose_tables = R"(
insert into sluice.integration_tables as t
  (integration_id, table_name, ordinal, fields, on_new_fields, added_fields, destination_table)
select i.id, chosen.name, chosen.ordinal, chosen.fields, chosen.on_new_fields, coalesce(chosen.added, '[]'),
       case when i.confirmed_at is not null then i.destination_schema || '.' || lower(i.name || '_' || chosen.name) end
from sluice.integrations i, jsonb_to_recordset($2::jsonb) as chosen(name text, ordinal integer, fields jsonb, on_new_fields text, added jsonb)
where i.id = $1
on conflict (integration_id, table_name) do update
set ordinal = excluded.ordinal, fields = excluded.fields, on_new_fields = excluded.on_new_fields,
    destination_table = coalesce(t.destination_table, excluded.destination_table),
    state = case
      when t.state <> 'removed' then t.state
      when t.last_replicated_at is null then 'pending'
      else 'active'
    end)";

constexpr const char* forget_tables = R"(
delete from sluice.integration_tables
where integration_id = $1 and not $2::jsonb ? table_name)";

constexpr const char* remove_tables = R"(
update sluice.integration_tables set state = 'removed'
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

constexpr const char* list_tables = R"(
select table_name, destination_table, state, last_replicated_at, replicated_until, rows, last_job_id, last_error_code,
       last_error, position
from sluice.integration_tables
where integration_id = $1 and state <> 'removed'
order by ordinal)";

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
  return status;
}

}  // namespace

Integration Integrations::set_selection(const IntegrationId& id, const std::vector<SelectedTable>& tables,
                                        ExpectedGeneration expected) {
  Json chosen = Json::array();
  Json names = Json::array();
  for (const SelectedTable& table : tables) {
    names.push_back(table.name);
    chosen.push_back({{"name", table.name}, {"ordinal", chosen.size()}, {"fields", table.fields}});
    if (table.on_new_fields) chosen.back()["on_new_fields"] = to_string(*table.on_new_fields);
    for (const AddedField& field : table.added) {
      chosen.back()["added"].push_back({{"name", field.name}, {"type", to_string(field.type)}});
    }
  }
  return in_transaction(database_, [&](Tx& tx) {
    const Integration before = lock_integration(tx, id);
    if (before.state == IntegrationState::deleting) {
      throw Error(ErrorKind::conflict, "integration.deleting", "the integration is being deleted");
    }
    if (expected && *expected != before.generation) {
      throw Error(ErrorKind::conflict, "integration.changed", "the integration was changed meanwhile");
    }
    tx.exec(before.confirmed_at ? remove_tables : forget_tables, id, names);
    tx.exec(cancel_removed, id, names);
    tx.exec(choose_tables, id, chosen);
    tx.exec(raise_generation, id);
    return get_integration(tx, id);
  });
}

std::vector<TableStatus> Integrations::tables(const IntegrationId& id) {
  return in_transaction(database_, [&](Tx& tx) {
    std::vector<TableStatus> all;
    for (const auto& row : tx.exec(list_tables, id)) all.push_back(read_status(row));
    return all;
  });
}

}  // namespace sluice
