#pragma once
// What a run reads out of positions, which are otherwise their reader's own (see TableReader). Pure.

#include "core/clock.hpp"
#include "core/json.hpp"

#include <cstdint>
#include <optional>

namespace sluice {

/// Nothing of a pass is behind it.
bool begins_pass(const Json& position);
/// A first load that was cut is still the first load.
bool is_first_load(const Json& position);
/// The records that the pass shows changed then or later: one that is under way began with a date of its own.
std::optional<Time> shown_from(const Json& position, const std::optional<Time>& start_date);
/// How many records of the list are still looked for: the next pass reads it as a whole again. 0: none.
std::int64_t records_looked_for(const Json& position);
/// By the source's clock, everything before it has been read.
std::optional<Time> replicated_until(const Json& position);

}  // namespace sluice
