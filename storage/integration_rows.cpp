#include "storage/integration_rows.hpp"

#include "storage/due_rows.hpp"
#include "storage/tx.hpp"

namespace sluice {
namespace {

constexpr const char* integration_columns = R"(
select i.id, i.name, i.connector, i.state, i.paused, i.pause_reason, i.health,
       sluice.health_reasons_of(i.id) as health_reasons, i.frequency, i.start_date, i.on_new_fields, i.account,
       i.cron, i.time_zone, i.quiet_hours, i.paused_until,
       i.client_id, i.authenticated_at, i.account_facts, i.destination_id, i.destination_schema, i.confirmed_at,
       i.next_run_at, i.generation, i.created_at, i.updated_at, i.deletion_tables, i.deletion_asked_at,
       i.deletion_attempts, i.deletion_due_at, i.deletion_error_code, i.deletion_error,
       (select coalesce(jsonb_agg(jsonb_build_object('name', t.table_name, 'fields', t.fields,
               'on_new_fields', t.on_new_fields, 'deletes', t.deletes, 'sweep_interval', t.sweep_interval,
               'added', t.added_fields, 'types', t.column_types,
               'read_again', case when t.rereads_wanted > t.rereads_begun then t.rereads_wanted else 0 end,
               'own_frequency', t.own_frequency, 'frequency', t.frequency, 'cron', t.cron,
               'time_zone', t.time_zone) order by t.ordinal), '[]')
        from sluice.integration_tables t
        where t.integration_id = i.id and t.state <> 'removed') as selection
from sluice.integrations i )";

constexpr const char* take_integration = R"(
select 1 from sluice.integrations where id = $1 and state <> 'deleted' for no key update)";

SelectedTable read_selected(const Json& row) {
  SelectedTable table{row["name"].get<std::string>(), row["fields"].get<std::vector<std::string>>()};
  TableSettings& settings = table.settings;
  NewFieldPolicy policy{};
  if (row["on_new_fields"].is_string() && parse(row["on_new_fields"].get<std::string>(), policy))
    settings.on_new_fields = policy;
  if (row["deletes"].is_string()) parse(row["deletes"].get<std::string>(), settings.deletes);
  if (row["sweep_interval"].is_number()) settings.sweep_interval = Duration(row["sweep_interval"].get<std::int64_t>());
  if (row["own_frequency"].get<bool>()) {
    Frequency& own = settings.frequency.emplace();
    if (row["frequency"].is_number()) own.interval = Duration(row["frequency"].get<std::int64_t>());
    if (row["cron"].is_string()) own.cron = Cron{row["cron"].get<std::string>(), row["time_zone"].get<std::string>()};
  }
  for (const Json& field : row["added"]) {
    AddedField added{field["name"].get<std::string>()};
    parse(field["type"].get<std::string>(), added.type);
    table.added.push_back(std::move(added));
  }
  for (const auto& [name, type] : row["types"].items()) {
    AddedField widened{name};
    parse(type.get<std::string>(), widened.type);
    table.widened.push_back(std::move(widened));
  }
  table.read_again = row["read_again"].get<std::int64_t>();
  return table;
}

}  // namespace

std::string select_integrations(const std::string& conditions) { return integration_columns + conditions; }

Integration read_integration(const pqxx::row& row) {
  Integration integration;
  integration.id = IntegrationId(text_of(row["id"]));
  integration.name = text_of(row["name"]);
  integration.connector = text_of(row["connector"]);
  parse(text_of(row["state"]), integration.state);
  integration.paused = row["paused"].as<bool>();
  integration.pause_reason = text_of(row["pause_reason"]);
  parse(text_of(row["health"]), integration.health);
  integration.health_reasons = json_of(row["health_reasons"]);
  integration.frequency = read_schedule(row);
  std::vector<Problem> ignored;  // they were none when it was stored
  integration.quiet_hours = read_quiet_hours(json_of(row["quiet_hours"]), "", ignored);
  integration.paused_until = optional_time(row["paused_until"]);
  integration.start_date = optional_time(row["start_date"]);
  parse(text_of(row["on_new_fields"]), integration.on_new_fields);
  integration.account = text_of(row["account"]);
  integration.client_id = text_of(row["client_id"]);
  integration.authenticated_at = optional_time(row["authenticated_at"]);
  integration.account_facts = json_of(row["account_facts"]);
  for (const Json& table : json_of(row["selection"])) {
    integration.selection.push_back(read_selected(table));
  }
  if (!row["destination_id"].is_null()) integration.destination = DestinationId(text_of(row["destination_id"]));
  integration.schema = text_of(row["destination_schema"]);
  integration.confirmed_at = optional_time(row["confirmed_at"]);
  integration.next_run_at = optional_time(row["next_run_at"]);
  if (TablesLeft tables{}; parse(text_of(row["deletion_tables"]), tables)) {
    integration.deletion = Deletion{tables,
                                    time_of(row["deletion_asked_at"]),
                                    row["deletion_attempts"].as<int>(),
                                    time_of(row["deletion_due_at"]),
                                    text_of(row["deletion_error_code"]),
                                    text_of(row["deletion_error"])};
  }
  integration.generation = row["generation"].as<std::int64_t>();
  integration.created_at = time_of(row["created_at"]);
  integration.updated_at = time_of(row["updated_at"]);
  return integration;
}

Error unknown_integration() { return {ErrorKind::missing, "integration.unknown", "there is no such integration"}; }

Integration get_integration(Tx& tx, const IntegrationId& id) {
  static const std::string by_id = select_integrations("where i.id = $1 and i.state <> 'deleted'");
  const auto rows = tx.exec(by_id.c_str(), id);
  if (rows.empty()) throw unknown_integration();
  return read_integration(rows[0]);
}

void check_may_change(const Integration& integration, const std::optional<std::int64_t>& expected) {
  if (integration.state == IntegrationState::deleting) {
    throw Error(ErrorKind::conflict, "integration.deleting", "the integration is being deleted");
  }
  if (expected && *expected != integration.generation) {
    throw Error(ErrorKind::conflict, "integration.changed", "the integration was changed meanwhile");
  }
}

Integration lock_integration(Tx& tx, const IntegrationId& id) {
  // Two statements: the second one sees what the lock had to wait for.
  if (tx.exec(take_integration, id).empty()) throw unknown_integration();
  return get_integration(tx, id);
}

}  // namespace sluice
