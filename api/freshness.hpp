#pragma once
// Whether a table's contents are as new as wanted, and if not, why. Pure.

#include "storage/freshness.hpp"

#include <optional>
#include <string_view>

namespace sluice::api {

struct FreshnessVerdict {
  bool is_fresh = false;
  std::optional<Duration> age;  // of the contents; none: never loaded
  Duration max_age{0};
  std::string_view reason;  // "" when fresh
};

/// Contents are as old as the moment up to which the source was read (where that is not known, the end of the last
/// load): a gate guards what the data say, whatever the reason for their age, so a paused table ages like any other.
/// Without `max_age`: twice the frequency, 24 h when that is manual.
FreshnessVerdict judge_freshness(const TableFreshness& table, std::optional<Duration> max_age, Time now);

}  // namespace sluice::api
