#include "storage/retention.hpp"

#include <gtest/gtest.h>

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t batch = 100;

struct Case {
  const char* name;
  RetentionSweep sweep;
  Duration pause;
};

class RetentionPause : public testing::TestWithParam<Case> {};

TEST_P(RetentionPause, is_short_while_there_is_more) {
  EXPECT_EQ(pause_after(GetParam().sweep, batch), GetParam().pause);
}

INSTANTIATE_TEST_SUITE_P(
    Table, RetentionPause,
    testing::Values(Case{"nothing", {true, 0, 0, 0, 0}, 10min}, Case{"some", {true, 99, 99, 0, 99}, 10min},
                    Case{"full_logs", {true, 100, 0, 0, 0}, 200ms}, Case{"full_jobs", {true, 0, 100, 0, 0}, 200ms},
                    Case{"full_runs", {true, 0, 0, 100, 0}, 200ms}, Case{"full_events", {true, 0, 0, 0, 100}, 200ms},
                    Case{"another_daemon", {false, 100, 0, 0, 0}, 10min}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace sluice
