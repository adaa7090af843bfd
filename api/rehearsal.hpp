#pragma once
// ?dry_run=true: the route's own handler runs over a transaction that is never committed, and the answer tells what it
// would have changed. What a handler does elsewhere it notes here instead.

#include "api/api.hpp"
#include "api/call.hpp"

#include <functional>
#include <string>
#include <vector>

namespace sluice::api {

struct Rehearsal {
  struct Thing {
    std::string kind;
    std::string name;
  };
  std::vector<Thing> creates;
  std::vector<Thing> drops;
  Json estimate;  // null: none
};

/// Runs `work` with everything that is stored over a transaction that is never committed; what it does elsewhere it
/// notes in its context's rehearsal. Throws what it throws.
Task<Json> in_rehearsal(const ApiContext& context, std::function<Task<Json>(const ApiContext&)> work);

/// How a destination would be reached if it were kept as it is here. Throws what ApiContext::address_of throws. Blocks.
DestinationAddress address_with(const ApiContext& context, const DestinationRecord& record, const Secret& password);

/// 200 with the plan; throws what the call itself would throw.
Task<HttpResponse> rehearse(const ApiContext& context, const Call& call);

/// Each value that differs: {"what": JSON pointer, "from", "to"}; lists are compared as a whole. Pure.
Json changes_between(const Json& before, const Json& after);

}  // namespace sluice::api
