#include "storage/retention.hpp"

#include "storage/tx.hpp"

#include <algorithm>

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr Duration between_batches = 200ms;
constexpr Duration between_sweeps = 10min;

constexpr const char* take_turn = "select pg_try_advisory_xact_lock(hashtextextended('sluice retention', 0))";

constexpr const char* delete_job_logs = R"(
delete from sluice.job_logs l
using (
  select o.job_id, o.number
  from sluice.job_logs o join sluice.jobs j on j.id = o.job_id
  where o.at < now() - $1::bigint * interval '1 ms' and j.finished_at is not null
  order by o.at
  limit $2::bigint) as old
where l.job_id = old.job_id and l.number = old.number)";

// Their log lines go with them. What finishes at this moment is skipped, not waited for.
constexpr const char* delete_jobs = R"(
delete from sluice.jobs d
using (
  select j.id
  from sluice.jobs j
  join sluice.runs r on r.id = j.run_id
  join sluice.integrations i on i.id = j.integration_id
  where j.finished_at < now() - $1::bigint * interval '1 ms' and r.finished_at is not null
    and (i.state = 'deleted'
         or (not exists (select from sluice.integration_tables t where t.last_job_id = j.id
                           and t.integration_id = j.integration_id and t.table_name = j.table_name)
             and exists (select from sluice.jobs newer where newer.integration_id = j.integration_id
                           and newer.table_name = j.table_name and newer.id > j.id)))
  order by j.finished_at
  limit $2::bigint
  for update of j skip locked) as old
where d.id = old.id)";

constexpr const char* delete_runs = R"(
delete from sluice.runs d
using (
  select r.id
  from sluice.runs r
  where r.finished_at < now() - $1::bigint * interval '1 ms'
    and not exists (select from sluice.jobs j where j.run_id = r.id)
  order by r.finished_at
  limit $2::bigint
  for update of r skip locked) as old
where d.id = old.id)";

constexpr const char* delete_checkpoints = R"(
delete from sluice.checkpoints d
using (
  select c.id
  from sluice.checkpoints c
  join sluice.integrations i on i.id = c.integration_id
  where c.at < now() - $1::bigint * interval '1 ms'
    and (i.state = 'deleted'
         or exists (select from sluice.checkpoints newer where newer.integration_id = c.integration_id
                      and newer.table_name = c.table_name and newer.id > c.id))
  order by c.at
  limit $2::bigint) as old
where d.id = old.id)";

// Events go this way only; a schema without them has nothing to forget.
constexpr const char* may_forget_events =
    "select to_regprocedure('sluice.forget_events(timestamptz, bigint)') is not null";
constexpr const char* forget_events = "select sluice.forget_events(now() - $1::bigint * interval '1 ms', $2::bigint)";

constexpr const char* forget_state_changes =
    "select sluice.forget_state_changes(now() - $1::bigint * interval '1 ms', $2::bigint)";

/// Each in a transaction of its own: the lock goes with it, and whoever comes next goes on where this one left off.
template <class Remove>
std::optional<std::int64_t> in_turn(Database& database, Remove remove) {
  return in_transaction(database, [&](Tx& tx) -> std::optional<std::int64_t> {
    if (!tx.exec(take_turn)[0][0].as<bool>()) return std::nullopt;
    return remove(tx);
  });
}

}  // namespace

RetentionSweep Retention::sweep(const RetentionPeriods& periods, std::int64_t batch) {
  RetentionSweep done;
  const auto remove = [&](Duration period, std::int64_t& count, auto statement) {
    if (period == Duration(0) || !done.is_ours) return;
    const auto gone = in_turn(database_, statement);
    done.is_ours = gone.has_value();
    count = gone.value_or(0);
  };
  const auto rows_of = [batch](const char* statement, Duration period) {
    return [=](Tx& tx) { return static_cast<std::int64_t>(tx.exec(statement, period, batch).affected_rows()); };
  };
  remove(periods.job_logs, done.job_logs, rows_of(delete_job_logs, periods.job_logs));
  remove(periods.jobs, done.jobs, rows_of(delete_jobs, periods.jobs));
  remove(periods.jobs, done.runs, rows_of(delete_runs, periods.jobs));
  remove(periods.jobs, done.checkpoints, rows_of(delete_checkpoints, periods.jobs));
  remove(periods.events, done.events, [&](Tx& tx) -> std::int64_t {
    if (!tx.exec(may_forget_events)[0][0].as<bool>()) return 0;
    return tx.exec(forget_events, periods.events, batch)[0][0].as<std::int64_t>();
  });
  remove(periods.state_changes, done.state_changes,
         [&](Tx& tx) { return tx.exec(forget_state_changes, periods.state_changes, batch)[0][0].as<std::int64_t>(); });
  return done;
}

Duration pause_after(const RetentionSweep& sweep, std::int64_t batch) {
  const auto most =
      std::max({sweep.job_logs, sweep.jobs, sweep.runs, sweep.events, sweep.checkpoints, sweep.state_changes});
  return sweep.is_ours && most >= batch ? between_batches : between_sweeps;
}

}  // namespace sluice
