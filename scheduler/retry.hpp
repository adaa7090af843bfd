#pragma once
// What becomes of a job whose attempt failed. Pure.

#include "core/backoff.hpp"
#include "core/error.hpp"
#include "storage/job_queue.hpp"

namespace sluice {

struct RetryPolicy {
  Backoff backoff{Duration(5'000), Duration(3'600'000)};
  int max_attempts = usual_attempts;
};

/// Not the job is at fault but what it stands on, and nothing is to be done about it here: such a job is tried again
/// for as long as it takes, and shows as failing once its attempts are used up.
bool is_outage(const Error& error);

/// `attempt` counts from 1 and is the one that failed; `random` is uniform in [0, 1). A cancelled attempt is given
/// back.
JobOutcome decide_outcome(const Error& error, int attempt, const RetryPolicy& policy, double random);

/// What a person should do about an error, for the job's `hint`; empty when the message says it all.
std::string hint_for(const Error& error);

}  // namespace sluice
