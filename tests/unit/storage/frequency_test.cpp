#include "storage/frequency.hpp"

#include <gtest/gtest.h>

namespace sluice {
namespace {

using namespace std::chrono_literals;

TEST(FrequencyJson, is_read_and_shown_in_the_same_form) {
  const Json forms[] = {"15m", "manual", "PT45M", {{"cron", "0 6 * * mon-fri"}, {"time_zone", "America/Chicago"}}};
  for (const Json& form : forms) {
    std::vector<Problem> problems;
    const auto read = read_frequency(form, "", problems);
    ASSERT_TRUE(read) << form;
    EXPECT_EQ(to_json(*read), form);
  }
}

TEST(FrequencyJson, has_utc_unless_it_says_another_zone) {
  std::vector<Problem> problems;
  EXPECT_EQ(read_frequency({{"cron", "@daily"}}, "", problems)->cron, (Cron{"@daily", "UTC"}));
}

TEST(FrequencyJson, is_refused_with_a_pointer) {
  const auto complaint = [](const Json& value) {
    std::vector<Problem> problems;
    EXPECT_FALSE(read_frequency(value, "/frequency", problems));
    return problems.at(0).pointer + ":" + problems[0].code;
  };
  EXPECT_EQ(complaint("5m"), "/frequency:bad_form");
  EXPECT_EQ(complaint({{"cron", "0 6 * *"}}), "/frequency/cron:bad_cron");
  EXPECT_EQ(complaint({{"cron", "*/5 * * * *"}}), "/frequency/cron:too_often");
  EXPECT_EQ(complaint({{"cron", "0 6 * * *"}, {"time_zone", "Mars/Olympus"}}),
            "/frequency/time_zone:unknown_time_zone");
}

}  // namespace
}  // namespace sluice
