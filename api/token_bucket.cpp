#include "api/token_bucket.hpp"

#include <algorithm>

namespace sluice::api {

SteadyTime TokenBucket::filling_since(SteadyTime now) const { return std::max(empty_until_, now - minute); }

bool TokenBucket::take(SteadyTime now) {
  const SteadyTime since = filling_since(now) + price();
  if (since > now) return false;
  empty_until_ = since;
  return true;
}

std::int64_t TokenBucket::remaining(SteadyTime now) const { return (now - filling_since(now)) / price(); }

Duration TokenBucket::wait(SteadyTime now) const {
  return std::max(Duration(0), std::chrono::ceil<Duration>(filling_since(now) + price() - now));
}

Duration TokenBucket::refill(SteadyTime now) const {
  return std::max(Duration(0), std::chrono::ceil<Duration>(filling_since(now) + minute - now));
}

}  // namespace sluice::api
