// What becomes of runs when the source refuses their credentials.

#include "storage/job_queue.hpp"

#include "storage/checkpoint_rows.hpp"
#include "storage/integration_rows.hpp"
#include "storage/open_run.hpp"
#include "storage/secret_rows.hpp"
#include "storage/tx.hpp"

namespace sluice {
namespace {

constexpr const char* fail_jobs = R"(
update sluice.jobs
set state = 'failed', finished_at = now(), next_attempt_at = null, epoch = null,
    error_kind = $3, error_code = $4, error_detail = $5, error_hint = $6
where integration_id = $1 and finished_at is null and ($2::text is null or id = any (string_to_array($2, ',')))
returning id)";

constexpr const char* fail_tables = R"(
update sluice.integration_tables t
set state = case when t.state in ('removed', 'paused') then t.state else 'failing' end, last_job_id = j.id,
    last_error_kind = j.error_kind, last_error_code = j.error_code, last_error = j.error_detail
from sluice.jobs j
join sluice.runs r on r.id = j.run_id
where r.integration_id = $1 and r.finished_at is null and j.state = 'failed' and j.error_kind = 'auth'
  and t.integration_id = j.integration_id and t.table_name = j.table_name)";

constexpr const char* require_authentication = R"(
update sluice.integrations set health = 'auth_required', updated_at = now() where id = $1)";

}  // namespace

bool JobQueue::refuse_credentials(const IntegrationId& id, std::int64_t version, const std::vector<JobId>& jobs,
                                  const JobError& error) {
  return in_transaction(database_, [&](Tx& tx) {
    lock_integration(tx, id);
    if (kept_version(tx, id.str(), token_name) > version) return false;
    std::string refused;
    for (const JobId& job : jobs) refused.append(refused.empty() ? "" : ",").append(job.str());
    const auto failed = tx.exec(fail_jobs, id, refused, error.kind, error.code, error.detail, error.hint);
    const auto others =
        tx.exec(fail_jobs, id, std::nullopt, ErrorKind::auth, "source.auth_failed",
                "the source refused the credentials", "Re-authenticate the integration with an account that works.");
    tx.exec(fail_tables, id);
    for (const auto& row : failed) note_checkpoint(tx, JobId(text_of(row[0])));
    for (const auto& row : others) note_checkpoint(tx, JobId(text_of(row[0])));
    tx.exec(require_authentication, id);
    close_finished_run(tx, id, std::nullopt);
    return true;
  });
}

}  // namespace sluice
