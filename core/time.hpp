#pragma once
// Dates as text, in the forms that Sluice's own API and its sources use. All results are UTC with microseconds.

#include "core/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// "2026-06-18T14:12:20Z", with ".123456" only when there are microseconds.
std::string format_rfc3339(Time time);
/// RFC 3339 / ISO 8601: date alone (midnight UTC), "T" or a space between, optional fraction, "Z", "+00:00",
/// "+0000" or no zone (UTC). Nothing else before or after.
std::optional<Time> parse_iso8601(std::string_view text);
/// "Thu, 18 Jun 2026 14:12:20 +0000", also with "GMT" (the HTTP Date header) and without the day's name.
std::optional<Time> parse_rfc2822(std::string_view text);
std::string format_rfc2822(Time time);
/// Whole seconds since 1970, possibly as the text of a number.
std::optional<Time> parse_unix_seconds(std::string_view text);

/// "PT6H", "P1D", "PT90S": hours, minutes, seconds and days; nullopt for anything else or a negative one.
std::optional<Duration> parse_iso_duration(std::string_view text);
std::string format_iso_duration(Duration duration);

}  // namespace sluice
