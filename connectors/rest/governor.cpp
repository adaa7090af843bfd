#include "connectors/rest/governor.hpp"

#include <algorithm>
#include <charconv>

namespace sluice {
namespace {

/// The peer's reset is told in whole milliseconds and its clock is not ours.
constexpr Duration margin{10};
/// Two tellings of the same reset that lie further apart speak of different windows.
constexpr Duration same_reset{50};

std::optional<std::int64_t> read_number(const Headers& headers, std::string_view name) {
  const auto text = headers.find(name);
  if (!text) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size() || value < 0) return std::nullopt;
  return value;
}

Duration ceil(SteadyTime::duration duration) { return std::chrono::ceil<Duration>(duration); }

}  // namespace

std::optional<Quota> read_quota(const Headers& headers) {
  const auto quota = read_number(headers, "X-Rate-Limit-Requests-Quota");
  const auto left = read_number(headers, "X-Rate-Limit-Requests-Left");
  const auto window = read_number(headers, "X-Rate-Limit-Time-Window-Ms");
  const auto reset = read_number(headers, "X-Rate-Limit-Time-Reset-Ms");
  if (!quota || !left || !window || !reset) return std::nullopt;
  constexpr auto longest = std::chrono::duration_cast<Duration>(std::chrono::hours(1)).count();
  return Quota{*quota, *left, Duration(std::min(*window, longest)), Duration(std::min(*reset, longest))};
}

Budget::Budget(std::size_t max_in_flight, std::int64_t reserve)
    : max_in_flight_(std::max<std::size_t>(1, max_in_flight)), reserve_(std::max<std::int64_t>(0, reserve)) {}

Duration Budget::delay(SteadyTime now) const {
  if (now < not_before_) return ceil(not_before_ - now);
  // Until the first answer has told the quota, one request at a time.
  if (in_flight_ >= (has_answer_ ? max_in_flight_ : 1)) return until_answered;
  if (!left_ || *left_ > reserve()) return Duration::zero();
  if (!is_window_over(now)) return ceil(refilled_at_ + margin - now);
  // With nobody in flight one request has to find out, whatever the quota was.
  return refilled() > reserve() || in_flight_ == 0 ? Duration::zero() : until_answered;
}

void Budget::sent(SteadyTime now) {
  if (is_window_over(now)) begin_window(now);
  ++in_flight_;
  if (left_) --*left_;
}

void Budget::answered(SteadyTime now, SteadyTime sent_at, const std::optional<Quota>& quota) {
  if (in_flight_ > 0) --in_flight_;
  has_answer_ = true;
  if (!quota) return;
  if (is_window_over(now)) begin_window(now);

  // Made somewhere between sending and now, so the reset lies between these two.
  const SteadyTime earliest = sent_at + quota->reset;
  const SteadyTime latest = now + quota->reset;
  const bool is_first = !left_;
  if (!is_first && sent_at < began_at_) return;
  quota_ = quota->quota;
  window_ = quota->window;

  const auto in_flight = static_cast<std::int64_t>(in_flight_);
  // Whether the peer had counted those in flight is not known: count them.
  const std::int64_t careful = std::max<std::int64_t>(0, quota->left - in_flight);
  if (is_first || (is_refill_known_ && earliest > refilled_at_ + same_reset)) {
    began_at_ = sent_at;
    refilled_at_ = latest;
    left_ = careful;
  } else {
    refilled_at_ = is_refill_known_ ? std::min(refilled_at_, latest) : latest;
    // Our own count is exact while nobody else draws on the quota; it is believed until the peer shows less.
    if (quota->left < *left_) left_ = careful;
  }
  is_refill_known_ = true;
}

void Budget::refused(SteadyTime now, Duration wait) { not_before_ = std::max(not_before_, now + wait); }

bool Budget::is_window_over(SteadyTime now) const { return left_ && now >= refilled_at_ + margin; }

void Budget::begin_window(SteadyTime now) {
  left_ = refilled();
  began_at_ = now;
  refilled_at_ = now + window_;
  is_refill_known_ = false;
}

std::int64_t Budget::refilled() const {
  return std::max<std::int64_t>(0, quota_ - static_cast<std::int64_t>(in_flight_));
}

/// A reserve that leaves nothing would be a standstill.
std::int64_t Budget::reserve() const {
  return std::clamp<std::int64_t>(reserve_, 0, std::max<std::int64_t>(0, quota_ - 1));
}

Governor::Governor(Clock& clock, Budget budget) : clock_(clock), budget_(budget) {}

namespace {

/// Counted among those who wait, until it goes, in whatever way.
class Waiting {
 public:
  Waiting(std::map<int, std::size_t>& waiting, Event& changed, int rank)
      : waiting_(waiting), changed_(changed), place_(waiting.try_emplace(rank).first) {
    ++place_->second;
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() {
    if (--place_->second > 0) return;
    waiting_.erase(place_);
    // Whoever stood behind this one may go on.
    if (!waiting_.empty()) changed_.notify();
  }

 private:
  std::map<int, std::size_t>& waiting_;
  Event& changed_;
  std::map<int, std::size_t>::iterator place_;
};

}  // namespace

Task<Permit> Governor::acquire(int rank) {
  const SteadyTime asked = clock_.steady_now();
  const Waiting waiting(waiting_, changed_, rank);
  while (true) {
    const SteadyTime now = clock_.steady_now();
    const Duration delay = budget_.delay(now);
    if (delay == Duration::zero() && !is_outranked(rank)) {
      budget_.sent(now);
      co_return Permit{now, std::chrono::duration_cast<Duration>(now - asked)};
    }
    if (delay == Duration::zero() || delay == Budget::until_answered) {
      co_await changed_.wait(Budget::until_answered);
    } else {
      co_await clock_.sleep(delay);
    }
  }
}

void Governor::answered(const Permit& permit, const std::optional<Quota>& quota) {
  budget_.answered(clock_.steady_now(), permit.sent_at, quota);
  changed_.notify();
}

void Governor::refused(Duration wait) { budget_.refused(clock_.steady_now(), wait); }

Governors::Governors(Clock& clock, std::size_t max_in_flight, std::int64_t reserve)
    : clock_(clock), max_in_flight_(max_in_flight), reserve_(reserve) {}

std::shared_ptr<Governor> Governors::of(const std::string& account) {
  auto& governor = governors_[account];
  if (!governor) governor = std::make_shared<Governor>(clock_, Budget(max_in_flight_, reserve_));
  return governor;
}

}  // namespace sluice
