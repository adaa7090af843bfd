#pragma once
// The rows of the control database in memory, and the steps that both daemons and people take on them.

#include "tests/simulation/world.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::simulation {

/// Null when there is none.
RunRow* find_run(World& world, const RunId& id);
/// Null when that owner does not hold it any more.
RunRow* held_run(World& world, const RunId& id, std::int64_t epoch);
RunRow* open_run_of(World& world, const IntegrationId& id);
JobRow* find_job(World& world, const JobId& id);
TableRow& table_of(World& world, const Job& job);
template <class Each>
void for_jobs_of(World& world, const RunId& run, Each each) {
  for (JobRow& row : world.jobs) {
    if (row.job.run == run) each(row);
  }
}

/// By a lease that has not ended.
bool is_held(const World& world, const RunRow& run);

void open_run(World& world, IntegrationRow& owner, RunTrigger trigger, const std::vector<std::string>& tables);
/// Unless jobs are left, or another than `epoch` holds it.
bool close_finished_run(World& world, const IntegrationId& id, std::optional<std::int64_t> epoch);
void free_lease(World& world, RunRow& run);
void end(World& world, JobRow& row, JobState state);
/// Of an owner who did not say how they ended.
void requeue_running(World& world, const RunId& run);
void cancel_waiting_jobs(World& world, const IntegrationId& id);

}  // namespace sluice::simulation
