// The control database, in memory: what storage/job_queue_*.cpp and the parts of storage/integrations.cpp that a run
// uses do in SQL, one transaction per call. Each statement here follows the one of that file; due times are the real
// ones (storage/due_time.hpp). A call fails before it has done anything, or its answer is lost.

#include "connectors/connector.hpp"
#include "core/error.hpp"
#include "storage/destinations.hpp"
#include "storage/integrations.hpp"
#include "storage/schema_changes.hpp"
#include "tests/simulation/control_rows.hpp"

#include <algorithm>
#include <tuple>

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

/// The daemon stops, a job that was read together with others was cancelled, or there are newer credentials to try.
bool has_reason_to_give_back(World& world, const Desk& desk, const RunRow& run) {
  bool is_cancelled = false;
  for_jobs_of(world, run.run.id, [&](const JobRow& row) {
    is_cancelled = is_cancelled || row.job.is_cancel_asked || row.job.state == JobState::cancelled;
  });
  return desk.is_stopping || is_cancelled || world.integration(run.run.integration).credentials > run.credentials;
}

bool is_due(const Job& job, Time now) {
  return job.state == JobState::queued || (job.state == JobState::waiting_retry && job.next_attempt_at <= now);
}

}  // namespace

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
        has_work = has_work || is_due(job.job, world.now()) || job.job.state == JobState::running;
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
        // What failed together comes back together.
        if (is_due(job.job, world.now() + std::chrono::seconds(1))) claimed.jobs.push_back(job.job);
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
    JobRow* const row = simulation::find_job(world, id);
    if (held_run(world, run, epoch) == nullptr || row->job.state != JobState::running || row->epoch != epoch)
      return false;
    row->job.counters = progress.counters;
    const auto stored = world.destination.find({row->job.integration.str(), row->job.table});
    if (progress.is_visible && stored != world.destination.end() && stored->second.fence == epoch) {
      world.demand(stored->second.position == progress.position && stored->second.live == progress.rows,
                   row->job.table + ": the mirror shows what the destination has");
      if (stored->second.last_job == id) {
        const auto rows_of = [](const Counters& of) {
          return std::tuple(of.read, of.inserted, of.updated, of.unchanged, of.deleted);
        };
        world.demand(rows_of(progress.counters) == rows_of(stored->second.last_job_wrote),
                     row->job.table + ": the job counts what was written for it");
      }
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
