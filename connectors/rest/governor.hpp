#pragma once
// One store's request budget, shared by every integration that reads that store. Follows the X-Rate-Limit headers of
// every answer, keeps requests in flight within what is left, and never sends before a reset when nothing is left.

#include "core/clock.hpp"
#include "core/event.hpp"
#include "core/http.hpp"
#include "core/task.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace sluice {

struct Quota {
  std::int64_t quota = 0;    // requests per window for this client
  std::int64_t left = 0;
  Duration window{0};
  Duration reset{0};         // until the quota is refilled
};

/// From the answer's headers; nullopt when they are not (all) there.
std::optional<Quota> read_quota(const Headers& headers);

/// The decisions, without waiting: pure but for the time that is passed in.
class Budget {
 public:
  /// `reserve`: requests per window left to the shop's other apps.
  explicit Budget(std::size_t max_in_flight, std::int64_t reserve = 0);

  /// How long to wait before one more request may be sent; zero: now.
  Duration delay(SteadyTime now) const;
  void sent(SteadyTime now);
  /// An answer arrived (or the request failed: no headers).
  void answered(SteadyTime now, const std::optional<Quota>& quota);
  /// A 429: nothing is sent before `wait` has passed.
  void refused(SteadyTime now, Duration wait);
  std::size_t in_flight() const noexcept { return in_flight_; }
  std::optional<std::int64_t> left() const;

 private:
  std::size_t max_in_flight_;
  std::int64_t reserve_;
  std::size_t in_flight_ = 0;
  std::optional<std::int64_t> left_;
  std::int64_t quota_ = 0;
  SteadyTime refilled_at_{};
  SteadyTime not_before_{};
};

class Governor {
 public:
  Governor(Clock& clock, Budget budget);

  /// Waits for permission; returns the time that took. Every permission must be given back by `answered`.
  Task<Duration> acquire();
  void answered(const std::optional<Quota>& quota);
  void refused(Duration wait);
  const Budget& budget() const noexcept { return budget_; }

 private:
  Clock& clock_;
  Budget budget_;
  Event changed_;
};

/// One governor per store.
class Governors {
 public:
  Governors(Clock& clock, std::size_t max_in_flight, std::int64_t reserve);
  std::shared_ptr<Governor> of(const std::string& account);

 private:
  Clock& clock_;
  std::size_t max_in_flight_;
  std::int64_t reserve_;
  std::map<std::string, std::shared_ptr<Governor>> governors_;
};

}  // namespace sluice
