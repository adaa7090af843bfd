// Who has a run: claims, heartbeats, and giving it back.

#include "storage/job_queue.hpp"

#include "storage/integration_rows.hpp"
#include "storage/job_rows.hpp"
#include "storage/open_run.hpp"
#include "storage/tx.hpp"

#include <sstream>

namespace sluice {
namespace {

constexpr const char* claim_run = R"(
update sluice.runs r
set lease_owner = $1, lease_until = now() + $2::bigint * interval '1 ms', epoch = nextval('sluice.epochs'),
    started_at = coalesce(started_at, now())
where r.id = (
  select candidate.id
  from sluice.runs candidate
  join sluice.integrations i on i.id = candidate.integration_id
  where candidate.finished_at is null and i.schedulable
    and (candidate.lease_until is null or candidate.lease_until <= now())
    and exists (
      select from sluice.jobs j
      where j.run_id = candidate.id
        and (j.state in ('queued', 'running') or (j.state = 'waiting_retry' and j.next_attempt_at <= now())))
  order by candidate.created_at, candidate.id
  limit 1
  for update of candidate skip locked)
returning r.id, r.integration_id, r.epoch)";

// Their attempts were counted when they began; that their owner is gone does not give one back.
constexpr const char* requeue_running = R"(
update sluice.jobs set state = 'queued', epoch = null where run_id = $1 and state = 'running')";

// What failed together is due within moments of each other, and is read together again: for one alone, its list would be
// walked as well.
constexpr const char* jobs_to_do = R"(
where j.run_id = $1
  and (j.state = 'queued' or (j.state = 'waiting_retry' and j.next_attempt_at <= now() + interval '1 second'))
order by t.ordinal, j.id)";

constexpr const char* extend_lease = R"(
update sluice.runs r
set lease_until = now() + $3::bigint * interval '1 ms'
from sluice.integrations i
where r.id = $1 and r.epoch = $2::bigint and i.id = r.integration_id and i.state in ('pending', 'active')
returning (select coalesce(string_agg(j.id, ','), '') from sluice.jobs j
           where j.run_id = r.id and (j.state = 'cancelled' or (j.finished_at is null and j.cancel_asked_at is not null))))";

constexpr const char* end_all_leases = "update sluice.runs set lease_until = now() where lease_until > now()";

constexpr const char* held_by = "select integration_id from sluice.runs where id = $1 and epoch = $2::bigint";

constexpr const char* free_lease = R"(
update sluice.runs set lease_owner = null, lease_until = null, epoch = null where id = $1 and epoch = $2::bigint)";

}  // namespace

std::optional<ClaimedRun> JobQueue::claim(const std::string& worker, Duration lease) {
  static const std::string claimed_run = select_runs("where r.id = $1");
  static const std::string claimed_jobs = select_jobs(jobs_to_do);
  return in_transaction(database_, [&](Tx& tx) -> std::optional<ClaimedRun> {
    const auto rows = tx.exec(claim_run, worker, lease);
    if (rows.empty()) return std::nullopt;
    const RunId id(text_of(rows[0]["id"]));
    ClaimedRun claimed;
    claimed.epoch = rows[0]["epoch"].as<std::int64_t>();
    claimed.integration = get_integration(tx, IntegrationId(text_of(rows[0]["integration_id"])));
    tx.exec(requeue_running, id);
    claimed.run = read_run(tx.exec(claimed_run.c_str(), id)[0]);
    for (const auto& row : tx.exec(claimed_jobs.c_str(), id)) claimed.jobs.push_back(read_job(row));
    return claimed;
  });
}

Heartbeat JobQueue::heartbeat(const RunId& run, std::int64_t epoch, Duration lease) {
  return in_transaction(database_, [&](Tx& tx) {
    Heartbeat beat;
    const auto rows = tx.exec(extend_lease, run, epoch, lease);
    if (rows.empty()) return beat;
    beat.is_kept = true;
    std::istringstream ids(text_of(rows[0][0]));
    for (std::string id; std::getline(ids, id, ',');) beat.cancelled.insert(JobId(id));
    return beat;
  });
}

int JobQueue::end_leases() {
  return in_transaction(database_, [&](Tx& tx) { return static_cast<int>(tx.exec(end_all_leases).affected_rows()); });
}

bool JobQueue::release(const RunId& run, std::int64_t epoch) {
  return in_transaction(database_, [&](Tx& tx) {
    const auto held = tx.exec(held_by, run, epoch);
    if (held.empty()) return false;
    const IntegrationId integration(text_of(held[0][0]));
    const Integration locked = lock_integration(tx, integration);
    // What its owner could not settle is begun again.
    tx.exec(requeue_running, run);
    if (locked.state == IntegrationState::deleting) cancel_waiting_jobs(tx, integration);
    return close_finished_run(tx, integration, epoch) || tx.hits(free_lease, run, epoch);
  });
}

}  // namespace sluice
