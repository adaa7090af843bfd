#include "scheduler/run_execution.hpp"

#include "core/error.hpp"
#include "scheduler/positions.hpp"
#include "scheduler/run_work.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

namespace asio = boost::asio;

RunExecution::RunExecution(const SchedulerContext& context, const SchedulerSettings& settings, ClaimedRun claimed,
                           const Log& log)
    : context_(context),
      settings_(settings),
      claimed_(std::move(claimed)),
      log_(log.with({{"run", claimed_.run.id.str()}, {"integration", claimed_.integration.name}})),
      control_(context.pool, context.clock, context.stop, log_),
      lease_(context.queue, context.pool, claimed_.run.id, claimed_.epoch, settings.lease, log_),
      credentials_(context_.pool, context_.integrations, context_.queue, claimed_.integration.id, log_) {
  for (Job& job : claimed_.jobs) {
    auto work = std::make_unique<JobWork>();
    work->lines = std::make_shared<JobLog>(job.id, context_.clock);
    work->before = job.counters;
    work->job = std::move(job);
    jobs_.push_back(std::move(work));
  }
}

RunExecution::~RunExecution() = default;

Task<void> RunExecution::run() {
  log_.info("run claimed", {{"jobs", jobs_.size()}, {"epoch", claimed_.epoch}});
  co_await lease_.begin([this] { abort(); },
                        [this](const std::set<JobId>& cancelled) {
                          stop_cancelled(cancelled);
                          return credentials_.follow();
                        });
  const auto outcome = co_await attempt(execute());
  if (!outcome) co_await settle_unfinished(to_error(outcome.failure()));
  co_await flush_logs();
  co_await lease_.end();
}

Task<void> RunExecution::execute() {
  if (jobs_.empty()) co_return;
  co_await prepare();
  co_await run_groups();
}

std::unique_ptr<DestinationConnection> RunExecution::open_destination() const {
  return DestinationConnection::open(address_, SessionOwner{claimed_.integration.id, claimed_.epoch});
}

Task<void> RunExecution::run_groups() {
  const auto executor = co_await asio::this_coro::executor;
  for (const auto& group : groups_) {
    while (groups_running_ >= settings_.tables) co_await group_ended_.wait(std::chrono::minutes(1));
    if (winding_down_ || aborted_) break;
    ++groups_running_;
    asio::co_spawn(executor, run_without_cancelled(*group), [this, &group = *group](std::exception_ptr failure) {
      if (failure) group.log.error("job not settled", {{"reason", to_error(failure).message()}});
      --groups_running_;
      group_ended_.notify();
    });
  }
  while (groups_running_ > 0) co_await group_ended_.wait(std::chrono::minutes(1));
}

Task<void> RunExecution::run_group(GroupWork& group) {
  const bool loads = group.jobs.front()->job.kind != JobKind::verify;
  auto work_to_do = loads ? load_group(group) : verify(group);
  const auto outcome = co_await attempt(std::move(work_to_do));
  group.reader.reset();
  const bool goes_on = !outcome && co_await has_newer_credentials(group, to_error(outcome.failure()));
  const double random = random_unit();
  for (JobWork* work : group.jobs) {
    JobOutcome ending;
    if (goes_on) {
      ending.state = JobState::queued;
    } else if (!outcome) {
      const Error error = to_error(outcome.failure());
      ending = decide_outcome(error, work->job.attempt, retry_policy(), random);
      if (ending.state == JobState::failed) {
        group.log.error("job failed", {{"code", error.code()}, {"reason", error.message()}});
      } else if (ending.state == JobState::waiting_retry) {
        group.log.warn("job waits for another attempt", {{"code", error.code()},
                                                         {"reason", error.message()},
                                                         {"attempt", work->job.attempt},
                                                         {"wait_seconds", ending.retry_after->count() / 1000}});
      }
    } else if (outcome.value() == LoadEnd::stopped) {
      ending.state = JobState::queued;
      group.log.info("job given back, the daemon stops");
    } else {
      ending.replicated_until = replicated_until(work->checkpoint.position);
      if (const auto records = records_looked_for(work->checkpoint.position); records > 0)
        group.log.warn("the source counts more records than its list showed; the next run reads the whole list again",
                       {{"list", group.read.carrier->name}, {"missing", records}});
      group.log.info("job succeeded", {{"read", work->job.counters.read},
                                       {"inserted", work->job.counters.inserted},
                                       {"updated", work->job.counters.updated},
                                       {"unchanged", work->job.counters.unchanged},
                                       {"deleted", work->job.counters.deleted},
                                       {"rejected", work->job.counters.rejected},
                                       {"calls", work->job.counters.calls},
                                       {"rows", work->checkpoint.rows}});
    }
    co_await settle(*work, ending);
  }
}

