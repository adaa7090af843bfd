#pragma once
// How many requests an endpoint answers at the same time. A request counts from its arrival until its answer leaves, so
// only a store with latency ever refuses one.

#include "core/clock.hpp"

#include <map>
#include <string_view>
#include <vector>

namespace sluice::sample_store {

class Ceilings {
 public:
  /// False when the endpoint is busy with as many as it takes.
  bool admit(std::string_view target, Time now, Duration takes);

 private:
  std::map<std::string_view, std::vector<Time>> ends_;  // of what is being answered, by table
};

}  // namespace sluice::sample_store
