#pragma once
// ?dry_run=true: the route's own handler runs over a transaction that is never committed, and the answer tells what it
// would have changed. What a handler does elsewhere it notes here instead.

#include "api/api.hpp"
#include "api/call.hpp"

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

/// 200 with the plan; throws what the call itself would throw.
Task<HttpResponse> rehearse(const ApiContext& context, const Call& call);

/// Each value that differs: {"what": JSON pointer, "from", "to"}; lists are compared as a whole. Pure.
Json changes_between(const Json& before, const Json& after);

}  // namespace sluice::api
