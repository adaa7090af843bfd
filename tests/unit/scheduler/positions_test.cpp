#include "scheduler/positions.hpp"

#include "core/time.hpp"

#include <gtest/gtest.h>

namespace sluice {
namespace {

const Time start = *parse_iso8601("2020-01-01T00:00:00Z");

TEST(Positions, tell_a_first_load_from_what_comes_after_it) {
  struct Case {
    const char* name;
    Json position;
    bool begins;
    bool is_first;
  };
  const Case cases[] = {
      {"never read", nullptr, true, true},
      {"a first load that was cut", {{"mode", "initial"}, {"ranges", {1}}}, false, true},
      {"between passes", {{"cursor", "2026-01-01T00:00:00Z"}}, true, false},
      {"increments under way", {{"mode", "incremental"}, {"ranges", {1}}}, false, false},
      {"a backfill under way", {{"mode", "backfill"}, {"ranges", {1}}}, true, false},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(begins_pass(each.position), each.begins) << each.name;
    EXPECT_EQ(is_first_load(each.position), each.is_first) << each.name;
  }
}

TEST(Positions, of_a_pass_under_way_have_the_date_that_it_began_with) {
  const Json between{{"cursor", "2026-01-01T00:00:00Z"}};
  Json under_way{{"mode", "snapshot"}, {"ranges", {1}}, {"since", "2022-01-01T00:00:00Z"}};

  EXPECT_EQ(shown_from(nullptr, start), start);
  EXPECT_EQ(shown_from(between, start), start);
  EXPECT_EQ(shown_from(under_way, start), parse_iso8601("2022-01-01T00:00:00Z"));
  under_way.erase("since");
  EXPECT_EQ(shown_from(under_way, start), std::nullopt) << "everything";
}

TEST(Positions, tell_up_to_when_everything_was_read) {
  EXPECT_EQ(replicated_until({{"cursor", "2020-01-01T00:00:00Z"}}), start);
  EXPECT_EQ(replicated_until({{"v", 1}}), std::nullopt);
}

TEST(Positions, tell_how_many_records_are_looked_for) {
  struct Case {
    const char* name;
    Json position;
    std::int64_t records;
  };
  const Case cases[] = {
      {"never read", nullptr, 0},
      {"nothing is missing", {{"cursor", "2026-01-01T00:00:00Z"}}, 0},
      {"read once", {{"shortfall", {{"records", 7}, {"settled", false}}}}, 7},
      {"read again to the same end", {{"shortfall", {{"records", 7}, {"settled", true}}}}, 0},
  };
  for (const Case& each : cases) EXPECT_EQ(records_looked_for(each.position), each.records) << each.name;
}

}  // namespace
}  // namespace sluice
