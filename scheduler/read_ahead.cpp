#include "scheduler/read_ahead.hpp"

#include <algorithm>

namespace sluice {
namespace {

Duration average(Duration before, Duration now) { return before == Duration{0} ? now : (before * 3 + now) / 4; }

}  // namespace

void ReadAhead::fetched(std::size_t range, Duration took) {
  ++waiting_[range];
  page_took_ = average(page_took_, took);
}

void ReadAhead::staged(std::size_t range) {
  --waiting_[range];
  ++in_batch_[range];
}

void ReadAhead::committed(Duration took) {
  commit_took_ = average(commit_took_, took);
  std::ranges::fill(in_batch_, 0U);
}

}  // namespace sluice