/// After a failure: whether that is a refusal of credentials that are not the newest any more.
Task<bool> RunExecution::has_newer_credentials(GroupWork& group, Error error) {
  if (error.kind() != ErrorKind::auth) co_return false;
  std::vector<JobId> jobs;
  for (const JobWork* work : group.jobs) jobs.push_back(work->job.id);
  const JobOutcome failure = decide_outcome(error, 0, retry_policy(), 0);
  co_return !co_await credentials_.refuse(std::move(jobs), *failure.error);
}

Task<LoadEnd> RunExecution::load_group(GroupWork& group) {
  const bool initial = is_first_load(group.read.position);
  const Table& first = *group.jobs.front()->table;
  const Table& governing = first.is_per_parent() ? first : *group.read.carrier;
  std::vector<DestinationTable> tables;
  std::vector<JobId> ids;
  ReadRequest request{group.read.carrier, {}, group.read.position, claimed_.integration.start_date};
  request.finds_deletes = false;
  request.window = group.jobs.front()->job.window;
  for (JobWork* work : group.jobs) {
    tables.push_back(work->destination.front());
    ids.push_back(work->job.id);
    request.lanes.push_back({work->table, tables.back().fields});
    request.is_reload = request.is_reload || work->job.reload == ReloadMode::merge;
    request.finds_deletes = request.finds_deletes || tables.back().deletes != DeletePolicy::off;
    const auto interval = tables.back().sweep_interval;
    if (interval) request.sweep_interval = std::min(*interval, request.sweep_interval.value_or(*interval));
  }
  const auto is_backfill = [](const JobWork* work) { return work->is_reread || work->job.kind == JobKind::backfill; };
  const JobKind first_kind = std::ranges::any_of(group.jobs, is_backfill) ? JobKind::backfill : JobKind::initial;
  co_await start_jobs(group, initial ? first_kind : JobKind::incremental);
  group.connection = co_await context_.pool.run([this] { return open_destination(); });
  group.log.info("extraction begins", {{"initial", initial}, {"attempt", group.jobs.front()->job.attempt}});

  group.reader = source_->read(std::move(request));
  auto writer = co_await context_.pool.run(
      [this, &group, &tables, &ids] { return BatchWriter::make(*group.connection, tables, ids, claimed_.epoch); });
  PassRole role;
  role.is_counted = true;
  role.resumes = !begins_pass(group.read.position);
  role.absence_counts = governing.deletes == DeleteKind::snapshot || governing.deletes == DeleteKind::id_sweep;
  if (const auto carrier = std::ranges::find(group.jobs, group.read.carrier, &JobWork::table);
      carrier != group.jobs.end())
    role.carrier = static_cast<std::size_t>(carrier - group.jobs.begin());
  group.carrier = role.carrier;
  if (governing.increment) role.from = shown_from(group.read.position, claimed_.integration.start_date);
  group.load = std::make_unique<TableLoad>(
      context_.pool, context_.clock, BatchLimits{settings_.batch_rows, settings_.batch_bytes, settings_.batch_age});
  if (winding_down_) group.load->wind_down();
  if (aborted_ || group.is_cut) group.load->abort();
  const auto outcome = co_await attempt(group.load->run(
      *group.reader, *writer, role, [this, &group](const LoadProgress& progress) { return record(group, progress); }));
  // Closing a connection waits for the server; that is the pool's work. Nobody else may reach it meanwhile.
  auto connection = std::move(group.connection);
  co_await context_.pool.run([&writer, &connection] {
    writer.reset();
    connection.reset();
  });
  if (!outcome) {
    const Error error = to_error(outcome.failure());
    if (error.code() == "destination.too_many_deletes") co_await end_pass_without_deletes(group, tables, ids);
    throw error;
  }
  if (outcome.value() == LoadEnd::complete) co_await replace_targets(group);
  co_return outcome.value();
}

Task<LoadEnd> RunExecution::verify(GroupWork& group) {
  JobWork& work = *group.jobs.front();
  co_await start_jobs(group, JobKind::verify);
  group.log.info("verification begins", {{"repairs", work.job.repairs}, {"attempt", work.job.attempt}});
  group.verification =
      std::make_unique<Verification>(context_, settings_, *source_,
                                     VerificationWork{claimed_, work.job, connector_->catalogue(),
                                                      work.destination.front(), work.checkpoint, address_, work.before},
                                     group.log);
  if (winding_down_) group.verification->wind_down();
  if (aborted_ || group.is_cut) group.verification->abort();
  const auto outcome = co_await attempt(group.verification->run());
  work.job.counters = group.verification->counters();
  if (!outcome) std::rethrow_exception(outcome.failure());
  co_return outcome.value();
}

