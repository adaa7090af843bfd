#pragma once
// How many calls a token may make, and how many of those that reach a source. Of this daemon alone: several daemons on
// one control database each grant the whole. Lives on the io thread.

#include "api/api.hpp"
#include "api/token_bucket.hpp"

#include <map>
#include <optional>
#include <utility>

namespace sluice::api {

/// Where a token stands after a call, for the RateLimit headers.
struct RateStanding {
  std::int64_t limit = 0;
  std::int64_t remaining = 0;
  Duration refill{0};
  std::optional<Duration> retry_after = {};  // set: this call is one too many
};

class RateLimits {
 public:
  RateLimits(const Clock& clock, ApiLimits limits) : clock_(clock), limits_(limits) {}

  /// Counts a call; none without limits.
  std::optional<RateStanding> count(const TokenId& token, bool asks_source);

 private:
  using Buckets = std::map<TokenId, TokenBucket>;
  std::optional<RateStanding> count(Buckets& buckets, std::int64_t limit, const TokenId& token);

  const Clock& clock_;
  ApiLimits limits_;
  Buckets calls_;
  Buckets source_calls_;
};

void add_rate_headers(const RateStanding& standing, Headers& headers);

}  // namespace sluice::api
