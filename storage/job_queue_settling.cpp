// How jobs go and end, and what that means for their table and their integration.

#include "storage/job_queue.hpp"

#include "storage/checkpoint_rows.hpp"
#include "storage/integration_rows.hpp"
#include "storage/open_run.hpp"
#include "storage/tx.hpp"

namespace sluice {
namespace {

// The lock keeps a takeover from coming between this and the writes behind it.
constexpr const char* hold_run = R"(
select integration_id from sluice.runs where id = $1 and epoch = $2::bigint for no key update)";

// Of what its owner has begun already, only the answer was lost.
constexpr const char* begin_job = R"(
update sluice.jobs
set state = 'running', epoch = $3::bigint, kind = $4, max_attempts = $5::integer,
    attempt = case when state = 'running' then attempt else least(attempt + 1, $5::integer) end,
    next_attempt_at = null,
    started_at = coalesce(started_at, now())
where id = $1 and run_id = $2 and (state in ('queued', 'waiting_retry') or (state = 'running' and epoch = $3::bigint)))";

constexpr const char* begin_table = R"(
update sluice.integration_tables t
set state = case
      when t.state = 'pending' then 'loading'
      when j.kind = 'reload' and t.state in ('active', 'failing') then 'reloading'
      else t.state
    end, last_job_id = j.id
from sluice.jobs j
where j.id = $1 and t.integration_id = j.integration_id and t.table_name = j.table_name and j.kind <> 'verify')";

constexpr const char* write_counters = R"(
update sluice.jobs
set rows_read = $4::bigint, rows_inserted = $5::bigint, rows_updated = $6::bigint, rows_unchanged = $7::bigint,
    rows_deleted = $8::bigint, rows_rejected = $9::bigint, bytes = $10::bigint, calls = $11::bigint,
    throttled = $12::bigint, expected_rows = coalesce($13::bigint, expected_rows)
where id = $1 and run_id = $2 and state = 'running' and epoch = $3::bigint)";

constexpr const char* mirror_table = R"(
update sluice.integration_tables t
set rows = greatest($2::bigint, 0), position = $3::jsonb
from sluice.jobs j
where j.id = $1 and t.integration_id = j.integration_id and t.table_name = j.table_name)";

constexpr const char* note_counts_on_job = "update sluice.jobs set row_counts = $2::jsonb where id = $1";

constexpr const char* note_counts_on_table = R"(
update sluice.integration_tables t
set row_counts = $2::jsonb || jsonb_build_object('counted_at', now())
from sluice.jobs j
where j.id = $1 and t.integration_id = j.integration_id and t.table_name = j.table_name)";

// A release is not a failure: the attempt is given back.
constexpr const char* give_job_back = R"(
update sluice.jobs
set state = 'queued', epoch = null, attempt = greatest(attempt - 1, 0)
where id = $1 and run_id = $2 and state = 'running')";

constexpr const char* delay_job = R"(
update sluice.jobs
set state = 'waiting_retry', epoch = null, next_attempt_at = now() + coalesce($3::bigint, 0) * interval '1 ms',
    error_kind = $4, error_code = $5, error_detail = $6, error_hint = $7
where id = $1 and run_id = $2 and finished_at is null)";

constexpr const char* end_job = R"(
update sluice.jobs
set state = $3, epoch = null, next_attempt_at = null, finished_at = now(),
    error_kind = $4, error_code = $5, error_detail = $6, error_hint = $7
where id = $1 and run_id = $2 and finished_at is null)";

constexpr const char* table_replicated = R"(
update sluice.integration_tables t
set state = case when t.state in ('removed', 'paused') then t.state else 'active' end, last_job_id = j.id, last_replicated_at = now(),
    replicated_until = coalesce($2::timestamptz, t.replicated_until),
    last_error_kind = null, last_error_code = '', last_error = ''
from sluice.jobs j
where j.id = $1 and t.integration_id = j.integration_id and t.table_name = j.table_name and j.kind <> 'verify')";

constexpr const char* table_failed = R"(
update sluice.integration_tables t
set state = case when $2::boolean and t.state not in ('removed', 'paused') then 'failing' else t.state end, last_job_id = j.id,
    last_error_kind = j.error_kind, last_error_code = coalesce(j.error_code, ''), last_error = coalesce(j.error_detail, '')
