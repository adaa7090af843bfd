#pragma once
// The request quota of a store: a fixed window, shared by all who call it.

#include "core/clock.hpp"
#include "core/http.hpp"

#include <cstdint>

namespace sluice::sample_store {

class Quota {
 public:
  /// True if the request may be served. A quota of 0 serves everything.
  bool take(std::int64_t quota, Duration window, Time now);
  void write_headers(Headers& headers, std::int64_t quota, Duration window, Time now, bool refused) const;

 private:
  Time window_began_{};
  std::int64_t used_ = 0;
};

}  // namespace sluice::sample_store
