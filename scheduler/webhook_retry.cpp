#include "scheduler/webhook_retry.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <charconv>

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr Duration least_wait = 5s;
constexpr Duration longest_asked_wait = 24h;
constexpr Duration ceilings[most_delivery_attempts - 1] = {30s, 5min, 1h, 4h, 10h, 16h, 16h};

std::optional<Duration> asked_wait(const HttpResponse& response) {
  const auto header = response.headers.find("Retry-After");
  if (!header) return std::nullopt;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(header->data(), header->data() + header->size(), seconds);
  if (error != std::errc{} || end != header->data() + header->size() || seconds < 0) return std::nullopt;
  return std::min<Duration>(longest_asked_wait, std::chrono::seconds(std::min<std::int64_t>(seconds, 1'000'000)));
}

DeliveryOutcome again(int attempt, double random) {
  DeliveryOutcome outcome;
  outcome.retry_after = delivery_wait(attempt, random);
  outcome.state = outcome.retry_after ? DeliveryState::pending : DeliveryState::failed;
  return outcome;
}

}  // namespace

std::optional<Duration> delivery_wait(int attempt, double random) {
  if (attempt >= most_delivery_attempts) return std::nullopt;
  const Duration ceiling = ceilings[std::max(attempt, 1) - 1];
  const auto wait = static_cast<Duration::rep>(static_cast<double>(ceiling.count()) * random);
  return std::max(least_wait, Duration(wait));
}

DeliveryOutcome judge_delivery(const HttpResponse& response, int attempt, double random) {
  DeliveryOutcome outcome;
  if (response.status == 410) {
    outcome.state = DeliveryState::failed;
    outcome.is_gone = true;
  } else if (response.status < 200 || response.status >= 300) {
    outcome = again(attempt, random);
    if (const auto asked = asked_wait(response); asked && outcome.retry_after) {
      outcome.retry_after = std::max(*outcome.retry_after, *asked);
    }
  }
  outcome.attempt.status = response.status;
  return outcome;
}

DeliveryOutcome judge_delivery(const Error& failure, int attempt, double random) {
  DeliveryOutcome outcome = again(attempt, random);
  outcome.attempt.error = failure.code();
  return outcome;
}

}  // namespace sluice
