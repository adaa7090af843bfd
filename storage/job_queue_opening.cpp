// How runs come to be: on request, or because they are due.

#include "storage/job_queue.hpp"

#include "storage/due_rows.hpp"
#include "storage/integration_rows.hpp"
#include "storage/job_opening.hpp"
#include "storage/missing_ranges.hpp"
#include "storage/open_run.hpp"
#include "storage/tx.hpp"

#include <algorithm>
#include <cmath>

namespace sluice {
namespace {

constexpr const char* closable_integrations = R"(
select r.integration_id
from sluice.runs r
where r.finished_at is null and (r.lease_until is null or r.lease_until <= now())
  and not exists (select from sluice.jobs j where j.run_id = r.id and j.finished_at is null))";

// Pauses that end by themselves; whoever holds the row at this moment is met at the next tick.
constexpr const char* end_pauses = R"(
update sluice.integrations
set paused = false, pause_reason = '', paused_until = null, updated_at = now()
where id in (
  select id from sluice.integrations
  where paused and paused_until <= now() and state in ('pending', 'active')
  for no key update skip locked))";

// What is due while a run is open stays due: it runs once, as soon as that run has ended. Rows that another daemon
// works on at this moment are its business.
constexpr const char* due_conditions = R"(
where i.schedulable
  and i.id in (
    select id from sluice.integrations where next_run_at <= now()
    union all
    select integration_id from sluice.integration_tables
    where (next_run_at <= now() or num_nonnulls(reload_asked, verify_asked, retry_asked) > 0 or run_asked)
      and state not in ('paused', 'removed')
    union all
    select integration_id from sluice.missing_ranges)
  and not exists (select from sluice.runs r where r.integration_id = i.id and r.finished_at is null)
order by i.next_run_at
limit 100
for no key update of i skip locked)";

constexpr const char* next_due = R"(
with waiting as (
  select i.id, i.next_run_at from sluice.integrations i
  where i.schedulable
    and not exists (select from sluice.runs r where r.integration_id = i.id and r.finished_at is null)
)
select extract(epoch from min(due.at) - now()) * 1000
from (
  select next_run_at as at from waiting
  union all
  select case when num_nonnulls(t.reload_asked, t.verify_asked, t.retry_asked) = 0 and not t.run_asked then t.next_run_at
              else now() end
  from sluice.integration_tables t join waiting on waiting.id = t.integration_id
  where (num_nonnulls(t.next_run_at::text, t.reload_asked, t.verify_asked, t.retry_asked) > 0 or t.run_asked)
    and t.state not in ('paused', 'removed')
  union all
  select now() from sluice.missing_ranges m join waiting on waiting.id = m.integration_id
  union all
  select paused_until from sluice.integrations where paused and state in ('pending', 'active')
  union all
  select case when j.state = 'waiting_retry' then greatest(j.next_attempt_at, coalesce(r.lease_until, j.next_attempt_at))
              else coalesce(r.lease_until, now()) end
  from sluice.runs r
  join sluice.integrations i on i.id = r.integration_id
  join sluice.jobs j on j.run_id = r.id
  where r.finished_at is null and j.finished_at is null and i.schedulable
) as due)";

// Candidates for what a clock that has been set back since has planned: intervals further ahead than they are long, and
// the rest, of which SQL cannot say, when it is more than a day ahead.
constexpr const char* planned_far_ahead = R"(
where i.schedulable
  and i.id in (
    select id from sluice.integrations
    where next_run_at > now() + case when cron is null and quiet_hours = '[]' then frequency * 1.1 * interval '1 ms'
                                     else interval '25 hours' end
    union all
    select t.integration_id
    from sluice.integration_tables t join sluice.integrations i on i.id = t.integration_id
    where t.next_run_at > now() + case when t.cron is null and i.quiet_hours = '[]'
                                       then t.frequency * 1.1 * interval '1 ms'
                                       else interval '25 hours' end
      and t.state not in ('paused', 'removed'))
