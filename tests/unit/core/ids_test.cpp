#include "core/ids.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr Time sample{1'781'791'940s};

TEST(Ids, sort_by_the_time_they_were_made) {
  const RunId early = RunId::make(sample);
  const RunId late = RunId::make(sample + 1ms);

  EXPECT_LT(early, late);
}

TEST(Ids, differ_within_one_instant) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(make_ulid(sample));

  EXPECT_EQ(seen.size(), 1000U);
}

TEST(Ids, are_recognized_by_prefix_and_form) {
  EXPECT_TRUE(JobId::matches(JobId::make(sample).str()));
  EXPECT_FALSE(RunId::matches(JobId::make(sample).str()));
  for (const char* text : {"", "job_", "job_0", "job_01ARZ3NDEKTSV4RRFFQ69G5FA", "job_01ARZ3NDEKTSV4RRFFQ69G5FAVX",
                           "job_01ARZ3NDEKTSV4RRFFQ69G5FAU", "job_01ARZ3NDEKTSV4RRFFQ69G5FA'"}) {
    SCOPED_TRACE(text);

    EXPECT_FALSE(JobId::matches(text));
  }
  EXPECT_TRUE(JobId::matches("job_01ARZ3NDEKTSV4RRFFQ69G5FAV"));
}

}  // namespace
}  // namespace sluice
