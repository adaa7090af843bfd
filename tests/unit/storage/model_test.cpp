#include "storage/model.hpp"

#include <gtest/gtest.h>

namespace sluice {
namespace {

using namespace std::chrono_literals;

template <class Enum>
void expect_round_trip(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    Enum value{};
    ASSERT_TRUE(parse(name, value)) << name;
    EXPECT_EQ(to_string(value), name);
  }
  Enum untouched{};
  EXPECT_FALSE(parse("nothing", untouched));
  EXPECT_FALSE(parse("", untouched));
}

TEST(Model, prints_and_parses_every_state) {
  expect_round_trip<IntegrationState>({"draft", "pending", "active", "deleting", "deleted"});
  expect_round_trip<Health>({"ok", "degraded", "failing", "auth_required", "unknown"});
  expect_round_trip<TableState>(
      {"pending", "loading", "active", "reloading", "paused", "failing", "blocked", "removed"});
  expect_round_trip<RunTrigger>({"confirm", "schedule", "manual"});
  expect_round_trip<RunResult>({"succeeded", "partial", "failed", "cancelled"});
  expect_round_trip<JobKind>({"initial", "incremental", "reload", "backfill", "delete_sweep", "verify"});
  expect_round_trip<JobState>({"queued", "running", "waiting_retry", "succeeded", "failed", "cancelled", "skipped"});
  expect_round_trip<TokenScope>({"read", "operate", "write", "admin"});
}

TEST(Model, knows_which_job_states_are_final) {
  for (const JobState state : {JobState::queued, JobState::running, JobState::waiting_retry}) {
    EXPECT_FALSE(is_final(state)) << to_string(state);
  }
  for (const JobState state : {JobState::succeeded, JobState::failed, JobState::cancelled, JobState::skipped}) {
    EXPECT_TRUE(is_final(state)) << to_string(state);
  }
}

TEST(Frequency, reads_every_offered_name_and_prints_it_again) {
  for (const std::string& name : offered_frequencies()) {
    const auto frequency = parse_frequency(name);
    ASSERT_TRUE(frequency) << name;
    EXPECT_EQ(to_string(*frequency), name);
  }
  EXPECT_EQ(offered_frequencies().size(), 10U);
}

TEST(Frequency, reads_durations_between_15_minutes_and_a_day) {
  struct Case {
    const char* text;
    std::optional<Frequency> expected;
  };
  const Case cases[] = {{"PT15M", Frequency{15min}}, {"PT6H", Frequency{6h}},   {"P1D", Frequency{24h}},
                        {"PT45M", Frequency{45min}}, {"manual", Frequency{}},   {"PT14M59S", std::nullopt},
                        {"P2D", std::nullopt},       {"PT24H1S", std::nullopt}, {"5m", std::nullopt},
                        {"", std::nullopt},          {"hourly", std::nullopt},  {"1H", std::nullopt}};
  for (const auto& [text, expected] : cases) EXPECT_TRUE(parse_frequency(text) == expected) << text;
}

TEST(Frequency, prints_other_durations_as_iso_8601) { EXPECT_EQ(to_string(Frequency{45min}), "PT45M"); }

TEST(Counters, add_up_member_by_member) {
  Counters sum{1, 2, 3, 4, 5, 6, 7, 8, 9ms};

  sum += Counters{10, 20, 30, 40, 50, 60, 70, 80, 90ms};

  EXPECT_EQ(sum.read, 11);
  EXPECT_EQ(sum.inserted, 22);
  EXPECT_EQ(sum.updated, 33);
  EXPECT_EQ(sum.unchanged, 44);
  EXPECT_EQ(sum.deleted, 55);
  EXPECT_EQ(sum.rejected, 66);
  EXPECT_EQ(sum.bytes, 77);
  EXPECT_EQ(sum.calls, 88);
  EXPECT_EQ(sum.throttled, 99ms);
}

}  // namespace
}  // namespace sluice
