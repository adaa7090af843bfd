#include "storage/open_run.hpp"

#include "storage/tx.hpp"

namespace sluice {
namespace {

constexpr const char* cancel_jobs = R"(
update sluice.jobs j
set state = 'cancelled', finished_at = now(), next_attempt_at = null, epoch = null
from sluice.runs r
where r.id = j.run_id and r.integration_id = $1 and r.finished_at is null
  and (j.state in ('queued', 'waiting_retry')
       or (j.state = 'running' and (r.lease_until is null or r.lease_until <= now()))))";

// The run first: who starts a job takes them in this order, too.
constexpr const char* take_run_away = R"(
update sluice.runs set lease_owner = null, lease_until = null, epoch = null
where integration_id = $1 and finished_at is null)";

constexpr const char* cancel_all_jobs = R"(
update sluice.jobs j
set state = 'cancelled', finished_at = now(), next_attempt_at = null, epoch = null
from sluice.runs r
where r.id = j.run_id and r.integration_id = $1 and r.finished_at is null and j.finished_at is null)";

constexpr const char* close_run = R"(
update sluice.runs r
set finished_at = now(), lease_owner = null, lease_until = null, epoch = null,
    result = (
      select case
        when count(*) filter (where j.state <> 'cancelled') = 0 then 'cancelled'
        when count(*) filter (where j.state in ('succeeded', 'skipped')) = count(*) then 'succeeded'
        when count(*) filter (where j.state = 'succeeded') > 0 then 'partial'
        else 'failed'
      end
      from sluice.jobs j where j.run_id = r.id)
where r.integration_id = $1 and r.finished_at is null
  and (r.lease_until is null or r.lease_until <= now() or r.epoch = $2::bigint)
  and not exists (select from sluice.jobs j where j.run_id = r.id and j.finished_at is null))";

}  // namespace

void cancel_waiting_jobs(Tx& tx, const IntegrationId& integration) { tx.exec(cancel_jobs, integration); }

void cancel_open_run(Tx& tx, const IntegrationId& integration) {
  tx.exec(take_run_away, integration);
  tx.exec(cancel_all_jobs, integration);
  close_finished_run(tx, integration, std::nullopt);
}

bool close_finished_run(Tx& tx, const IntegrationId& integration, std::optional<std::int64_t> epoch) {
  return tx.hits(close_run, integration, epoch);
}

}  // namespace sluice
