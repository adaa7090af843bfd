// How each job of a run ends, whatever became of its read.

#include "core/error.hpp"
#include "scheduler/positions.hpp"
#include "scheduler/run_execution.hpp"
#include "scheduler/run_work.hpp"

namespace sluice {

Task<void> RunExecution::settle(JobWork& work, const JobOutcome& outcome) {
  if (lease_.is_lost()) co_return;
  co_await control_.run([this, &work, &outcome] {
    // First, so that whoever sees the job ended finds its log complete; a line less is no reason to leave it open.
    try {
      work.lines->flush(context_.queue);
    } catch (const Error& error) {
      log_.warn("job log not written yet", {{"reason", error.message()}});
    }
    work.settled = context_.queue.finish_job(claimed_.run.id, claimed_.epoch, work.job.id, outcome);
  });
}

Task<void> RunExecution::settle_unfinished(const Error& error) {
  log_.warn("run could not go on", {{"code", error.code()}, {"reason", error.message()}});
  const double random = random_unit();
  for (const auto& work : jobs_) {
    if (work->settled || work->is_cancelled) continue;
    const Log log = log_.with({{"table", work->job.table}}).also_to(work->lines);
    if (counts_as_attempt(*work, error))
      log.error("run could not go on", {{"code", error.code()}, {"reason", error.message()}});
    const auto done = co_await attempt(fail(*work, error, random));
    if (!done)
      log.warn("job not settled, its lease will end by itself", {{"reason", to_error(done.failure()).message()}});
  }
}

/// What never began counts all the same, else it would be repeated for ever; but an outage is looked at as often as it
/// takes.
bool RunExecution::counts_as_attempt(const JobWork& work, const Error& error) const {
  return error.kind() != ErrorKind::cancelled && (!is_outage(error) || work.job.attempt < retry_policy().max_attempts);
}

Task<void> RunExecution::fail(JobWork& work, const Error& error, double random) {
  if (lease_.is_lost()) co_return;
  if (counts_as_attempt(work, error)) {
    co_await control_.run([this, &work] {
      const bool keeps_kind = work.job.kind == JobKind::reload || work.job.kind == JobKind::verify || work.job.window ||
                              is_first_load(work.checkpoint.position);
      const JobKind kind = keeps_kind ? work.job.kind : JobKind::incremental;
      if (!context_.queue.start_job(claimed_.run.id, claimed_.epoch, work.job.id, kind, settings_.max_attempts))
        throw run_lost();
    });
    work.count_attempt();
  }
  co_await settle(work, decide_outcome(error, work.job.attempt, retry_policy(), random));
}

RetryPolicy RunExecution::retry_policy() const {
  return {{Duration(5'000), settings_.retry_cap}, settings_.max_attempts};
}

Task<void> RunExecution::flush_logs() {
  const auto flushed = co_await attempt(context_.pool.run([this] {
    for (const auto& work : jobs_) work->lines->flush(context_.queue);
  }));
  if (!flushed) log_.warn("job log not written", {{"reason", to_error(flushed.failure()).message()}});
}

}  // namespace sluice
