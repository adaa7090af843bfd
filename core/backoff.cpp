#include "core/backoff.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace sluice {

Duration backoff_delay(const Backoff& backoff, int attempt, double random) {
  const double base = static_cast<double>(backoff.base.count());
  const double cap = static_cast<double>(backoff.cap.count());
  const double ceiling = std::min(cap, base * std::exp2(std::clamp(attempt - 1, 0, 40)));
  const double floor = std::min(base / 2, ceiling);
  return Duration(static_cast<Duration::rep>(floor + (ceiling - floor) * random));
}

double random_unit() {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0.0, 1.0)(generator);
}

}  // namespace sluice
