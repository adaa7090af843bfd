#include "connectors/rest/walk.hpp"
#include "tests/unit/connectors/list_model.hpp"
#include "tests/unit/connectors/list_tables.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace sluice {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

ListModel dense(std::int64_t count) {
  ListModel list;
  for (std::int64_t id = 1; id <= count; ++id) list.records.push_back({id, epoch + seconds(id)});
  return list;
}

/// A pass over a list, page by page, with every position going through the JSON of a checkpoint.
struct Pass {
  const Walk& walk;
  ListModel& list;
  std::vector<RangePosition> ranges;
  std::size_t largest_page = 0;
  std::multiset<std::int64_t> seen{};
  std::function<void(int)> before_call = [](int) {};

  /// One page of the first range that is not done; false when all are.
  bool step() {
    for (RangePosition& range : ranges) {
      if (range.done) continue;
      before_call(list.calls + 1);
      const PageFacts page = list.answer(walk.query(range));
      for (const auto& record : list.last_page) seen.insert(record.id);
      range = walk.advance(range, page, largest_page);
      largest_page = std::max(largest_page, page.records);
      return true;
    }
    return false;
  }
  void run() {
    for (int steps = 0; step(); ++steps) {
      ASSERT_LT(steps, 5'000) << "the walk does not end";
      keep();
    }
  }
  /// Through the text of a checkpoint and back.
  void keep() {
    PassPosition pass;
    pass.ranges = ranges;
    pass.started_at = epoch;
    pass.largest_page = largest_page;
    ranges = parse_pass_position(Json::parse(to_json(pass).dump()))->ranges;
  }
  bool saw_all() const {
    return std::all_of(list.records.begin(), list.records.end(), [&](const auto& r) { return seen.contains(r.id); });
  }
};

TEST(WalkPass, reads_dense_ids_with_hardly_more_calls_than_pages) {
  const Table table = orders();
  const Walk walk(table, std::nullopt);
  ListModel list = dense(100'000);
  const PageFacts top = list.answer(walk.largest_key_query());
  Pass pass{walk, list, walk.split(*top.first_key, 4)};

  pass.run();

  EXPECT_EQ(pass.ranges.size(), 4U);
  EXPECT_EQ(pass.seen.size(), 100'000U);
  EXPECT_TRUE(pass.saw_all());
  EXPECT_LE(list.calls, 403);
}

TEST(WalkPass, ranges_hold_every_key_exactly_once) {
  const Table table = orders();
  const Walk walk(table, std::nullopt);
  for (const std::int64_t largest : {1LL, 249LL, 5'000LL, 10'001LL, 23'456LL, 1'000'003LL}) {
    for (const std::size_t limit : {1U, 2U, 3U, 4U, 7U}) {
      std::int64_t next = 1;
      for (const auto& range : walk.split(largest, limit)) {
        const auto& place = std::get<KeysetPlace>(range.place);
        EXPECT_EQ(place.from, next);
        EXPECT_EQ(place.next, next);
        next = place.to.value_or(largest) + 1;
      }
      EXPECT_EQ(next, largest + 1);
    }
  }
}

TEST(WalkPass, a_small_list_is_one_range) {
  const Table table = orders();
  EXPECT_EQ(Walk(table, std::nullopt).split(9'999, 4).size(), 1U);
  EXPECT_EQ(Walk(table, std::nullopt).split(10'000, 4).size(), 2U);
}

TEST(WalkPass, sees_all_when_the_server_gives_less_than_asked) {
  const Table table = orders();
  const Walk walk(table, std::nullopt);
  for (const std::size_t clamp : {10U, 50U, 100U}) {
    for (const std::int64_t count : {0LL, 7LL, 49LL, 50LL, 51LL, 100LL, 1'234LL}) {
      ListModel list = dense(count);
      list.clamp = clamp;
      Pass pass{walk, list, {walk.whole()}};
      pass.run();
      EXPECT_EQ(pass.seen.size(), static_cast<std::size_t>(count)) << "clamp " << clamp;
    }
  }
}

TEST(WalkPass, sees_all_when_the_server_gives_less_than_the_last_time) {
  const Table table = orders();
  const Walk walk(table, std::nullopt);
  ListModel list = dense(1'234);
  list.clamp = 100;
  Pass pass{walk, list, {walk.whole()}, 250};

  pass.run();

  EXPECT_TRUE(pass.saw_all());
}

TEST(WalkPass, sees_what_stays_when_rows_vanish_from_a_keyset) {
  const Table table = orders();
  const Walk walk(table, std::nullopt);
  ListModel list = dense(2'000);
  Pass pass{walk, list, {walk.whole()}};
  pass.before_call = [&](int call) { std::erase_if(list.records, [&](const auto& r) { return r.id <= call * 37; }); };

  pass.run();

  EXPECT_TRUE(pass.saw_all());
}

TEST(WalkPass, sees_rows_that_are_added_during_the_walk) {
  const Table table = orders();
  const Walk walk(table, std::nullopt);
  ListModel list = dense(20'000);
  Pass pass{walk, list, walk.split(20'000, 4)};
  pass.before_call = [&](int call) {
    if (call <= 20) list.records.push_back({20'000 + call, epoch});
  };

  pass.run();

  EXPECT_TRUE(pass.saw_all());
}

TEST(WalkPass, page_numbers_see_rows_that_slid_over_a_page_boundary) {
  const Table table = numbered();
  const Walk walk(table, std::nullopt);
  for (const int gone : {1, 19, 20, 45}) {
    ListModel list = dense(200);
    list.counts = true;
    Pass pass{walk, list, {walk.whole()}};
    pass.before_call = [&](int call) {
      if (call == 5) std::erase_if(list.records, [&](const auto& r) { return r.id <= gone; });
    };
    pass.run();
    EXPECT_TRUE(pass.saw_all()) << gone << " rows gone";
    EXPECT_FALSE(pass.ranges.front().torn);
  }
}

TEST(WalkPass, a_counted_list_ends_without_a_call_too_many) {
  for (const auto& [count, calls] : {std::pair{0, 1}, {1, 1}, {20, 1}, {21, 2}, {400, 20}}) {
    const Table table = numbered();
    const Walk walk(table, std::nullopt);
    ListModel list = dense(count);
    list.counts = true;
    Pass pass{walk, list, {walk.whole()}};
    pass.run();
    EXPECT_EQ(list.calls, calls) << count << " records";
    EXPECT_EQ(pass.seen.size(), static_cast<std::size_t>(count));
  }
}

TEST(WalkPass, follows_cursors_to_an_empty_page) {
  const Table table = cursored();
  const Walk walk(table, std::nullopt);
  ListModel list = dense(95);
  list.names_next = true;
  Pass pass{walk, list, {walk.whole()}};

  pass.run();

  EXPECT_EQ(pass.seen.size(), 95U);
  EXPECT_EQ(list.calls, 6);
}

TEST(WalkPass, a_counted_cursor_list_of_one_page_is_one_call) {
  const Table table = cursored();
  const Walk walk(table, std::nullopt);
  ListModel list = dense(18);
  list.names_next = true;
  list.counts = true;
  Pass pass{walk, list, {walk.whole()}};

  pass.run();

  EXPECT_EQ(list.calls, 1);
}

TEST(WalkPass, follows_changes_through_rows_that_change_again) {
  const Table table = orders();
  const Walk walk(table, epoch);
  ListModel list = dense(3'000);
  Pass pass{walk, list, {walk.changes()}};
  pass.before_call = [&](int call) {
    // Rows that were read move to the end of the list, and the rest slides forward.
    if (call > 8) return;
    for (int i = 0; i < 30; ++i)
      list.records[static_cast<std::size_t>(i * 7 + call)].modified = epoch + hours(24 + call);
  };

  pass.run();

  EXPECT_TRUE(pass.saw_all());
}

TEST(WalkPass, counts_pages_inside_one_second) {
  const Table table = orders();
  const Walk walk(table, epoch);
  ListModel list = dense(100);
  for (std::int64_t id = 101; id <= 1'300; ++id) list.records.push_back({id, epoch + seconds(500)});
  for (std::int64_t id = 1'301; id <= 1'500; ++id) list.records.push_back({id, epoch + seconds(id)});
  Pass pass{walk, list, {walk.changes()}};

  pass.run();

  EXPECT_TRUE(pass.saw_all());
  EXPECT_LE(list.calls, 9);
}

TEST(WalkPass, copes_with_filters_that_look_at_the_day_only) {
  for (const bool is_declared : {true, false}) {
    Table table = orders();
    if (is_declared) table.increment->granularity = days(1);
    const Walk walk(table, epoch + hours(7));
    ListModel list;
    for (std::int64_t id = 1; id <= 6'000; ++id) list.records.push_back({id, epoch + seconds(id * 60)});
    list.filters_by_day = true;
    if (is_declared) list.day_begins = hours(5);
    Pass pass{walk, list, {walk.changes()}};

    pass.run();

    EXPECT_TRUE(std::all_of(list.records.begin(), list.records.end(), [&](const auto& r) {
      return r.modified < epoch + hours(7) || pass.seen.contains(r.id);
    })) << (is_declared ? "declared" : "found out");
    EXPECT_LE(list.calls, 80);
  }
}

TEST(WalkPass, an_increment_without_changes_is_one_call) {
  const Table table = orders();
  const Walk walk(table, epoch + days(30));
  ListModel list = dense(1'000);
  Pass pass{walk, list, {walk.changes()}};

  pass.run();

  EXPECT_EQ(list.calls, 1);
  EXPECT_TRUE(pass.seen.empty());
}

TEST(WalkPass, resumes_from_every_position_without_a_gap) {
  struct Case {
    const char* name;
    Table table;
    bool follows_changes;
    bool counts;
    bool names_next;
  };
  const Case cases[] = {{"keyset", orders(), false, false, false},
                        {"changes", orders(), true, false, false},
                        {"pages", numbered(), false, true, false},
                        {"cursor", cursored(), false, false, true}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Walk walk(c.table, epoch);
    for (int cut = 0; cut < 8; ++cut) {
      ListModel list = dense(c.table.paging.page_size * 6 + 17);
      list.counts = c.counts;
      list.names_next = c.names_next;
      Pass first{walk, list, {c.follows_changes ? walk.changes() : walk.whole()}};
      for (int i = 0; i < cut && first.step(); ++i) first.keep();
      // The process dies here; the pages that it showed are durable, what it remembered is not.
      Pass second{walk, list, first.ranges};
      second.seen = first.seen;
      second.run();
      EXPECT_TRUE(second.saw_all()) << "cut after page " << cut;
    }
  }
}

}  // namespace
}  // namespace sluice
