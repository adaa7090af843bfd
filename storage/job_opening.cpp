#include "storage/job_opening.hpp"

#include "storage/integration_rows.hpp"
#include "storage/job_rows.hpp"
#include "storage/tx.hpp"

#include <algorithm>

namespace sluice {
namespace {

constexpr const char* insert_run = "insert into sluice.runs (id, integration_id, trigger) values ($1, $2, $3)";

constexpr const char* insert_jobs = R"(
insert into sluice.jobs (id, run_id, integration_id, table_name, kind, reload_mode, retry_of)
select made.id, $1, $2, made.table_name,
       case
         when t.reload_asked is not null then 'reload'
         when t.last_replicated_at is null then 'initial'
         else 'incremental'
       end,
       t.reload_asked, t.retry_asked
from jsonb_to_recordset($3::jsonb) as made(id text, table_name text)
join sluice.integration_tables t on t.integration_id = $2 and t.table_name = made.table_name
where t.state not in ('paused', 'removed'))";

constexpr const char* take_requests = R"(
update sluice.integration_tables t
set reload_asked = null, retry_asked = null, run_asked = false
from sluice.jobs j
where j.run_id = $1 and t.integration_id = j.integration_id and t.table_name = j.table_name
  and (num_nonnulls(t.reload_asked, t.retry_asked) > 0 or t.run_asked))";

constexpr const char* to_verify = R"(
select table_name from sluice.integration_tables
where integration_id = $1 and verify_asked is not null and state not in ('paused', 'removed')
order by ordinal)";

constexpr const char* insert_verification = R"(
insert into sluice.jobs (id, run_id, integration_id, table_name, kind, repairs)
select $1, $2, t.integration_id, t.table_name, 'verify', t.verify_asked = 'repair'
from sluice.integration_tables t
where t.integration_id = $3 and t.table_name = $4)";

constexpr const char* take_verifications = R"(
update sluice.integration_tables t
set verify_asked = null
from sluice.jobs j
where j.run_id = $1 and t.integration_id = j.integration_id and t.table_name = j.table_name)";

Error forbidden(std::string_view reason, std::string_view text) {
  return {ErrorKind::conflict, "integration." + std::string(reason), std::string(text)};
}

}  // namespace

std::optional<Run> open_run_of(Tx& tx, const IntegrationId& integration) {
  static const std::string open_one = select_runs("where r.integration_id = $1 and r.finished_at is null");
  const auto rows = tx.exec(open_one.c_str(), integration);
  if (rows.empty()) return std::nullopt;
  return read_run(rows[0]);
}

Run open_run(Tx& tx, const Integration& integration, RunTrigger trigger, const std::vector<std::string>& tables) {
  const Time now = SystemClock().now();
  const auto id = RunId::make(now);
  Json jobs = Json::array();
  for (const SelectedTable& table : integration.selection) {
    if (!tables.empty() && std::find(tables.begin(), tables.end(), table.name) == tables.end()) continue;
    jobs.push_back({{"id", JobId::make(now).str()}, {"table_name", table.name}});
  }
  tx.exec(insert_run, id, integration.id, trigger);
  if (!tx.hits(insert_jobs, id, integration.id, jobs)) {
    throw Error(ErrorKind::conflict, "table.paused", "every table that was to run is paused: resume one first");
  }
  tx.exec(take_requests, id);
  return *open_run_of(tx, integration.id);
}

std::optional<Run> open_verification(Tx& tx, const Integration& integration) {
  const auto tables = tx.exec(to_verify, integration.id);
  if (tables.empty()) return std::nullopt;
  const Time now = SystemClock().now();
  const auto id = RunId::make(now);
  tx.exec(insert_run, id, integration.id, RunTrigger::manual);
  for (const auto& row : tables) tx.exec(insert_verification, JobId::make(now), id, integration.id, text_of(row[0]));
  tx.exec(take_verifications, id);
  return open_run_of(tx, integration.id);
}

void check_may_run(const Integration& integration) {
  switch (integration.state) {
    case IntegrationState::draft:
      throw forbidden("draft", "the integration is not confirmed yet");
    case IntegrationState::deleting:
    case IntegrationState::deleted:
      throw forbidden("deleting", "the integration is being deleted");
    case IntegrationState::pending:
    case IntegrationState::active:
      break;
  }
  if (integration.paused) throw forbidden("paused", "the integration is paused: resume it first");
  if (integration.health == Health::auth_required) {
    throw forbidden("auth_required", "the source refused the credentials: re-authenticate first");
  }
}

void check_selected(const Integration& integration, const std::vector<std::string>& tables) {
  for (const std::string& name : tables) {
    const auto is_named = [&name](const SelectedTable& table) { return table.name == name; };
    if (std::any_of(integration.selection.begin(), integration.selection.end(), is_named)) continue;
    throw Error(ErrorKind::missing, "table.unknown", "the integration has not selected a table \"" + name + "\"");
  }
}

}  // namespace sluice
