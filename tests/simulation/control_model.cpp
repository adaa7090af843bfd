// The control database, in memory: what storage/job_queue_*.cpp and the parts of storage/integrations.cpp that a run
// uses do in SQL, one transaction per call. Each statement here follows the one of that file; due times are the real
// ones (storage/due_time.hpp). A call fails before it has done anything, or its answer is lost.

#include "connectors/connector.hpp"
#include "core/error.hpp"
#include "storage/destinations.hpp"
#include "storage/integrations.hpp"
#include "storage/schema_changes.hpp"
#include "tests/simulation/world.hpp"

#include <algorithm>

namespace sluice {
namespace simulation {

Desk& desk_of(Database& database) { return reinterpret_cast<Desk&>(database); }

namespace {

Error away(const char* what) { return {ErrorKind::transient, "database.unreachable", what}; }

/// A transaction of a daemon.
template <class Work>
auto in_control(Database& database, Work work) {
  Desk& desk = desk_of(database);
  World& world = *desk.world;
  if (world.weather.is_control_away || world.chance(world.weather.control)) {
    desk.last_trouble = world.now();
    throw away("before");
  }
  auto result = work(world);
  if (world.chance(world.weather.unknown_outcome)) {
    desk.last_trouble = world.now();
    ++world.census->unknown;
    world.note("answer of the control database lost");
    throw away("after");
  }
  return result;
}

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
template <class Each>
void for_jobs_of(World& world, const RunId& run, Each each) {
  for (JobRow& row : world.jobs) {
    if (row.job.run == run) each(row);
  }
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

std::string numbered(std::string_view prefix, std::size_t number) {
  std::string text = std::to_string(number);
  return std::string(prefix) + std::string(26 - text.size(), '0') + text;
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

/// The daemon stops, a job that was read together with others was cancelled, or there are newer credentials to try.
bool has_reason_to_give_back(World& world, const Desk& desk, const RunRow& run) {
  bool is_cancelled = false;
  for_jobs_of(world, run.run.id, [&](const JobRow& row) {
    is_cancelled = is_cancelled || row.job.is_cancel_asked || row.job.state == JobState::cancelled;
  });
  return desk.is_stopping || is_cancelled || world.integration(run.run.integration).credentials > run.credentials;
}

bool is_due(const World& world, const Job& job) {
  return job.state == JobState::queued || (job.state == JobState::waiting_retry && job.next_attempt_at <= world.now());
}

}  // namespace

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

}  // namespace simulation

using namespace simulation;

JobQueue::JobQueue(Database& database) : database_(database) {}

int JobQueue::enqueue_due(Duration spread) {
  return in_control(database_, [&](World& world) {
    for (IntegrationRow& row : world.integrations) close_finished_run(world, row.integration.id, std::nullopt);
    int opened = 0;
    for (IntegrationRow& row : world.integrations) {
      if (row.integration.paused && row.integration.paused_until && *row.integration.paused_until <= world.now())
        resume(world, row);
      if (!row.is_schedulable() || open_run_of(world, row.integration.id) != nullptr) continue;
      std::vector<std::string> tables;
      for (const TableRow& table : row.tables) {
        if (row.due.is_due(world.now()) || table.run_asked || table.reload_asked) tables.push_back(table.name);
      }
      if (tables.empty()) continue;
      if (row.due.is_due(world.now())) {
        const DueTime before = row.due;
        row.due = due_after_run(before, row.integration.frequency, {}, world.now(), {spread, 0.5});
        world.demand(row.due.at > world.now() && row.due.at > before.at, "what was due is planned past now");
      }
      open_run(world, row, RunTrigger::schedule, tables);
      ++opened;
    }
    return opened;
  });
}

std::optional<Duration> JobQueue::until_next_due() {
  return in_control(database_, [](World& world) -> std::optional<Duration> {
    std::optional<Time> next;
    const auto consider = [&](std::optional<Time> at) {
      if (at && (!next || *at < *next)) next = at;
    };
    for (const IntegrationRow& row : world.integrations) {
      if (row.is_schedulable() && open_run_of(world, row.integration.id) == nullptr) consider(row.due.at);
      if (row.integration.paused) consider(row.integration.paused_until);
    }
    for (const JobRow& row : world.jobs) {
      if (row.job.finished_at || !world.integration(row.job.integration).is_schedulable()) continue;
      const RunRow& run = *simulation::find_run(world, row.job.run);
      if (row.job.state == JobState::waiting_retry) {
        consider(std::max(*row.job.next_attempt_at, run.lease_until.value_or(*row.job.next_attempt_at)));
      } else {
        consider(run.lease_until.value_or(world.now()));
      }
    }
    if (!next) return std::nullopt;
    return std::max(Duration{0}, std::chrono::ceil<Duration>(*next - world.now()));
  });
}

std::optional<ClaimedRun> JobQueue::claim(const std::string& worker, Duration duration) {
  return in_control(database_, [&](World& world) -> std::optional<ClaimedRun> {
    for (RunRow& row : world.runs) {
      IntegrationRow& owner = world.integration(row.run.integration);
      if (row.run.finished_at || !owner.is_schedulable() || is_held(world, row)) continue;
      bool has_work = false;
      for_jobs_of(world, row.run.id, [&](const JobRow& job) {
        has_work = has_work || is_due(world, job.job) || job.job.state == JobState::running;
      });
      if (!has_work) continue;
      if (!row.owner.empty()) ++world.census->takeovers;
      ++world.census->claims;
      requeue_running(world, row.run.id);
      row.owner = worker;
      row.lease_until = world.now() + duration;
      row.epoch = ++world.epochs;
      row.credentials = owner.credentials;
      world.ownership.granted(*row.epoch, worker, owner.integration.id, *row.lease_until);
      ClaimedRun claimed{row.run, *row.epoch, owner.integration, {}};
      for_jobs_of(world, row.run.id, [&](const JobRow& job) {
        if (is_due(world, job.job)) claimed.jobs.push_back(job.job);
      });
      world.note("claimed by " + worker, row.run.id.str(), *row.epoch);
      return claimed;
    }
    return std::nullopt;
  });
}

Heartbeat JobQueue::heartbeat(const RunId& id, std::int64_t epoch, Duration duration) {
  const Heartbeat heard = in_control(database_, [&](World& world) {
    Heartbeat beat;
    RunRow* const row = held_run(world, id, epoch);
    if (row == nullptr) return beat;
    const auto state = world.integration(row->run.integration).integration.state;
    if (state != IntegrationState::pending && state != IntegrationState::active) return beat;
    row->lease_until = world.now() + duration;
    world.ownership.extended(epoch, *row->lease_until);
    beat.is_kept = true;
    for_jobs_of(world, id, [&](const JobRow& job) {
      if (job.job.state == JobState::cancelled || (!job.job.finished_at && job.job.is_cancel_asked))
        beat.cancelled.insert(job.job.id);
    });
    return beat;
  });
  if (!heard.is_kept) desk_of(database_).world->ownership.told(epoch);
  return heard;
}

bool JobQueue::start_job(const RunId& run, std::int64_t epoch, const JobId& id, JobKind kind, int most) {
  return in_control(database_, [&](World& world) {
    JobRow* const row = simulation::find_job(world, id);
    if (held_run(world, run, epoch) == nullptr || row->job.finished_at) return false;
    if (row->job.state == JobState::running && row->epoch != epoch) return false;
    if (row->job.state != JobState::running) {
      ++row->tries;
      row->job.attempt = std::min(row->job.attempt + 1, most);
    }
    row->job.state = JobState::running;
    row->epoch = epoch;
    row->job.kind = kind;
    row->job.next_attempt_at.reset();
    if (!row->job.started_at) row->job.started_at = world.now();
    world.note("attempt", id.str(), row->job.attempt);
    return true;
  });
}

bool JobQueue::record_progress(const RunId& run, std::int64_t epoch, const JobId& id, const TableProgress& progress) {
  return in_control(database_, [&](World& world) {
    const JobRow* const row = simulation::find_job(world, id);
    if (held_run(world, run, epoch) == nullptr || row->job.state != JobState::running || row->epoch != epoch)
      return false;
    const auto stored = world.destination.find({row->job.integration.str(), row->job.table});
    if (progress.is_visible && stored != world.destination.end() && stored->second.fence == epoch) {
      world.demand(stored->second.position == progress.position && stored->second.live == progress.rows,
                   row->job.table + ": the mirror shows what the destination has");
    }
    return true;
  });
}

bool JobQueue::record_verification(const RunId&, std::int64_t, const JobId&, const Json&) { return false; }

bool JobQueue::finish_job(const RunId& run, std::int64_t epoch, const JobId& id, const JobOutcome& outcome) {
  return in_control(database_, [&](World& world) {
    JobRow* const row = simulation::find_job(world, id);
    if (held_run(world, run, epoch) == nullptr) return false;
    IntegrationRow& owner = world.integration(row->job.integration);
    if (outcome.state == JobState::queued) {
      if (row->job.state != JobState::running) return true;
      row->job.state = JobState::queued;
      row->epoch.reset();
      row->job.attempt = std::max(row->job.attempt - 1, 0);
      ++row->excused;
      world.demand(has_reason_to_give_back(world, desk_of(database_), *simulation::find_run(world, run)),
                   "an attempt that failed is not given back");
      return true;
    }
    if (row->job.finished_at) return true;
    if (outcome.state == JobState::waiting_retry) {
      ++world.census->retries;
      world.demand(*outcome.retry_after <= retry_cap, "no wait is longer than the cap");
      const std::string_view code = outcome.error->code;
      // What of the other side is down is looked at as often as it takes.
      const bool is_outage = code == "destination.unreachable" || code == "database.unreachable";
      if (is_outage && row->job.state == JobState::running) ++row->excused;
      row->job.state = JobState::waiting_retry;
      row->epoch.reset();
      row->job.next_attempt_at = world.now() + *outcome.retry_after;
      world.note("waits", id.str(), outcome.retry_after->count());
      return true;
    }
    end(world, *row, outcome.state);
    if (outcome.state == JobState::failed) ++world.census->failures;
    if (outcome.state != JobState::succeeded) return true;
    const StoredTable& stored = world.destination[{row->job.integration.str(), row->job.table}];
    world.demand(!stored.position.is_null() && !stored.position.contains("ranges"),
                 row->job.table + ": what has succeeded has read its pass to the end");
    table_of(world, row->job).was_loaded = true;
    if (owner.integration.state == IntegrationState::pending) owner.integration.state = IntegrationState::active;
    return true;
  });
}

bool JobQueue::refuse_credentials(const IntegrationId& id, std::int64_t version, const std::vector<JobId>&,
                                  const JobError&) {
  return in_control(database_, [&](World& world) {
    IntegrationRow& owner = world.integration(id);
    if (owner.credentials > version) return false;
    ++world.census->auth;
    for (JobRow& row : world.jobs) {
      if (row.job.integration == id && !row.job.finished_at) end(world, row, JobState::failed);
    }
    owner.integration.health = Health::auth_required;
    close_finished_run(world, id, std::nullopt);
    return true;
  });
}

bool JobQueue::release(const RunId& run, std::int64_t epoch) {
  return in_control(database_, [&](World& world) {
    RunRow* const row = held_run(world, run, epoch);
    if (row == nullptr) return false;
    requeue_running(world, run);
    const IntegrationId id = row->run.integration;
    if (world.integration(id).integration.state == IntegrationState::deleting) cancel_waiting_jobs(world, id);
    if (!close_finished_run(world, id, epoch)) free_lease(world, *row);
    return true;
  });
}

std::optional<Job> JobQueue::find_job(const JobId& id) {
  return in_control(database_,
                    [&](World& world) -> std::optional<Job> { return simulation::find_job(world, id)->job; });
}

void JobQueue::append_log(const JobId&, const std::vector<JobLogLine>&) {}

Integrations::Integrations(Database& database, const SecretBox& box) : database_(database), box_(box) {}

Credentials Integrations::credentials(const IntegrationId& id) {
  return in_control(database_, [&](World& world) {
    Credentials stored;
    stored.account = id.str();
    stored.version = world.integration(id).credentials;
    return stored;
  });
}

std::int64_t Integrations::credentials_version(const IntegrationId& id) {
  return in_control(database_, [&](World& world) { return world.integration(id).credentials; });
}

void Integrations::note_reread(const IntegrationId&, const std::string&, std::int64_t) {}

Destinations::Destinations(Database& database, const SecretBox& box) : database_(database), box_(box) {}

std::optional<DestinationRecord> Destinations::find(const std::string& id) {
  return in_control(database_, [&](World&) -> std::optional<DestinationRecord> {
    DestinationRecord record;
    record.id = DestinationId(id);
    return record;
  });
}

void SchemaChanges::note(const IntegrationId&, const std::string&, const std::vector<SeenChange>&) {}

std::vector<SeenChange> changes_in(const RowBatch&, const std::vector<const Field*>&) { return {}; }

std::string_view to_string(SchemaChangeKind) { return "new_field"; }

}  // namespace sluice
