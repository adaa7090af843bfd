#pragma once
// Wall clocks of the world, from the machine's time zone data. UTC needs none of it.

#include "core/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// What a clock on the wall shows; in which zone, the context says.
using LocalTime = std::chrono::local_time<std::chrono::seconds>;

/// A stretch of time over which the zone's offset does not change.
struct ZoneSpan {
  Time begin;
  Time end;  // the first moment behind it
  std::chrono::seconds offset{0};
  std::chrono::seconds offset_before{0};  // of the stretch in front; the same where there is none
};

/// Reads the machine's list of zones, once; false when there is none (the package tzdata is missing).
bool has_time_zones();
/// What is wrong with a zone's name; none: it is an IANA name that this machine knows.
std::optional<std::string> complaint_about_time_zone(std::string_view name);

// A zone that has vanished from the machine's data since it was accepted counts as UTC: hours off is better than never.

ZoneSpan zone_span_at(const std::string& zone, Time time);
LocalTime local_time_of(const std::string& zone, Time time);
/// The moment at which the clock shows `local`: the first or the last one where it does so twice, the end of the gap
/// where it never does.
Time first_moment_of(const std::string& zone, LocalTime local);
Time last_moment_of(const std::string& zone, LocalTime local);

}  // namespace sluice
