#pragma once
// The lease of a claimed run, kept while the run is worked on and given back at its end.

#include "core/blocking_pool.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/log.hpp"
#include "storage/job_queue.hpp"

#include <functional>
#include <set>

namespace sluice {

/// What whoever works for a run throws once it is not his any more.
Error run_lost();

class RunLease {
 public:
  RunLease(JobQueue& queue, BlockingPool& pool, RunId run, std::int64_t epoch, Duration lease, Log log);

  using OnBeat = std::function<Task<void>(const std::set<JobId>& cancelled)>;

  /// Heartbeats until `end`. `on_loss` is called when the run is not ours any more, `on_beat` whenever it is, with the
  /// jobs that somebody cancelled; it must not throw.
  Task<void> begin(std::function<void()> on_loss, OnBeat on_beat);
  /// Heartbeat now: somebody may have decided something.
  void look() { changed_.notify(); }
  /// Returns once the lease cannot have ended unnoticed: a process that slept for longer than its lease does nothing
  /// before it knows whose the run is. Throws Error{cancelled} when it is lost.
  Task<void> hold();
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
  OnBeat on_beat_;
  Event changed_;
  Event beaten_;
  SteadyTime sure_until_;
  bool is_kept_ = false;
  bool is_ending_ = false;
  bool is_lost_ = false;
};

}  // namespace sluice
