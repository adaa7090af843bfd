#pragma once
// Runs to claim, start and settle by hand.

#include "tests/integration/storage/control_fixture.hpp"

#include <gmock/gmock.h>

#include <future>
#include <set>

namespace sluice {

using namespace std::chrono_literals;

inline constexpr Duration lease = 1h;

inline JobOutcome success() { return {}; }
inline JobOutcome failure(ErrorKind kind = ErrorKind::config) {
  return {JobState::failed, JobError{kind, "source.scope_missing", "a scope is missing", "grant it"}, {}, {}};
}
inline JobOutcome retry(Duration after) {
  return {JobState::waiting_retry, JobError{ErrorKind::transient, "source.unreachable", "no answer", ""}, after, {}};
}
inline JobOutcome given_back() { return {JobState::queued, {}, {}, {}}; }

class JobQueueTest : public ControlFixture {
 protected:
  ClaimedRun claim_new_run(const std::string& name, const std::vector<std::string>& tables = {"orders", "products"}) {
    queue.trigger(confirmed(name, tables).id, RunTrigger::confirm);
    return *queue.claim("worker", lease);
  }
  bool start(const ClaimedRun& run, std::size_t job) {
    return queue.start_job(run.run.id, run.epoch, run.jobs[job].id, JobKind::initial);
  }
  bool finish(const ClaimedRun& run, std::size_t job, const JobOutcome& outcome) {
    return queue.finish_job(run.run.id, run.epoch, run.jobs[job].id, outcome);
  }
  void start_and_finish(const ClaimedRun& run, std::size_t job, const JobOutcome& outcome) {
    ASSERT_TRUE(start(run, job));
    ASSERT_TRUE(finish(run, job, outcome));
  }
  bool release(const ClaimedRun& run) { return queue.release(run.run.id, run.epoch); }
  Job job_now(const ClaimedRun& run, std::size_t job) { return *queue.find_job(run.jobs[job].id); }
  void let_leases_expire() {
    sql("update sluice.runs set lease_until = now() - interval '1 s' where lease_until is not null");
  }
};

}  // namespace sluice
