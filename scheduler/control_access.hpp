#pragma once
// How a run under way reaches the control database: while that is away, it waits, because a run that cannot write down
// how it went has not failed. Should somebody else have taken it over meanwhile, the first write that gets through says
// so.

#include "core/blocking_pool.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/stop.hpp"

#include <type_traits>
#include <utility>

namespace sluice {

/// The control database, not the work on it, is at fault, and it will be back.
bool is_control_away(const Error& error);

class ControlAccess {
 public:
  ControlAccess(BlockingPool& pool, Clock& clock, Stop& stop, Log log)
      : pool_(pool), clock_(clock), stop_(stop), log_(std::move(log)) {}

  /// Runs `work` in the pool until it gets through; it must bear being done twice. Throws what it throws, and the
  /// outage once nobody waits for it any more: the process stops, or `give_up` was called.
  template <class Work>
  Task<std::invoke_result_t<Work&>> run(Work work);
  void give_up() noexcept { is_given_up_ = true; }

 private:
  /// Throws the error unless it is worth waiting.
  Task<void> wait_out(Error error);

  BlockingPool& pool_;
  Clock& clock_;
  Stop& stop_;
  Log log_;
  bool is_away_ = false;
  bool is_given_up_ = false;
};

template <class Work>
Task<std::invoke_result_t<Work&>> ControlAccess::run(Work work) {
  while (true) {
    auto working = pool_.run(work);
    auto done = co_await attempt(std::move(working));
    if (!done) {
      co_await wait_out(to_error(done.failure()));
      continue;
    }
    if (std::exchange(is_away_, false)) log_.info("control database is back");
    if constexpr (std::is_void_v<std::invoke_result_t<Work&>>) {
      co_return;
    } else {
      co_return std::move(done).take();
    }
  }
}

}  // namespace sluice
