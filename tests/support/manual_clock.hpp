#pragma once
// Time that stands still until the test moves it.

#include "core/clock.hpp"

#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <map>

namespace sluice {

class ManualClock final : public Clock {
 public:
  /// Starts at 2026-01-01T00:00:00Z.
  ManualClock();
  explicit ManualClock(Time now) : now_(now) {}

  Time now() const override { return now_; }
  SteadyTime steady_now() const override { return steady_; }
  Task<void> sleep(Duration duration) override;

  /// Wakes everybody whose time has come; they resume when their io_context runs.
  void advance(Duration duration);
  /// To the earliest sleeper's time; false when nobody sleeps.
  bool advance_to_next();
  std::size_t sleepers() const { return sleepers_.size(); }

 private:
  struct Sleeper {
    boost::asio::steady_timer timer;
    bool is_woken = false;
  };
  void move_to(SteadyTime when);

  Time now_;
  SteadyTime steady_{std::chrono::hours(1)};
  std::multimap<SteadyTime, Sleeper*> sleepers_;
};

}  // namespace sluice
