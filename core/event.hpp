#pragma once
// A wake-up call between coroutines of the io thread: everyone who waits resumes at the next `notify`, or alone when
// its own time is over. A notify that nobody waits for is kept for exactly one wait.

#include "core/clock.hpp"
#include "core/task.hpp"

#include <boost/asio/steady_timer.hpp>

#include <vector>

namespace sluice {

class Event {
 public:
  void notify();
  /// True when notified, false when `limit` passed first. Throws operation_aborted when the waiter is cancelled.
  Task<bool> wait(Duration limit);

 private:
  struct Waiter {
    boost::asio::steady_timer timer;
    bool notified = false;
  };
  std::vector<Waiter*> waiters_;
  bool pending_ = false;
};

}  // namespace sluice
