#include "connectors/rest/backfill.hpp"

#include "core/time.hpp"

#include <gtest/gtest.h>

namespace sluice {
namespace {

Time day(int number) { return *parse_iso8601("2020-01-01T00:00:00Z") + std::chrono::days(number); }

PassPosition fresh_table() {
  PassPosition between;
  between.cursor = day(500);
  between.swept_at = day(499);
  between.largest_page = 250;
  between.read_from = ReadFrom{day(100)};
  return between;
}

PassPosition half_way(const DateWindow& window) {
  PassPosition pass = begin_backfill(fresh_table(), window);
  pass.ranges = {{KeysetPlace{1, std::nullopt, 77}}};
  pass.started_at = day(501);
  return pass;
}

TEST(BackfillPosition, keeps_the_place_of_the_increments) {
  const PassPosition pass = half_way({day(10), day(100)});

  EXPECT_TRUE(is_backfill(pass));
  EXPECT_EQ(pass.since, day(10));
  EXPECT_EQ(pass.until, day(100));
  const PassPosition after = end_backfill(pass);
  EXPECT_EQ(after.cursor, day(500));
  EXPECT_EQ(after.swept_at, day(499));
  EXPECT_EQ(after.read_from, ReadFrom{day(10)});
  EXPECT_TRUE(after.ranges.empty());
  EXPECT_FALSE(after.waiting);
}

TEST(BackfillPosition, without_a_beginning_reaches_back_to_everything) {
  const PassPosition after = end_backfill(half_way({std::nullopt, day(100)}));

  ASSERT_TRUE(after.read_from);
  EXPECT_EQ(after.read_from->date, std::nullopt);
}

TEST(BackfillPosition, waits_while_increments_run_and_goes_on_where_it_stood) {
  const DateWindow window{day(10), day(100)};
  const Json half = to_json(half_way(window));

  const PassPosition aside = set_aside(*parse_pass_position(half));
  EXPECT_TRUE(aside.ranges.empty());
  EXPECT_EQ(aside.cursor, day(500));
  EXPECT_EQ(to_json(begin_backfill(*parse_pass_position(to_json(aside)), window)), half);
}

TEST(BackfillPosition, of_another_window_begins_anew) {
  const PassPosition aside = set_aside(half_way({day(10), day(100)}));

  for (const DateWindow& other : {DateWindow{day(5), day(100)}, DateWindow{std::nullopt, day(100)},
                                  DateWindow{day(20), day(100)}, DateWindow{day(10), day(90)}}) {
    const PassPosition begun = begin_backfill(aside, other);
    EXPECT_TRUE(begun.ranges.empty());
    EXPECT_FALSE(begun.waiting);
  }
}

TEST(BackfillPosition, comes_back_as_it_was_written) {
  PassPosition aside = set_aside(half_way({std::nullopt, day(100)}));
  aside.read_from = ReadFrom{};

  const Json json = to_json(aside);

  EXPECT_TRUE(json.at("read_from").is_null());
  EXPECT_EQ(to_json(*parse_pass_position(Json::parse(json.dump()))), json);
}

TEST(BackfillPosition, knows_how_far_back_a_table_reaches) {
  struct Case {
    const char* name;
    std::optional<ReadFrom> before;
    std::optional<Time> since;
    ReadFrom reach;
  };
  const Case cases[] = {
      {"a first load", std::nullopt, day(100), {day(100)}},
      {"a first load of everything", std::nullopt, std::nullopt, {}},
      {"a pass from a later date takes nothing away", ReadFrom{day(50)}, day(100), {day(50)}},
      {"a pass from an earlier date adds to it", ReadFrom{day(100)}, day(50), {day(50)}},
      {"everything stays everything", ReadFrom{}, day(100), {}},
      {"a pass over everything", ReadFrom{day(100)}, std::nullopt, {}},
  };
  for (const Case& each : cases) EXPECT_EQ(reaching_back(each.before, each.since), each.reach) << each.name;
}

}  // namespace
}  // namespace sluice
