#pragma once
// A token bucket: so many calls per minute on average, and at once no more than a minute's worth. Pure.

#include "core/clock.hpp"

#include <cstdint>

namespace sluice::api {

class TokenBucket {
 public:
  /// Full at first. `per_minute` is at least 1.
  TokenBucket(std::int64_t per_minute, SteadyTime now) : per_minute_(per_minute), empty_until_(now - minute) {}

  /// False when it is empty; nothing is taken then.
  bool take(SteadyTime now);
  /// Calls that would be let through right now.
  std::int64_t remaining(SteadyTime now) const;
  /// Until the next call would be let through.
  Duration wait(SteadyTime now) const;
  /// Until it is full again.
  Duration refill(SteadyTime now) const;

 private:
  static constexpr SteadyTime::duration minute = std::chrono::minutes(1);
  SteadyTime::duration price() const { return minute / per_minute_; }
  /// The moment that it is as if it had been empty at, and filling ever since.
  SteadyTime filling_since(SteadyTime now) const;

  std::int64_t per_minute_;
  SteadyTime empty_until_;
};

}  // namespace sluice::api
