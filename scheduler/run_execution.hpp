#pragma once
// One claimed run, from the lease to giving it back: takes the tables over at the destination, reads them in groups,
// and settles each job by how its group ended. A verification is a group of its own. One table's failure is nobody
// else's.

#include "scheduler/control_access.hpp"
#include "scheduler/job_log.hpp"
#include "scheduler/read_groups.hpp"
#include "scheduler/retry.hpp"
#include "scheduler/run_credentials.hpp"
#include "scheduler/run_lease.hpp"
#include "scheduler/scheduler.hpp"
#include "scheduler/verification.hpp"

#include <memory>
#include <set>
#include <vector>

namespace sluice {

class RunExecution {
 public:
  RunExecution(const SchedulerContext& context, const SchedulerSettings& settings, ClaimedRun claimed, const Log& log);
  ~RunExecution();

  /// Never throws: what goes wrong ends in the jobs. Returns when the lease was given back or is lost.
  Task<void> run();
  /// The process is stopping: commit what is at hand, give the rest back.
  void wind_down();
  /// Stop at once: the process insists, or the run is not ours any more.
  void abort();
  /// Something may have been decided about its jobs: ask now.
  void look();

 private:
  struct JobWork;
  struct GroupWork;

  Task<void> execute();
  Task<void> prepare();
  std::unique_ptr<DestinationConnection> open_destination() const;  // blocks
  void begin_rereads(DestinationConnection& connection, const std::vector<DestinationTable>& destination,
                     std::vector<Checkpoint>& checkpoints);
  Task<void> run_groups();
  Task<void> run_group(GroupWork& group);
  void add_group(ReadGroup read, const std::vector<JobWork*>& jobs);
  Task<bool> has_newer_credentials(GroupWork& group, Error error);
  void stop_cancelled(const std::set<JobId>& cancelled);
  Task<void> run_without_cancelled(GroupWork& group);
  Task<bool> drop_cancelled(GroupWork& group);
  Task<LoadEnd> load_group(GroupWork& group);
  Task<LoadEnd> verify(GroupWork& group);
  Json note_counts(const JobWork& work, const RowCounts& counts) const;
  Task<void> replace_targets(GroupWork& group);
  Task<void> end_pass_without_deletes(GroupWork& group, const std::vector<DestinationTable>& tables,
                                      const std::vector<JobId>& jobs);
  Task<void> start_jobs(GroupWork& group, JobKind kind);
  Task<void> record(GroupWork& group, const LoadProgress& progress);
  void note_changes(JobWork& work, const RowBatch& oddities);
  Task<void> settle(JobWork& work, const JobOutcome& outcome);
  bool counts_as_attempt(const JobWork& work, const Error& error) const;
  Task<void> fail(JobWork& work, const Error& error, double random);
  RetryPolicy retry_policy() const;
  Task<void> settle_unfinished(const Error& error);
  Task<void> flush_logs();

  const SchedulerContext& context_;
  const SchedulerSettings& settings_;
  ClaimedRun claimed_;
  Log log_;
  ControlAccess control_;
  RunLease lease_;
  RunCredentials credentials_;
  const Connector* connector_ = nullptr;
  std::unique_ptr<Source> source_;
  DestinationAddress address_;
  std::vector<std::unique_ptr<JobWork>> jobs_;
  std::vector<std::unique_ptr<GroupWork>> groups_;
  std::size_t groups_running_ = 0;
  Event group_ended_;
  bool winding_down_ = false;
  bool aborted_ = false;
};

}  // namespace sluice
