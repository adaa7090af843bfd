#pragma once
// What is old leaves the control database: log lines, jobs with their runs, events, state changes. In small batches, so
// that nobody waits for it, and one daemon at a time.

#include "core/clock.hpp"
#include "storage/database.hpp"

#include <cstdint>

namespace sluice {

/// How long each is kept after it happened; zero: for ever.
struct RetentionPeriods {
  Duration job_logs{0};
  Duration jobs{0};  // and the history of checkpoints
  Duration events{0};
  Duration state_changes{0};
};

struct RetentionSweep {
  bool is_ours = true;  // false: another daemon is at it
  std::int64_t job_logs = 0;
  std::int64_t jobs = 0;
  std::int64_t runs = 0;
  std::int64_t events = 0;
  std::int64_t checkpoints = 0;
  std::int64_t state_changes = 0;

  std::int64_t all() const { return job_logs + jobs + runs + events + checkpoints + state_changes; }
};

class Retention {
 public:
  explicit Retention(Database& database) : database_(database) {}

  /// Deletes at most `batch` of each kind. Never deleted are what belongs to an open run and the last job and
  /// checkpoint of a table, unless its integration is deleted.
  RetentionSweep sweep(const RetentionPeriods& periods, std::int64_t batch);

 private:
  Database& database_;
};

/// How long to wait after a sweep. Pure.
Duration pause_after(const RetentionSweep& sweep, std::int64_t batch);

}  // namespace sluice
