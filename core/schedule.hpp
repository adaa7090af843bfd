#pragma once
// When something is due: only on request, every so often, or by cron on the clock of a time zone.
//
// Where the clock jumps, nothing is lost and nothing happens twice: a time that the clock leaves out (spring) is due
// once, at the moment the gap ends; a time that it shows twice (autumn) is due once, at the first. A cron of every hour
// follows the hours that pass and not their names: it is due in the repeated hour as in any other.

#include "core/clock.hpp"
#include "core/error.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sluice {

struct Cron {
  std::string expression;  // see core/cron.hpp
  std::string time_zone = "UTC";
  bool operator==(const Cron&) const = default;
};

/// With neither: manual. Never both.
struct Schedule {
  std::optional<Duration> interval = {};
  std::optional<Cron> cron = {};

  bool is_manual() const { return !interval && !cron; }
  bool operator==(const Schedule&) const = default;
};

/// The next due time behind `after`; none: manual, or no such time within 40 years.
std::optional<Time> next_after(Time after, const Schedule& schedule);

/// What is wrong with a cron (codes bad_cron, unknown_time_zone, too_often), pointers below `pointer`. `shortest`: how
/// far apart its times must lie.
std::vector<Problem> problems_of(const Cron& cron, Duration shortest, const std::string& pointer);

}  // namespace sluice
