#include "storage/freshness.hpp"

#include "storage/tx.hpp"

namespace sluice {
namespace {

constexpr const char* read_freshness = R"(
select integration_id, integration_name, integration_state, health, is_paused, interval, table_name, state,
       last_replicated_at, replicated_until, last_error_code
from sluice.table_freshness
where case when $1::text is null then integration_state <> 'draft' else integration_id = $1 end
order by integration_name, ordinal)";

TableFreshness read_row(const pqxx::row& row) {
  TableFreshness one;
  one.integration = IntegrationId(text_of(row["integration_id"]));
  one.integration_name = text_of(row["integration_name"]);
  parse(text_of(row["integration_state"]), one.integration_state);
  parse(text_of(row["health"]), one.health);
  one.is_paused = row["is_paused"].as<bool>();
  if (const auto interval = optional_number(row["interval"])) one.frequency.interval = Duration(*interval);
  one.table = text_of(row["table_name"]);
  parse(text_of(row["state"]), one.state);
  one.last_replicated_at = optional_time(row["last_replicated_at"]);
  one.replicated_until = optional_time(row["replicated_until"]);
  one.last_error_code = text_of(row["last_error_code"]);
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
