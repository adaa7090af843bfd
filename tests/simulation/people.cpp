// What people do with the control database.
#include "tests/simulation/control_rows.hpp"

#include <algorithm>

namespace sluice::simulation {

void confirm(World& world, const std::string& name) {
  IntegrationRow row;
  row.integration.id = IntegrationId("int_" + name);
  row.integration.name = name;
  row.integration.connector = "model";
  row.integration.state = IntegrationState::pending;
  row.integration.frequency.interval = frequency;
  row.integration.destination = DestinationId("dst_model");
  row.integration.schema = "public";
  for (const Table& table : catalogue().tables()) {
    row.integration.selection.push_back({table.name, {"id", "date_modified"}});
    row.tables.push_back({table.name});
    row.source[table.name];
  }
  row.due = first_due(row.integration.frequency, {}, world.now());
  world.integrations.push_back(std::move(row));
  open_run(world, world.integrations.back(), RunTrigger::confirm, {});
}

void sync(World& world, IntegrationRow& row) {
  if (!row.is_schedulable()) return;
  close_finished_run(world, row.integration.id, std::nullopt);
  if (open_run_of(world, row.integration.id) == nullptr) open_run(world, row, RunTrigger::manual, {});
}

void reload(World& world, IntegrationRow& row, const std::string& table, ReloadMode mode) {
  if (!row.is_schedulable()) return;
  for (const JobRow& job : world.jobs) {
    if (job.job.integration == row.integration.id && job.job.table == table && job.job.reload && !job.job.finished_at)
      return;
  }
  world.note("reload asked", table, static_cast<std::int64_t>(mode));
  std::ranges::find(row.tables, table, &TableRow::name)->reload_asked = mode;
  close_finished_run(world, row.integration.id, std::nullopt);
  if (open_run_of(world, row.integration.id) == nullptr) open_run(world, row, RunTrigger::manual, {table});
}

void pause(World& world, IntegrationRow& row, PauseMode mode, std::optional<Time> until) {
  row.integration.paused = true;
  row.integration.paused_until = until;
  RunRow* const run = open_run_of(world, row.integration.id);
  if (mode != PauseMode::now || run == nullptr) return;
  free_lease(world, *run);
  for_jobs_of(world, run->run.id, [&](JobRow& job) {
    if (!job.job.finished_at) end(world, job, JobState::cancelled);
  });
  close_finished_run(world, row.integration.id, std::nullopt);
}

void resume(World&, IntegrationRow& row) {
  row.integration.paused = false;
  row.integration.paused_until.reset();
}

void reauthenticate(World& world, IntegrationRow& row) {
  row.accepted = ++row.credentials;
  if (row.integration.health != Health::auth_required) return;
  row.integration.health = Health::ok;
  for (TableRow& table : row.tables) table.run_asked = true;
  world.note("authenticated anew", row.integration.name);
}

void cancel(World& world, JobRow& row) {
  if (row.job.finished_at) return;
  ++world.census->cancels;
  world.note("cancel asked", row.job.id.str());
  if (row.job.state != JobState::running || !is_held(world, *find_run(world, row.job.run))) {
    end(world, row, JobState::cancelled);
    close_finished_run(world, row.job.integration, std::nullopt);
  } else {
    row.job.is_cancel_asked = true;
  }
}

void begin_delete(World& world, IntegrationRow& row) {
  row.integration.state = IntegrationState::deleting;
  cancel_waiting_jobs(world, row.integration.id);
  close_finished_run(world, row.integration.id, std::nullopt);
}

void finish_deletes(World& world) {
  for (IntegrationRow& row : world.integrations) {
    if (row.integration.state != IntegrationState::deleting) continue;
    const IntegrationId& id = row.integration.id;
    RunRow* const run = open_run_of(world, id);
    if (run != nullptr && is_held(world, *run)) continue;
    cancel_waiting_jobs(world, id);
    close_finished_run(world, id, std::nullopt);
    // Whoever held its tables is fenced off; then they go, and their bookkeeping with them.
    std::erase_if(world.destination, [&](const auto& table) { return table.first.first == id.str(); });
    row.integration.state = IntegrationState::deleted;
    ++world.census->deletions;
    world.note("deleted", row.integration.name);
  }
}

}  // namespace sluice::simulation