order by i.id
for no key update of i skip locked)";

// No lease is so long; whoever is alive extends it in time.
constexpr const char* shorten_leases = R"(
update sluice.runs set lease_until = now() + interval '10 minutes'
where finished_at is null and lease_until > now() + interval '25 hours')";

constexpr const char* end_waits = R"(
update sluice.jobs set next_attempt_at = now() where state = 'waiting_retry' and next_attempt_at > now() + interval '25 hours')";

constexpr const char* asked_for = R"(
select table_name from sluice.integration_tables
where integration_id = $1 and (num_nonnulls(reload_asked, retry_asked) > 0 or run_asked)
  and state not in ('paused', 'removed'))";

/// Opens a run for what is due, and moves that on. In quiet hours nothing is opened: it is put off until they end.
/// False when nothing was opened.
bool open_due_run(Tx& tx, const Integration& integration, Duration most_spread) {
  const IntegrationId& id = integration.id;
  // Whoever asked for it waits for it; what is due meanwhile runs once behind it.
  if (open_verification(tx, integration)) return true;
  const Time now = database_now(tx);
  const auto quiet_until = end_of_quiet(now, integration.quiet_hours);
  const Spread spread{most_spread, spread_place(tx, id)};
  const auto moved_on = [&](const DueTime& due, const Frequency& frequency) {
    if (quiet_until) return postponed(due, *quiet_until);
    return due_after_run(due, frequency, integration.quiet_hours, now, spread);
  };

  std::vector<std::string> tables;
  const DueTime due = due_of(tx, id);
  for (const TableDue& table : table_dues(tx, id)) {
    if (!table.frequency) {
      if (due.is_due(now)) tables.push_back(table.table);
    } else if (table.due.is_due(now)) {
      store_due(tx, id, table.table, moved_on(table.due, *table.frequency));
      tables.push_back(table.table);
    }
  }
  if (due.is_due(now)) store_due(tx, id, moved_on(due, integration.frequency));
  // What somebody asked for does not wait for quiet hours to end.
  if (quiet_until) tables.clear();
  for (const auto& row : tx.exec(asked_for, id)) tables.push_back(text_of(row[0]));
  // Long reads come when nothing else is to be done, so that what is kept fresh goes first.
  if (tables.empty()) return open_backfill_run(tx, integration);
  open_run(tx, integration, RunTrigger::schedule, tables);
  return true;
}

void plan_after_setback(Tx& tx, const Integration& integration, Duration most_spread) {
  const Time now = database_now(tx);
  const auto anew = [&](const DueTime& due, const Frequency& frequency) {
    return due_after_setback(due, frequency, integration.quiet_hours, now, most_spread);
  };
  if (const auto due = anew(due_of(tx, integration.id), integration.frequency)) store_due(tx, integration.id, *due);
  for (const TableDue& table : table_dues(tx, integration.id)) {
    if (!table.frequency) continue;
    if (const auto due = anew(table.due, *table.frequency)) store_due(tx, integration.id, table.table, *due);
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
  static const std::string far_ahead = select_integrations(planned_far_ahead);
  return in_transaction(database_, [&](Tx& tx) {
    // Owners that died between their last job and giving the lease back.
    for (const auto& row : tx.exec(closable_integrations)) {
      close_finished_run(tx, IntegrationId(text_of(row[0])), std::nullopt);
    }
    tx.exec(end_pauses);
    tx.exec(shorten_leases);
    tx.exec(end_waits);
    for (const auto& row : tx.exec(far_ahead.c_str())) plan_after_setback(tx, read_integration(row), spread);
    int opened = 0;
    for (const auto& row : tx.exec(due.c_str())) {
      const Integration integration = read_integration(row);
      // Opened by somebody while we waited for the row.
      if (open_run_of(tx, integration.id)) continue;
      if (open_due_run(tx, integration, spread)) ++opened;
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
