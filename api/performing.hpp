#pragma once
// From a checked call to its answer: reads go straight to their handler; writes are rehearsed when that is all they ask
// for, done once under an Idempotency-Key, and put on record.

#include "api/api.hpp"
#include "api/call.hpp"

namespace sluice::api {

Task<HttpResponse> perform(const ApiContext& context, const Call& call);

}  // namespace sluice::api
