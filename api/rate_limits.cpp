#include "api/rate_limits.hpp"

namespace sluice::api {
namespace {

constexpr std::size_t most_buckets = 1024;

std::string in_seconds(Duration duration) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(duration).count());
}

}  // namespace

std::optional<RateStanding> RateLimits::count(Buckets& buckets, std::int64_t limit, const TokenId& token) {
  if (limit == 0) return std::nullopt;
  const SteadyTime now = clock_.steady_now();
  if (buckets.size() >= most_buckets)
    std::erase_if(buckets, [&](const auto& entry) { return entry.second.refill(now) == Duration(0); });
  TokenBucket& bucket = buckets.try_emplace(token, limit, now).first->second;
  const bool is_allowed = bucket.take(now);
  RateStanding standing{limit, bucket.remaining(now), bucket.refill(now)};
  if (!is_allowed) standing.retry_after = bucket.wait(now);
  return standing;
}

std::optional<RateStanding> RateLimits::count(const TokenId& token, bool asks_source) {
  const auto overall = count(calls_, limits_.calls, token);
  if (!asks_source || (overall && overall->retry_after)) return overall;
  const auto of_source = count(source_calls_, limits_.source_calls, token);
  return of_source ? of_source : overall;
}

void add_rate_headers(const RateStanding& standing, Headers& headers) {
  headers.set("RateLimit-Limit", std::to_string(standing.limit));
  headers.set("RateLimit-Remaining", std::to_string(standing.remaining));
  headers.set("RateLimit-Reset", in_seconds(standing.refill));
  if (standing.retry_after) headers.set("Retry-After", in_seconds(*standing.retry_after));
}

}  // namespace sluice::api
