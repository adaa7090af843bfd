#pragma once
// Time as a collaborator, so that waiting can be tested without waiting. Wall time is for dates that people and
// databases see; steady time is for how long something took or may take.

#include "core/task.hpp"

#include <chrono>

namespace sluice {

using Duration = std::chrono::milliseconds;
using Time = std::chrono::sys_time<std::chrono::microseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
  virtual SteadyTime steady_now() const = 0;
  /// Throws Asio's operation_aborted when the waiting coroutine is cancelled.
  virtual Task<void> sleep(Duration duration) = 0;
};

class SystemClock final : public Clock {
 public:
  Time now() const override;
  SteadyTime steady_now() const override;
  Task<void> sleep(Duration duration) override;
};

}  // namespace sluice
