#include "tests/sample_store/quota.hpp"

#include <algorithm>
#include <string>

namespace sluice::sample_store {

bool Quota::take(std::int64_t quota, Duration window, Time now) {
  if (quota == 0) return true;
  if (now < window_began_ || now - window_began_ >= window) {
    window_began_ = now;
    used_ = 0;
  }
  if (used_ >= quota) return false;
  ++used_;
  return true;
}

void Quota::write_headers(Headers& headers, std::int64_t quota, Duration window, Time now, bool refused) const {
  if (quota == 0) return;
  const auto passed = std::chrono::duration_cast<Duration>(now - window_began_);
  const auto reset = std::max<Duration::rep>((window - passed).count(), 0);
  headers.add("X-Rate-Limit-Time-Window-Ms", std::to_string(window.count()));
  headers.add("X-Rate-Limit-Time-Reset-Ms", std::to_string(reset));
  headers.add("X-Rate-Limit-Requests-Quota", std::to_string(quota));
  headers.add("X-Rate-Limit-Requests-Left", std::to_string(std::max<std::int64_t>(quota - used_, 0)));
  if (refused) headers.add("X-Retry-After", std::to_string((reset + 999) / 1000));
}

}  // namespace sluice::sample_store
