#pragma once
// How long to wait before the next try: exponential with full jitter, so that clients that failed together do
// not come back together. Pure: the caller brings the randomness.

#include "core/clock.hpp"

namespace sluice {

struct Backoff {
  Duration base{1'000};
  Duration cap{60'000};
};

/// `attempt` counts from 1; `random` is uniform in [0, 1). The result lies in [base/2, min(cap, base * 2^(attempt-1))].
Duration backoff_delay(const Backoff& backoff, int attempt, double random);

/// Uniform in [0, 1), from a generator of this thread.
double random_unit();

}  // namespace sluice
