#include "core/backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr Backoff backoff{1s, 60s};

TEST(Backoff, grows_from_half_the_base_to_the_cap) {
  struct Case {
    int attempt;
    Duration most;
  };
  for (const Case& item :
       {Case{1, 1s}, Case{2, 2s}, Case{3, 4s}, Case{6, 32s}, Case{7, 60s}, Case{8, 60s}, Case{1000, 60s}}) {
    SCOPED_TRACE(item.attempt);

    for (const double random : {0.0, 0.25, 0.5, 0.999999}) {
      const Duration delay = backoff_delay(backoff, item.attempt, random);
      EXPECT_GE(delay, 500ms);
      EXPECT_LE(delay, item.most);
    }
    EXPECT_GE(backoff_delay(backoff, item.attempt, 0.999999), item.most - 1ms);
  }
}

TEST(Backoff, waits_longer_the_larger_the_random_number) {
  EXPECT_LT(backoff_delay(backoff, 5, 0.2), backoff_delay(backoff, 5, 0.8));
}

TEST(RandomUnit, lies_in_its_interval_and_varies) {
  double least = 1;
  double most = 0;
  for (int i = 0; i < 1000; ++i) {
    const double value = random_unit();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    least = std::min(least, value);
    most = std::max(most, value);
  }
  EXPECT_LT(least, 0.1);
  EXPECT_GT(most, 0.9);
}

}  // namespace
}  // namespace sluice
