#pragma once
// One store's request budget, shared by every integration that reads that store. Follows the X-Rate-Limit headers of
// every answer, keeps requests in flight within what is left, and never sends before a reset when nothing is left.

#include "core/clock.hpp"
#include "core/event.hpp"
#include "core/http.hpp"
#include "core/task.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace sluice {

struct Quota {
  std::int64_t quota = 0;  // requests per window for this client
  std::int64_t left = 0;
  Duration window{0};
  Duration reset{0};  // until the quota is refilled
};

/// From the answer's headers; nullopt when they are not (all) there.
std::optional<Quota> read_quota(const Headers& headers);

/// The decisions, without waiting: pure but for the time that is passed in.
class Budget {
 public:
  /// What delay() says when only an answer can help.
  static constexpr Duration until_answered{std::chrono::hours(24)};

  /// `reserve`: requests per window left to the shop's other apps.
  explicit Budget(std::size_t max_in_flight, std::int64_t reserve = 0);

  /// How long to wait before one more request may be sent; zero: now.
  Duration delay(SteadyTime now) const;
  void sent(SteadyTime now);
  /// The answer to a request that was sent at `sent_at` arrived (or the request failed: no quota).
  void answered(SteadyTime now, SteadyTime sent_at, const std::optional<Quota>& quota);
  /// A 429: nothing is sent before `wait` has passed.
  void refused(SteadyTime now, Duration wait);

  std::size_t in_flight() const noexcept { return in_flight_; }
  /// What may still be sent in this window; none: not known, or no limit.
  std::optional<std::int64_t> left() const { return left_; }

 private:
  bool is_window_over(SteadyTime now) const;
  void begin_window(SteadyTime now);
  std::int64_t refilled() const;
  std::int64_t reserve() const;

  std::size_t max_in_flight_;
  std::int64_t reserve_;
  std::size_t in_flight_ = 0;
  bool has_answer_ = false;
  std::optional<std::int64_t> left_;
  std::int64_t quota_ = 0;
  Duration window_{0};
  SteadyTime began_at_{};         // when this window was noticed; earlier requests may be counted in the one before
  SteadyTime refilled_at_{};      // never before the peer's own reset
  bool is_refill_known_ = false;  // an answer of this window has told it
  SteadyTime not_before_{};
};

/// Permission for one request; given back by Governor::answered.
struct Permit {
  SteadyTime sent_at{};
  Duration waited{0};
};

class Governor {
 public:
  Governor(Clock& clock, Budget budget);

  /// While requests of a lower `rank` wait, those of a higher one do.
  Task<Permit> acquire(int rank = 0);
  void answered(const Permit& permit, const std::optional<Quota>& quota);
  void refused(Duration wait);
  const Budget& budget() const noexcept { return budget_; }

 private:
  bool is_outranked(int rank) const { return !waiting_.empty() && waiting_.begin()->first < rank; }

  Clock& clock_;
  Budget budget_;
  Event changed_;
  std::map<int, std::size_t> waiting_;  // by rank
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
