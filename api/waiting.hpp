#pragma once
// "Prefer: wait=30" (RFC 7240): how long a caller wants to wait for a run, and the waiting.

#include "api/api.hpp"
#include "api/call.hpp"

#include <optional>

namespace sluice::api {

/// Seconds of the preference "wait", at most a minute; none: do not wait. Pure.
std::optional<Duration> preferred_wait(const Headers& headers);

/// The run as it is when it closed, or when the wait was over.
Task<Run> wait_for_run(const ApiContext& context, const Call& call, Run run);

/// The job as it is when it has ended, or when the wait was over.
Task<Job> wait_for_job(const ApiContext& context, const Call& call, Job job);

/// 202 (200 once the run is closed) with the run's place.
HttpResponse run_answer(const Call& call, const Run& run, const Json& body, int status);

}  // namespace sluice::api