from sluice.jobs j
where j.id = $1 and t.integration_id = j.integration_id and t.table_name = j.table_name and j.kind <> 'verify')";

constexpr const char* judge_integration = R"(
update sluice.integrations
set state = case when state = 'pending' and $2::boolean then 'active' else state end,
    health = case when health = 'auth_required' then health else sluice.health_of(id) end,
    updated_at = now()
where id = $1
  and ((state = 'pending' and $2::boolean) or (health <> 'auth_required' and health <> sluice.health_of(id))))";

/// Locks the run that we still own, its integration first: everybody who ends something takes them in this order.
std::optional<IntegrationId> hold(Tx& tx, const RunId& run, std::int64_t epoch) {
  constexpr const char* owner_of = "select integration_id from sluice.runs where id = $1";
  const auto rows = tx.exec(owner_of, run);
  if (rows.empty()) return std::nullopt;
  IntegrationId integration(text_of(rows[0][0]));
  lock_integration(tx, integration);
  if (tx.exec(hold_run, run, epoch).empty()) return std::nullopt;
  return integration;
}

/// False when it had ended before, in whatever way.
bool end_well(Tx& tx, const RunId& run, const JobId& job, const JobOutcome& outcome) {
  if (!tx.hits(end_job, job, run, outcome.state, std::nullopt, std::nullopt, std::nullopt, std::nullopt)) return false;
  tx.exec(table_replicated, job, outcome.replicated_until);
  note_checkpoint(tx, job);
  return true;
}

void end_or_delay(Tx& tx, const RunId& run, const JobId& job, const JobOutcome& outcome) {
  const std::optional<JobError>& error = outcome.error;
  const auto part = [&error](std::string JobError::* member) {
    return error ? std::optional((*error).*member) : std::nullopt;
  };
  const auto kind = error ? std::optional(error->kind) : std::nullopt;
  const auto code = part(&JobError::code);
  const auto detail = part(&JobError::detail);
  const auto hint = part(&JobError::hint);
  const bool is_settled = outcome.state == JobState::waiting_retry
                              ? tx.hits(delay_job, job, run, outcome.retry_after, kind, code, detail, hint)
                              : tx.hits(end_job, job, run, outcome.state, kind, code, detail, hint);
  if (is_settled && error) tx.exec(table_failed, job, outcome.state == JobState::failed || outcome.is_failing);
  if (is_settled && is_final(outcome.state)) note_checkpoint(tx, job);
}

}  // namespace

bool JobQueue::start_job(const RunId& run, std::int64_t epoch, const JobId& job, JobKind kind, int max_attempts) {
  return in_transaction(database_, [&](Tx& tx) {
    if (tx.exec(hold_run, run, epoch).empty()) return false;
    if (!tx.hits(begin_job, job, run, epoch, kind, max_attempts)) return false;
    tx.exec(begin_table, job);
    return true;
  });
}

bool JobQueue::record_progress(const RunId& run, std::int64_t epoch, const JobId& job, const TableProgress& progress) {
  const Counters& done = progress.counters;
  return in_transaction(database_, [&](Tx& tx) {
    if (tx.exec(hold_run, run, epoch).empty()) return false;
    if (!tx.hits(write_counters, job, run, epoch, done.read, done.inserted, done.updated, done.unchanged, done.deleted,
                 done.rejected, done.bytes, done.calls, done.throttled, progress.expected_rows)) {
      return false;
    }
    if (progress.is_visible) tx.exec(mirror_table, job, progress.rows, progress.position);
    if (!progress.row_counts.is_null()) {
      tx.exec(note_counts_on_job, job, progress.row_counts);
      tx.exec(note_counts_on_table, job, progress.row_counts);
    }
    return true;
  });
}

bool JobQueue::finish_job(const RunId& run, std::int64_t epoch, const JobId& job, const JobOutcome& outcome) {
  return in_transaction(database_, [&](Tx& tx) {
    const auto integration = hold(tx, run, epoch);
    if (!integration) return false;
    bool has_loaded = false;
    if (outcome.state == JobState::queued) {
      tx.exec(give_job_back, job, run);
    } else if (outcome.state == JobState::succeeded) {
      has_loaded = end_well(tx, run, job, outcome);
    } else {
      end_or_delay(tx, run, job, outcome);
    }
    tx.exec(judge_integration, *integration, has_loaded);
    return true;
  });
}

}  // namespace sluice
