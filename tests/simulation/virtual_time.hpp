#pragma once
// Time of a simulation. The linker gives this program's calls of std::chrono's clocks, of epoll_wait (by which Asio
// waits), of random_unit and of the log another target (CMakeLists.txt: --wrap), so that the product's own timers,
// unchanged, expire when the simulation says so, and its dice fall as the seed says. Outside of a simulation all of
// them are the real ones.

#include "core/clock.hpp"

#include <cstdint>

namespace sluice::simulation {

/// From here to the end of its life time stands still but for `pass`. One at a time.
class VirtualTime {
 public:
  explicit VirtualTime(std::uint64_t seed);
  ~VirtualTime();
  VirtualTime(const VirtualTime&) = delete;
  VirtualTime& operator=(const VirtualTime&) = delete;

  void pass(Duration duration);
};

}  // namespace sluice::simulation
