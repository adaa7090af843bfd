#pragma once
// What a command has around it: streams, whether a person looks on, and time.

#include "core/clock.hpp"

#include <functional>
#include <iosfwd>

namespace sluice::ctl {

struct Console {
  std::istream& in;
  std::ostream& out;  // the answer, and nothing else
  std::ostream& err;
  bool draws = false;  // stderr is a terminal
  std::function<void(Duration)> sleep;
  std::function<SteadyTime()> now;
};

}  // namespace sluice::ctl
