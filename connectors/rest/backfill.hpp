#pragma once
// How a backfill, the read of a range of dates that a table lacks, shares one position with the reads that keep the
// table fresh: it waits while they run, and goes on where it stood. Pure.

#include "connectors/rest/position.hpp"
#include "core/date_window.hpp"

namespace sluice {

/// A pass of this kind is what `position` has under way.
bool is_backfill(const PassPosition& position);
/// The position between passes, where the backfill under way waits.
PassPosition set_aside(PassPosition backfill);
/// A backfill of this window: the one that waits, if it is of that window, else a new one without ranges. What waits
/// for another window is given up.
PassPosition begin_backfill(PassPosition between, const DateWindow& window);
/// The position behind a pass: how far back it and what was read before it reach.
PassPosition end_backfill(const PassPosition& backfill);
/// How far back a table reaches after a complete pass from `since`, on top of what it had.
ReadFrom reaching_back(const std::optional<ReadFrom>& before, const std::optional<Time>& since);

}  // namespace sluice
