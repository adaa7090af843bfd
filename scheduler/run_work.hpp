#pragma once
// What a run works on while it is executed. Private to scheduler/run_*.cpp.

#include "scheduler/run_execution.hpp"
#include "storage/destination_table.hpp"

#include <optional>
#include <set>
#include <string>

namespace sluice {

/// One job with everything that its load needs.
struct RunExecution::JobWork {
  Job job;
  const Table* table = nullptr;
  std::vector<DestinationTable> destination;  // exactly one once prepared: where the rows go
  std::optional<DestinationTable> target;     // what they replace in the end
  Checkpoint checkpoint;
  Counters before;  // what earlier attempts of this job did
  std::shared_ptr<JobLog> lines;
  std::set<std::string> noted_changes;
  bool is_reread = false;     // from its beginning, though it was loaded
  bool is_cancelled = false;  // somebody asked for it
  bool is_begun = false;      // its attempt is counted
  bool settled = false;

  /// Once for each claim, as the control database does.
  void count_attempt();
  /// A crash may have kept the last batch's figures from the control database; the checkpoint has them with the rows.
  void count_written();
};

/// The jobs that one read serves.
struct RunExecution::GroupWork {
  ReadGroup read;
  std::vector<JobWork*> jobs;
  Log log{"job"};
  std::unique_ptr<TableLoad> load;
  std::unique_ptr<Verification> verification;
  std::unique_ptr<DestinationConnection> connection;
  std::unique_ptr<TableReader> reader;
  std::optional<std::size_t> carrier = {};  // of the jobs: whose list is walked
  bool is_cut = false;                      // stopped, because a job of it was cancelled
};

}  // namespace sluice
