#pragma once
// Windows of the week in which nothing is started by schedule. What would be due inside one is due at its end, once.

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/json.hpp"

#include <bitset>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// By the clock of the zone, from `from` (inclusive) to `to` (exclusive); over midnight when `to` is not behind `from`.
struct QuietWindow {
  std::chrono::minutes from{0};
  std::chrono::minutes to{0};  // 24 h: the end of the day
  std::string time_zone = "UTC";
  std::bitset<7> days{0x7f};  // on which it begins; 0: Sunday
  bool operator==(const QuietWindow&) const = default;
};

using QuietHours = std::vector<QuietWindow>;

/// When the windows that hold `at` are over; none: it is in none. Windows that touch count as one.
std::optional<Time> end_of_quiet(Time at, const QuietHours& windows);

/// [{"from":"22:00","to":"06:00","time_zone":"Europe/Berlin","days":["mon","tue"]}]; without days: all, without
/// time_zone: UTC. Adds what is wrong (bad_window, unknown_time_zone, no_time_left).
QuietHours read_quiet_hours(const Json& windows, const std::string& pointer, std::vector<Problem>& problems);
Json to_json(const QuietHours& windows);

}  // namespace sluice
