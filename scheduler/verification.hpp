#pragma once
// One table against its source: reads the keys of both, looks at what differs once more, and settles it if that was
// asked for. Cut anywhere, it is repeated from its beginning. It runs under the lease and the fence of its run.

#include "scheduler/scheduler.hpp"
#include "scheduler/table_load.hpp"
#include "scheduler/verification_outcome.hpp"

#include <memory>
#include <optional>

namespace sluice {

/// What is compared, by whom. All of it outlives the verification.
struct VerificationWork {
  const ClaimedRun& claimed;
  const Job& job;
  const Catalogue& catalogue;
  const DestinationTable& table;
  const Checkpoint& checkpoint;
  const DestinationAddress& address;
  Counters before;  // what earlier attempts of the job did
};

class Verification {
 public:
  Verification(const SchedulerContext& context, const SchedulerSettings& settings, Source& source,
               VerificationWork work, const Log& log);
  ~Verification();

  /// `stopped`: wound down, nothing is known. Throws what reading and the destination throw.
  Task<LoadEnd> run();
  void wind_down();
  void abort();
  /// Of the job since it began.
  const Counters& counters() const { return counters_; }

 private:
  Task<std::optional<VerificationOutcome>> compare();
  Task<bool> look_again();
  Task<bool> repair(VerificationOutcome& outcome);
  Task<bool> load_missing();
  Task<bool> read(ReadRequest request, BatchWriter& writer);
  Task<bool> look(ReadRequest request, std::unique_ptr<BatchWriter> writer);
  Task<void> count(const LoadProgress& progress);
  Task<void> keep(const VerificationOutcome& outcome);
  ReadRequest request_for(std::vector<Lane> lanes, std::vector<std::int64_t> only) const;
  Lane keys_lane() const;

  const SchedulerContext& context_;
  const SchedulerSettings& settings_;
  Source& source_;
  VerificationWork work_;
  Log log_;
  const Table& list_;  // the one that is walked
  ComparisonPlan plan_;
  std::unique_ptr<DestinationConnection> connection_;
  std::unique_ptr<KeyComparison> comparison_;
  std::unique_ptr<TableReader> reader_;
  std::unique_ptr<TableLoad> load_;
  Counters counters_;
  Counters read_before_;  // by the reads that are over
  bool winding_down_ = false;
  bool aborted_ = false;
};

}  // namespace sluice
