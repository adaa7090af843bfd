#pragma once
// The lease of a claimed run, kept while the run is worked on and given back at its end.

#include "core/blocking_pool.hpp"
#include "core/event.hpp"
#include "core/log.hpp"
#include "storage/job_queue.hpp"

#include <functional>

namespace sluice {

class RunLease {
 public:
  RunLease(JobQueue& queue, BlockingPool& pool, RunId run, std::int64_t epoch, Duration lease, Log log);

  /// Heartbeats until `end`. `on_loss` is called when the run is not ours any more, `on_beat` whenever it is: it must
  /// not throw.
  Task<void> begin(std::function<void()> on_loss, std::function<Task<void>()> on_beat);
  /// Gives it back, unless it is lost; if that fails, it ends by itself.
  Task<void> end();
  bool is_lost() const noexcept { return is_lost_; }

 private:
  Task<void> keep();

  JobQueue& queue_;
  BlockingPool& pool_;
  RunId run_;
  std::int64_t epoch_;
  Duration lease_;
  Log log_;
  std::function<void()> on_loss_;
  std::function<Task<void>()> on_beat_;
  Event changed_;
  bool is_kept_ = false;
  bool is_ending_ = false;
  bool is_lost_ = false;
};

}  // namespace sluice
