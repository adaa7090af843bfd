#include "storage/freshness.hpp"

#include "storage/due_rows.hpp"
#include "storage/tx.hpp"

namespace sluice {
namespace {

constexpr const char* read_freshness = R"(
select f.integration_id, f.integration_name, f.integration_state, f.health, f.is_paused, f.table_name, f.state,
       f.last_replicated_at, f.replicated_until, f.last_error_code, now() as as_of, f.interval as frequency, i.quiet_hours,
       case when t.own_frequency then t.cron else i.cron end as cron,
       case when t.own_frequency then t.time_zone else i.time_zone end as time_zone
from sluice.table_freshness f
join sluice.integrations i on i.id = f.integration_id
join sluice.integration_tables t on t.integration_id = f.integration_id and t.table_name = f.table_name
where case when $1::text is null then f.integration_state <> 'draft' else f.integration_id = $1 end
order by f.integration_name, f.ordinal)";

TableFreshness read_row(const pqxx::row& row) {
  TableFreshness one;
  one.integration = IntegrationId(text_of(row["integration_id"]));
  one.integration_name = text_of(row["integration_name"]);
  parse(text_of(row["integration_state"]), one.integration_state);
  parse(text_of(row["health"]), one.health);
  one.is_paused = row["is_paused"].as<bool>();
  one.frequency = read_schedule(row);
  std::vector<Problem> ignored;
  one.quiet_hours = read_quiet_hours(json_of(row["quiet_hours"]), "", ignored);
  one.table = text_of(row["table_name"]);
  parse(text_of(row["state"]), one.state);
  one.last_replicated_at = optional_time(row["last_replicated_at"]);
  one.replicated_until = optional_time(row["replicated_until"]);
  one.last_error_code = text_of(row["last_error_code"]);
  one.as_of = time_of(row["as_of"]);
  return one;
}

}  // namespace

std::vector<TableFreshness> table_freshness(Database& database, const std::optional<IntegrationId>& integration) {
  return in_transaction(database, [&](Tx& tx) {
    std::vector<TableFreshness> all;
    for (const auto& row : tx.exec(read_freshness, integration)) all.push_back(read_row(row));
    return all;
  });
}

}  // namespace sluice
