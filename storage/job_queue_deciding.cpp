// What people decide about single jobs: to end one, or to have it done again.

#include "storage/job_queue.hpp"

#include "storage/integration_rows.hpp"
#include "storage/job_opening.hpp"
#include "storage/job_rows.hpp"
#include "storage/open_run.hpp"
#include "storage/tx.hpp"

namespace sluice {
namespace {

constexpr const char* integration_of = "select integration_id from sluice.jobs where id = $1";

// Behind the integration's lock and before the job's: whoever starts or settles a job takes them in this order, too.
constexpr const char* hold_run_of = R"(
select lease_until > now() as is_held
from sluice.runs where id = (select run_id from sluice.jobs where id = $1) for no key update)";

// Nobody has it, or its owner is gone.
constexpr const char* end_unheld_job = R"(
update sluice.jobs j
set state = 'cancelled', cancel_asked_at = coalesce(cancel_asked_at, now()), finished_at = now(), next_attempt_at = null,
    epoch = null
from sluice.runs r
where j.id = $1 and r.id = j.run_id
  and (j.state in ('queued', 'waiting_retry')
       or (j.state = 'running' and (r.lease_until is null or r.lease_until <= now()))))";

constexpr const char* ask_owner_to_end = R"(
update sluice.jobs set cancel_asked_at = coalesce(cancel_asked_at, now()) where id = $1 and state = 'running')";

constexpr const char* judge_health = R"(
update sluice.integrations
set health = sluice.health_of(id), updated_at = now()
where id = $1 and health <> 'auth_required' and health <> sluice.health_of(id))";

constexpr const char* end_waiting = R"(
update sluice.jobs set state = 'queued', next_attempt_at = null where id = $1 and state = 'waiting_retry')";

constexpr const char* open_job_of_table = R"(
select id, state from sluice.jobs where integration_id = $1 and table_name = $2 and finished_at is null)";

constexpr const char* table_state = R"(
select state from sluice.integration_tables where integration_id = $1 and table_name = $2)";

constexpr const char* ask_for_retry = R"(
update sluice.integration_tables set retry_asked = $3, reload_asked = coalesce($4, reload_asked)
where integration_id = $1 and table_name = $2)";

constexpr const char* retry_in_run = "where j.run_id = $1 and j.retry_of = $2";

/// Locks what a decision about the job needs, and reads it.
Job hold(Tx& tx, const JobId& id) {
  static const std::string by_id = select_jobs("where j.id = $1");
  const Error unknown(ErrorKind::missing, "job.unknown", "there is no such job");
  const auto owner = tx.exec(integration_of, id);
  if (owner.empty()) throw unknown;
  lock_integration(tx, IntegrationId(text_of(owner[0][0])));
  tx.exec(hold_run_of, id);
  const auto rows = tx.exec(by_id.c_str(), id);
  if (rows.empty()) throw unknown;
  return read_job(rows[0]);
}

Job read_again(Tx& tx, const JobId& id) {
  static const std::string by_id = select_jobs("where j.id = $1");
  return read_job(tx.exec(by_id.c_str(), id)[0]);
}

Error not_retriable(const std::string& reason) { return {ErrorKind::conflict, "job.not_retriable", reason}; }

void check_retriable(Tx& tx, const Job& job) {
  if (job.state == JobState::queued || job.state == JobState::running) {
    throw Error(ErrorKind::conflict, "job.open", "the job is " + std::string(to_string(job.state)) + " as it is");
  }
  if (job.state != JobState::failed && job.state != JobState::cancelled) {
    throw not_retriable("the job has " + std::string(job.state == JobState::succeeded ? "succeeded" : "been skipped") +
                        ": there is nothing to repeat");
  }
  if (job.kind == JobKind::verify) throw not_retriable("a comparison is not retried: begin another one");
  const auto state = tx.exec(table_state, job.integration, job.table);
  if (state.empty() || text_of(state[0][0]) == "removed") {
    throw not_retriable("the table " + job.table + " is not selected any more");
  }
  if (text_of(state[0][0]) == "paused") {
    throw Error(ErrorKind::conflict, "table.paused", "the table " + job.table + " is paused: resume it first");
  }
  const auto open = tx.exec(open_job_of_table, job.integration, job.table);
  if (!open.empty()) {
    throw Error(
        ErrorKind::conflict, "table.busy",
        "the job " + text_of(open[0]["id"]) + " of the table " + job.table + " is " + text_of(open[0]["state"]));
  }
}

}  // namespace

Job JobQueue::cancel(const JobId& id) {
  return in_transaction(database_, [&](Tx& tx) {
    const Job job = hold(tx, id);
    if (is_final(job.state)) {
      throw Error(ErrorKind::conflict, "job.ended", "the job has ended already: " + std::string(to_string(job.state)));
    }
    if (tx.hits(end_unheld_job, id)) {
      tx.exec(judge_health, job.integration);
      close_finished_run(tx, job.integration, std::nullopt);
    } else {
      tx.exec(ask_owner_to_end, id);
    }
    return read_again(tx, id);
  });
}

JobQueue::Retried JobQueue::retry(const JobId& id) {
  static const std::string made = select_jobs(retry_in_run);
  static const std::string run_by_id = select_runs("where r.id = $1");
  return in_transaction(database_, [&](Tx& tx) -> Retried {
    const Job job = hold(tx, id);
    const Integration integration = get_integration(tx, job.integration);
    check_may_run(integration);
    if (job.state == JobState::waiting_retry) {
      tx.exec(end_waiting, id);
      const auto held = tx.exec(hold_run_of, id);
      const bool is_held = !held[0][0].is_null() && held[0][0].as<bool>();
      return {read_run(tx.exec(run_by_id.c_str(), job.run)[0]), read_again(tx, id), is_held};
    }
    check_retriable(tx, job);
    const auto reload = job.reload ? std::optional(std::string(to_string(*job.reload))) : std::nullopt;
    tx.exec(ask_for_retry, job.integration, job.table, id, reload);
    close_finished_run(tx, job.integration, std::nullopt);
    // Never two runs at a time: what is open is finished first.
    if (auto open = open_run_of(tx, job.integration)) return {*std::move(open), std::nullopt, true};
    Run run = open_run(tx, integration, RunTrigger::manual, {job.table});
    auto next = read_job(tx.exec(made.c_str(), run.id, id)[0]);
    return {std::move(run), std::move(next), false};
  });
}

}  // namespace sluice
