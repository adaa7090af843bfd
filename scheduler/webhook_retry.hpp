#pragma once
// What one attempt to deliver means for the delivery. Pure: the caller brings the randomness.

#include "core/http.hpp"
#include "storage/webhooks.hpp"

namespace sluice {

inline constexpr int most_delivery_attempts = 8;

/// After the attempt of that number (from 1) has failed; uniform below a ceiling that grows to hours, so that eight
/// attempts are spread over about a day. None: it was the last one.
std::optional<Duration> delivery_wait(int attempt, double random);

/// 2xx has arrived, 410 wants nothing any more, everything else is tried again: a redirect as well, since messages go
/// to the address that was checked and to no other. A Retry-After in seconds lengthens the wait, up to a day.
DeliveryOutcome judge_delivery(const HttpResponse& response, int attempt, double random);
/// There was no answer.
DeliveryOutcome judge_delivery(const Error& failure, int attempt, double random);

}  // namespace sluice
