#pragma once
// State changes as they happen, as server-sent events: each under its type, with its position as the id; `forgotten`
// when some of those that a reader has not seen are gone by now.

#include "api/tail.hpp"
#include "storage/state_changes.hpp"

#include <optional>

namespace sluice::api {

/// Without a position: what happens from now on.
Tail::Look look_at_changes(const ApiContext& context, StateChangeFilter filter, std::optional<std::int64_t> after);

}  // namespace sluice::api
