#pragma once
// A span of time, from one date up to but not including another.

#include "core/clock.hpp"

#include <optional>

namespace sluice {

struct DateWindow {
  std::optional<Time> from;  // none: everything before `until`
  Time until{};
  bool operator==(const DateWindow&) const = default;
};

}  // namespace sluice
