#include "scheduler/run_work.hpp"

#include <utility>

namespace sluice {

void RunExecution::JobWork::count_attempt() {
  if (!std::exchange(is_begun, true)) ++job.attempt;
}

void RunExecution::JobWork::count_written() {
  // A verification counts what it compares, and that is written nowhere.
  if (checkpoint.last_job != job.id || job.kind == JobKind::verify) return;
  const Counters noted = before;
  before = checkpoint.last_job_wrote;
  before.bytes = noted.bytes;
  before.calls = noted.calls;
  before.throttled = noted.throttled;
  // Whoever goes on without having read anything goes on from here.
  job.counters = before;
}

}  // namespace sluice
