#pragma once
// Whether a table's contents are as new as wanted, and if not, why. Pure.

#include "storage/freshness.hpp"

#include <optional>
#include <string_view>

namespace sluice::api {

struct FreshnessVerdict {
  bool is_fresh = false;
  std::optional<Duration> age;      // of the contents; none: never loaded
  std::optional<Duration> max_age;  // none: nobody expects anything
  std::string_view reason;          // "" when fresh
};

/// The longest time between two neighbouring due times around `now`: the last two before it and the next one behind it.
/// None: manual, or no such times.
std::optional<Duration> longest_gap(const Frequency& frequency, const QuietHours& quiet, Time now);

/// Contents are as old as the moment up to which the source was read (where that is not known, the end of the last
/// load): a gate guards what the data say, whatever the reason for their age, so a paused table ages like any other.
/// Without `max_age`: twice the longest time between two runs by schedule around `now`, so that one of them may fail.
/// What runs only when asked is then fresh as soon as it was loaded.
FreshnessVerdict judge_freshness(const TableFreshness& table, std::optional<Duration> max_age, Time now);

}  // namespace sluice::api
