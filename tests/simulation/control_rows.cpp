#include "tests/simulation/control_rows.hpp"

#include <algorithm>

namespace sluice::simulation {
namespace {

std::string numbered(std::string_view prefix, std::size_t number) {
  std::string text = std::to_string(number);
  return std::string(prefix) + std::string(26 - text.size(), '0') + text;
}

}  // namespace

RunRow* find_run(World& world, const RunId& id) {
  const auto found = std::ranges::find_if(world.runs, [&](const RunRow& row) { return row.run.id == id; });
  return found == world.runs.end() ? nullptr : &*found;
}
RunRow* held_run(World& world, const RunId& id, std::int64_t epoch) {
  RunRow* const row = find_run(world, id);
  return row != nullptr && row->epoch == epoch ? row : nullptr;
}
RunRow* open_run_of(World& world, const IntegrationId& id) {
  const auto found = std::ranges::find_if(
      world.runs, [&](const RunRow& row) { return row.run.integration == id && !row.run.finished_at; });
  return found == world.runs.end() ? nullptr : &*found;
}
JobRow* find_job(World& world, const JobId& id) {
  const auto found = std::ranges::find_if(world.jobs, [&](const JobRow& row) { return row.job.id == id; });
  return found == world.jobs.end() ? nullptr : &*found;
}
TableRow& table_of(World& world, const Job& job) {
  return *std::ranges::find(world.integration(job.integration).tables, job.table, &TableRow::name);
}

bool is_held(const World& world, const RunRow& run) { return run.lease_until && *run.lease_until > world.now(); }

void end(World& world, JobRow& row, JobState state) {
  row.job.state = state;
  row.job.finished_at = world.now();
  row.job.next_attempt_at.reset();
  row.epoch.reset();
  world.note("job ends", row.job.id.str() + std::string(to_string(state)), row.job.attempt);
}
void requeue_running(World& world, const RunId& run) {
  for_jobs_of(world, run, [&](JobRow& row) {
    if (row.job.state != JobState::running) return;
    row.job.state = JobState::queued;
    row.epoch.reset();
    ++row.excused;
  });
}
void free_lease(World& world, RunRow& run) {
  if (run.epoch) world.ownership.freed(*run.epoch);
  run.owner.clear();
  run.lease_until.reset();
  run.epoch.reset();
}

bool close_finished_run(World& world, const IntegrationId& id, std::optional<std::int64_t> epoch) {
  RunRow* const run = open_run_of(world, id);
  if (run == nullptr || (is_held(world, *run) && run->epoch != epoch)) return false;
  bool is_over = true;
  for_jobs_of(world, run->run.id, [&](const JobRow& row) { is_over = is_over && row.job.finished_at; });
  if (!is_over) return false;
  run->run.finished_at = world.now();
  free_lease(world, *run);
  world.note("run ends", run->run.id.str());
  return true;
}

void open_run(World& world, IntegrationRow& owner, RunTrigger trigger, const std::vector<std::string>& tables) {
  RunRow row;
  row.run.id = RunId(numbered("run_", world.runs.size()));
  row.run.integration = owner.integration.id;
  row.run.trigger = trigger;
  row.run.created_at = world.now();
  for (TableRow& table : owner.tables) {
    if (!tables.empty() && std::ranges::find(tables, table.name) == tables.end()) continue;
    JobRow made;
    made.job.id = JobId(numbered("job_", world.jobs.size()));
    made.job.run = row.run.id;
    made.job.integration = owner.integration.id;
    made.job.table = table.name;
    made.job.kind = table.was_loaded ? JobKind::incremental : JobKind::initial;
    made.job.reload = std::exchange(table.reload_asked, {});
    if (made.job.reload) made.job.kind = JobKind::reload;
    made.job.queued_at = world.now();
    table.run_asked = false;
    world.jobs.push_back(std::move(made));
  }
  ++world.census->runs;
  world.note("run opened", row.run.id.str());
  world.runs.push_back(std::move(row));
}

void cancel_waiting_jobs(World& world, const IntegrationId& id) {
  RunRow* const run = open_run_of(world, id);
  if (run == nullptr) return;
  for_jobs_of(world, run->run.id, [&](JobRow& row) {
    const bool waits = row.job.state == JobState::queued || row.job.state == JobState::waiting_retry;
    if (waits || (row.job.state == JobState::running && !is_held(world, *run))) end(world, row, JobState::cancelled);
  });
}

}  // namespace sluice::simulation
