// Jobs that are cancelled while their run goes on. One read may serve several jobs, and its open batch is theirs
// together: it is dropped as a whole, and the others read on without the cancelled one from what was committed last.

#include "scheduler/run_work.hpp"

#include "core/error.hpp"

#include <algorithm>

namespace sluice {
namespace {

bool is_cancelled(const Job& job) { return job.state == JobState::cancelled; }

}  // namespace

void RunExecution::look() { lease_.look(); }

void RunExecution::stop_cancelled(const std::set<JobId>& cancelled) {
  for (const auto& work : jobs_) {
    if (cancelled.contains(work->job.id)) work->is_cancelled = true;
  }
  for (const auto& group : groups_) {
    const bool is_to_stop = std::ranges::any_of(group->jobs, [](const JobWork* work) { return work->is_cancelled; });
    if (!is_to_stop || group->is_cut) continue;
    group->is_cut = true;
    if (group->load) group->load->abort();
    if (group->verification) group->verification->abort();
    if (group->connection) group->connection->cancel();
  }
}

/// The group's jobs are settled when this returns. What an attempt that was cut gave back is begun again here.
Task<void> RunExecution::run_without_cancelled(GroupWork& group) {
  std::erase_if(group.jobs, [](const JobWork* work) { return work->is_cancelled; });
  group.is_cut = false;
  while (!group.jobs.empty()) {
    co_await run_group(group);
    if (winding_down_ || aborted_ || !co_await drop_cancelled(group)) co_return;
  }
}

/// False when nothing is left to go on with, or nothing was cancelled.
Task<bool> RunExecution::drop_cancelled(GroupWork& group) {
  std::vector<Job> now;
  co_await context_.pool.run([this, &group, &now] {
    for (const JobWork* work : group.jobs) now.push_back(context_.queue.find_job(work->job.id).value_or(Job{}));
  });
  if (std::ranges::none_of(now, is_cancelled)) co_return false;
  std::vector<JobWork*> rest;
  for (std::size_t i = 0; i < now.size(); ++i) {
    JobWork& work = *group.jobs[i];
    if (is_cancelled(now[i])) {
      work.is_cancelled = true;
      log_.with({{"table", work.job.table}}).also_to(work.lines).info("job cancelled, what was committed stays");
    }
    if (now[i].state != JobState::queued) continue;
    work.before = work.job.counters;
    work.job.attempt = now[i].attempt;
    work.is_begun = false;
    work.settled = false;
    rest.push_back(&work);
  }
  group.jobs = std::move(rest);
  group.load.reset();
  group.verification.reset();
  group.is_cut = false;
  if (group.jobs.empty()) co_return false;
  // After a commit all of them stand at one position; before the first one the group has found its own.
  const Json& position = group.jobs.front()->checkpoint.position;
  const auto stands_there = [&](const JobWork* work) { return work->checkpoint.position == position; };
  if (std::ranges::all_of(group.jobs, stands_there)) group.read.position = position;
  group.log.info("the read goes on without a table that was cancelled", {{"tables", group.jobs.size()}});
  co_return true;
}

}  // namespace sluice
