// How runs come to be: on request, or because they are due.

#include "storage/job_queue.hpp"

#include "storage/integration_rows.hpp"
#include "storage/job_rows.hpp"
#include "storage/open_run.hpp"
#include "storage/tx.hpp"

#include <algorithm>
#include <cmath>

namespace sluice {
namespace {

constexpr const char* insert_run = "insert into sluice.runs (id, integration_id, trigger) values ($1, $2, $3)";

constexpr const char* insert_jobs = R"(
insert into sluice.jobs (id, run_id, integration_id, table_name, kind)
select made.id, $1, $2, made.table_name,
       case when t.last_replicated_at is null then 'initial' else 'incremental' end
from jsonb_to_recordset($3::jsonb) as made(id text, table_name text)
join sluice.integration_tables t on t.integration_id = $2 and t.table_name = made.table_name)";

constexpr const char* closable_integrations = R"(
select r.integration_id
from sluice.runs r
where r.finished_at is null and (r.lease_until is null or r.lease_until <= now())
  and not exists (select from sluice.jobs j where j.run_id = r.id and j.finished_at is null))";

// Rows that another daemon works on at this moment are its business.
constexpr const char* due_conditions = R"(
where i.schedulable and i.next_run_at <= now()
order by i.next_run_at
limit 100
for no key update of i skip locked)";

// The schedule is a grid: an anchor, the interval, and this integration's stable share of the spread, by which it keeps
// clear of its neighbours. Time that passed while nothing ran is skipped, not made up for.
constexpr const char* advance_schedule = R"(
with share as (
  select id, next_run_at - due_share * interval '1 ms' as anchor,
         (least($2::bigint, frequency / 10) * (('x' || substr(md5(id), 1, 8))::bit(32)::bigint / 4294967296.0))::bigint
           as spread
  from sluice.integrations where id = $1
), periods as (
  select id, anchor, spread,
         floor(extract(epoch from now() - anchor - spread * interval '1 ms') * 1000 / frequency)::bigint + 1 as passed
  from share join sluice.integrations using (id)
)
update sluice.integrations i
set due_share = p.spread,
    next_run_at = p.anchor + (greatest(p.passed, 1) * i.frequency + p.spread) * interval '1 ms'
from periods p
where i.id = p.id)";

constexpr const char* next_due = R"(
select extract(epoch from min(due.at) - now()) * 1000
from (
  select i.next_run_at as at from sluice.integrations i where i.schedulable
  union all
  select case when j.state = 'waiting_retry' then greatest(j.next_attempt_at, coalesce(r.lease_until, j.next_attempt_at))
              else coalesce(r.lease_until, now()) end
  from sluice.runs r
  join sluice.integrations i on i.id = r.integration_id
  join sluice.jobs j on j.run_id = r.id
  where r.finished_at is null and j.finished_at is null and i.schedulable
) as due)";

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
  tx.exec(insert_jobs, id, integration.id, jobs);
  return *open_run_of(tx, integration.id);
}

Error forbidden(std::string_view reason, std::string_view text) {
  return {ErrorKind::conflict, "integration." + std::string(reason), std::string(text)};
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

}  // namespace

JobQueue::JobQueue(Database& database) : database_(database) {}

JobQueue::Triggered JobQueue::trigger(const IntegrationId& id, RunTrigger trigger,
                                      const std::vector<std::string>& tables) {
  return in_transaction(database_, [&](Tx& tx) -> Triggered {
    const Integration integration = lock_integration(tx, id);
    check_may_run(integration);
    check_selected(integration, tables);
    close_finished_run(tx, id, std::nullopt);
    if (auto open = open_run_of(tx, id)) return {*std::move(open), false};
    return {open_run(tx, integration, trigger, tables), true};
  });
}

int JobQueue::enqueue_due(Duration spread) {
  static const std::string due = select_integrations(due_conditions);
  return in_transaction(database_, [&](Tx& tx) {
    // Owners that died between their last job and giving the lease back.
    for (const auto& row : tx.exec(closable_integrations)) {
      close_finished_run(tx, IntegrationId(text_of(row[0])), std::nullopt);
    }
    int opened = 0;
    for (const auto& row : tx.exec(due.c_str())) {
      const Integration integration = read_integration(row);
      tx.exec(advance_schedule, integration.id, spread);
      if (open_run_of(tx, integration.id) || integration.selection.empty()) continue;
      open_run(tx, integration, RunTrigger::schedule, {});
      ++opened;
    }
    return opened;
  });
}

std::optional<Duration> JobQueue::until_next_due() {
  return in_transaction(database_, [&](Tx& tx) -> std::optional<Duration> {
    const auto milliseconds = tx.exec(next_due)[0][0];
    if (milliseconds.is_null()) return std::nullopt;
    return Duration(static_cast<Duration::rep>(std::ceil(std::max(0.0, milliseconds.as<double>()))));
  });
}

}  // namespace sluice
