#pragma once
// Runs and jobs: what is due, who has it, how it ended. Claims are leases with an epoch from a sequence; every write of
// an owner names its epoch and matches nothing once somebody else took over. Times are the database's.

#include "storage/database.hpp"
#include "storage/model.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sluice {

/// A run that this process owns until its lease is over.
struct ClaimedRun {
  Run run;
  std::int64_t epoch = 0;
  Integration integration;
  std::vector<Job> jobs;  // those not final: queued, waiting_retry and due, or running under a dead owner
};

struct JobFilter {
  std::optional<IntegrationId> integration;
  std::optional<RunId> run;
  std::string table;
  std::vector<JobState> states;
  std::vector<JobKind> kinds;
  std::optional<Time> since;  // queued_at >= since
  std::optional<Time> until;
};

/// How an attempt of a job ended.
struct JobOutcome {
  JobState state = JobState::succeeded;  // succeeded, failed, waiting_retry, cancelled, skipped; queued: given back
  std::optional<JobError> error;
  std::optional<Duration> retry_after;   // waiting_retry
  std::optional<Time> replicated_until;  // succeeded
  bool is_failing = false;               // waiting_retry: for so long that the table counts as failing
};

/// The table's mirror of what the destination committed.
struct TableProgress {
  Counters counters;      // of this job since it began, cumulative over its attempts
  std::int64_t rows = 0;  // live rows at the destination
  Json position;
  std::optional<std::int64_t> expected_rows;
  bool is_visible = true;  // false: rows that nobody reads yet; the table's mirror stays as it is
  Json row_counts = {};    // at the end of a complete pass: scheduler/row_counts.hpp
};

/// What an owner hears when he says that he is still there.
struct Heartbeat {
  bool is_kept = false;       // false: the run is not his any more
  std::set<JobId> cancelled;  // of its jobs: those that are not to go on
  explicit operator bool() const noexcept { return is_kept; }
};

class JobQueue {
 public:
  explicit JobQueue(Database& database);

  /// Opens a run with one job per selected table (or per named one) unless one is open: then that one is returned and
  /// `created` is false. Error{conflict, "integration.…"} when its state forbids runs (draft, paused, deleting,
  /// auth_required); Error{missing, "integration.unknown" or "table.unknown"}.
  struct Triggered {
    Run run;
    bool created = false;
  };
  Triggered trigger(const IntegrationId& id, RunTrigger trigger, const std::vector<std::string>& tables = {});

  /// The table's next job reads it anew: at once when no run is open (`created`), else after the open one. Throws like
  /// trigger, and Error{conflict, "table.paused" or "table.reloading"}.
  Triggered reload(const IntegrationId& id, const std::string& table, ReloadMode mode);
  /// The same for several, by merging, whenever they run next.
  void reload_later(const IntegrationId& id, const std::vector<std::string>& tables);
  /// The table is compared with its source, and what differs is settled if it `repairs`: at once when no run is open
  /// (`created`), else in a run of its own after the open one. Throws like reload, and Error{conflict,
  /// "table.verifying" or "table.not_loaded"}.
  Triggered verify(const IntegrationId& id, const std::string& table, bool repairs);
  /// What is asked for of tables beyond their next increments, in their order.
  std::vector<PlannedRead> planned_reads(const IntegrationId& id);
  /// For work at the destination outside of a run: whoever held its tables before is fenced off.
  std::int64_t next_epoch();

  /// Ends pauses whose time is over, and opens runs with all that is due: the tables without a frequency of their own
  /// when their integration is due, the others when they are. What a run was opened for is planned anew, past now: a
  /// late start runs once. While a run is open, what becomes due waits for its end; in quiet hours, for theirs. Where
  /// nothing is due, ranges of dates that tables lack since the start date was moved are read, in runs of their own.
  /// Intervals are spread by up to `spread` (a stable share per integration). Returns how many were opened.
  int enqueue_due(Duration spread);
  /// The next thing that will become due (a schedule, the end of a pause or a retry), for the scheduler's sleep; none:
  /// nothing is planned.
  std::optional<Duration> until_next_due();

  /// Takes a run that nobody holds and that has something to do now. One statement, `for update skip locked`.
  std::optional<ClaimedRun> claim(const std::string& worker, Duration lease);
  /// Not kept: the lease was lost, or the integration is being deleted or was paused with its run cancelled. Stop at
  /// once.
  Heartbeat heartbeat(const RunId& run, std::int64_t epoch, Duration lease);
  /// Ends every lease, for a process that knows itself alone with the database: who held one is dead. Returns how many.
  int end_leases();

  /// Each is false when the run is not ours any more.
  bool start_job(const RunId& run, std::int64_t epoch, const JobId& job, JobKind kind,
                 int max_attempts = usual_attempts);
  bool record_progress(const RunId& run, std::int64_t epoch, const JobId& job, const TableProgress& progress);
  /// What a verification found, for its job and its table.
  bool record_verification(const RunId& run, std::int64_t epoch, const JobId& job, const Json& found);
  /// Settles the table's state and last error too (but of a verification, which loads nothing); a success of any job
  /// turns a pending integration active.
  bool finish_job(const RunId& run, std::int64_t epoch, const JobId& job, const JobOutcome& outcome);
  /// Ends a job: at once when nobody has it, else its owner hears of it and it goes on no further; what he has
  /// committed stays. The job as it is now. Error{missing, "job.unknown"}, {conflict, "job.ended"}.
  Job cancel(const JobId& job);
  /// One that waits for its next attempt is queued. For one that failed or was cancelled its table gets a new job that
  /// says so: at once, or behind the open run (`is_behind`; then there is no job yet). Throws like trigger, and
  /// Error{missing, "job.unknown"}, {conflict, "job.open", "job.not_retriable", "table.busy" or "table.paused"}.
  struct Retried {
    Run run;
    std::optional<Job> job;
    bool is_behind = false;
  };
  Retried retry(const JobId& job);
  /// Gives the lease back. With no job left to do it closes the run: result, integration health.
  bool release(const RunId& run, std::int64_t epoch);
  /// The credentials of this version were refused: jobs not yet final fail, `jobs` with `error`, and nothing is
  /// scheduled until re-authentication. False, and nothing happens, when newer ones are stored by now.
  bool refuse_credentials(const IntegrationId& id, std::int64_t version, const std::vector<JobId>& jobs,
                          const JobError& error);

  std::optional<Run> find_run(const RunId& id);
  Listing<Run> list_runs(const std::optional<IntegrationId>& integration, const PageRequest& page);  // newest first
  std::optional<Job> find_job(const JobId& id);
  Listing<Job> list_jobs(const JobFilter& filter, const PageRequest& page);  // newest first

  /// In their order; nullopt: no such job.
  std::optional<Listing<JobAttempt>> attempts(const JobId& job, const PageRequest& page);

  void append_log(const JobId& job, const std::vector<JobLogLine>& lines);  // numbers are given by the table
  /// nullopt: no such job.
  std::optional<Listing<JobLogLine>> logs(const JobId& job, LogLevel at_least, const PageRequest& page);

 private:
  Database& database_;
};

}  // namespace sluice