/// What was read beside the tables becomes what people read.
Task<void> RunExecution::replace_targets(GroupWork& group) {
  co_await context_.pool.run([this, &group] {
    for (JobWork* work : group.jobs) {
      if (!work->target) continue;
      DestinationTable target = *work->target;
      // Which records the reload lacks is not known: the rows below them may be there all the same.
      const bool is_whole = work->job.counters.rejected == 0 && records_looked_for(work->checkpoint.position) == 0;
      if (!is_whole) target.followers.clear();
      const auto connection = open_destination();
      connection->replace(target, work->destination.front(), claimed_.epoch);
      const TableProgress done{work->job.counters, work->checkpoint.rows, work->checkpoint.position, {}};
      if (!context_.queue.record_progress(claimed_.run.id, claimed_.epoch, work->job.id, done)) throw run_lost();
      group.log.info("rows replaced", {{"rows", work->checkpoint.rows}});
    }
  });
}

/// A pass that was refused its deletes is over: going on from its end would be refused again, whatever the source shows
/// by then. The next one begins anew.
Task<void> RunExecution::end_pass_without_deletes(GroupWork& group, const std::vector<DestinationTable>& tables,
                                                  const std::vector<JobId>& jobs) {
  co_await context_.pool.run([this, &group, &tables, &jobs] {
    const auto connection = open_destination();
    BatchWriter::Commit ending;
    ending.position = group.reader->finish();
    BatchWriter::make(*connection, tables, jobs, claimed_.epoch)->commit(ending);
  });
}

Task<void> RunExecution::start_jobs(GroupWork& group, JobKind kind) {
  co_await control_.run([this, &group, kind] {
    for (JobWork* work : group.jobs) {
      const JobKind own = work->job.kind == JobKind::reload || work->job.window ? work->job.kind : kind;
      if (!context_.queue.start_job(claimed_.run.id, claimed_.epoch, work->job.id, own, settings_.max_attempts))
        throw run_lost();
    }
  });
  for (JobWork* work : group.jobs) work->count_attempt();
}

Task<void> RunExecution::record(GroupWork& group, const LoadProgress& progress) {
  // Committed is committed for all of them, even if one was cancelled meanwhile and its row takes nothing any more.
  for (std::size_t i = 0; i < group.jobs.size(); ++i) {
    JobWork& work = *group.jobs[i];
    Counters done = progress.counters[i];
    // One read serves the group: its calls are counted once, with the first table.
    if (i == 0) {
      done.calls = progress.reads.calls;
      done.bytes = progress.reads.bytes;
      done.throttled = progress.reads.throttled;
    }
    work.job.counters = work.before;
    work.job.counters += done;
    work.checkpoint.rows = progress.rows[i];
    work.checkpoint.position = progress.position;
  }
  co_await control_.run([this, &group, &progress] {
    for (std::size_t i = 0; i < group.jobs.size(); ++i) {
      JobWork& work = *group.jobs[i];
      TableProgress table{work.job.counters, progress.rows[i], progress.position, group.reader->expected_records(),
                          !work.target};
      if (i < progress.oddities.size()) note_changes(work, progress.oddities[i]);
      if (progress.counts && group.carrier == i) table.row_counts = note_counts(work, *progress.counts);
      if (!context_.queue.record_progress(claimed_.run.id, claimed_.epoch, work.job.id, table)) throw run_lost();
      work.lines->flush(context_.queue);
    }
  });
}

/// Both counts, for the job's log and its people.
Json RunExecution::note_counts(const JobWork& work, const RowCounts& counts) const {
  const Json shown = to_json(counts);
  const Log log = log_.with({{"table", work.job.table}}).also_to(work.lines);
  if (counts.verdict() == CountVerdict::differ) {
    log.warn("the source counts other records than there are rows", {{"source", counts.source.most},
                                                                     {"destination", counts.destination.rows},
                                                                     {"put_aside", counts.destination.lost}});
  } else {
    log.info("rows counted", {{"verdict", to_string(counts.verdict())},
                              {"source", counts.source.most},
                              {"destination", counts.destination.rows}});
  }
  return shown;
}

/// Blocks. Each change once in a job.
void RunExecution::note_changes(JobWork& work, const RowBatch& oddities) {
  auto changes = changes_in(oddities, work.destination.front().fields);
  const auto key_of = [](const SeenChange& change) { return std::string(to_string(change.kind)) + " " + change.field; };
  std::erase_if(changes, [&](const SeenChange& change) { return work.noted_changes.contains(key_of(change)); });
  context_.schema_changes.note(claimed_.integration.id, work.table->name, changes);
  // Only now: what could not be written down is noted when this is tried again.
  for (const SeenChange& change : changes) work.noted_changes.insert(key_of(change));
}

void RunExecution::wind_down() {
  winding_down_ = true;
  for (const auto& group : groups_) {
    if (group->load) group->load->wind_down();
    if (group->verification) group->verification->wind_down();
  }
}

void RunExecution::abort() {
  aborted_ = true;
  control_.give_up();
  for (const auto& group : groups_) {
    if (group->load) group->load->abort();
    if (group->verification) group->verification->abort();
    if (group->connection) group->connection->cancel();
  }
}

}  // namespace sluice
