#include "scheduler/run_lease.hpp"

#include "core/error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

namespace asio = boost::asio;

namespace {

// A lease that ran out while the control database was away is ours again if nobody else was quicker.
constexpr Duration soon_again{500};

}  // namespace

Error run_lost() { return {ErrorKind::cancelled, "run.lost", "the run belongs to somebody else now"}; }

RunLease::RunLease(JobQueue& queue, BlockingPool& pool, RunId run, std::int64_t epoch, Duration lease, Log log)
    : queue_(queue),
      pool_(pool),
      run_(std::move(run)),
      epoch_(epoch),
      lease_(lease),
      log_(std::move(log)),
      // The claim took its time.
      sure_until_(std::chrono::steady_clock::now() + lease / 2) {}

Task<void> RunLease::begin(std::function<void()> on_loss, OnBeat on_beat) {
  on_loss_ = std::move(on_loss);
  on_beat_ = std::move(on_beat);
  is_kept_ = true;
  asio::co_spawn(co_await asio::this_coro::executor, keep(), [this](std::exception_ptr failure) {
    if (failure) log_.error("lease keeper failed", {{"reason", to_error(failure).message()}});
    is_kept_ = false;
    changed_.notify();
  });
}

Task<void> RunLease::keep() {
  Duration pause = lease_ / 3;
  while (!is_ending_) {
    co_await changed_.wait(pause);
    if (is_ending_) co_return;
    const SteadyTime asked = std::chrono::steady_clock::now();
    const auto kept = co_await attempt(pool_.run([this] { return queue_.heartbeat(run_, epoch_, lease_); }));
    if (!kept) {
      // The fence at the destination protects the data should the lease run out meanwhile.
      log_.warn("heartbeat failed", {{"reason", to_error(kept.failure()).message()}});
      pause = std::min<Duration>(soon_again, lease_ / 3);
      continue;
    }
    pause = lease_ / 3;
    if (!kept.value().is_kept) {
      is_lost_ = true;
      beaten_.notify();
      on_loss_();
      co_return;
    }
    sure_until_ = asked + lease_;
    beaten_.notify();
    co_await on_beat_(kept.value().cancelled);
  }
}

Task<void> RunLease::hold() {
  while (!is_lost_ && std::chrono::steady_clock::now() >= sure_until_) co_await beaten_.wait(lease_ / 3);
  if (is_lost_) throw run_lost();
}

Task<void> RunLease::end() {
  is_ending_ = true;
  changed_.notify();
  while (is_kept_) co_await changed_.wait(std::chrono::minutes(1));
  if (is_lost_) {
    log_.warn("run given up, it belongs to somebody else now");
    co_return;
  }
  const auto released = co_await attempt(pool_.run([this] { return queue_.release(run_, epoch_); }));
  if (!released) {
    log_.warn("run not released, its lease will end by itself", {{"reason", to_error(released.failure()).message()}});
  }
}

}  // namespace sluice
