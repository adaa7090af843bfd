#include "connectors/rest/walk.hpp"

#include "core/error.hpp"
#include "tests/unit/connectors/list_tables.hpp"

#include <gtest/gtest.h>

namespace sluice {
namespace {

std::string text_of(const QueryParameters& query) {
  std::string out;
  for (const auto& [name, value] : query) out += (out.empty() ? "" : "&") + name + "=" + value;
  return out;
}

PageFacts page_of(std::size_t records, std::int64_t first, std::int64_t last) {
  PageFacts page;
  page.records = records;
  page.first_key = first;
  page.last_key = last;
  return page;
}

TEST(Walk, asks_for_the_first_page_of_keys_without_a_lower_end) {
  const Table table = orders();
  const Walk walk(table, std::nullopt);

  EXPECT_EQ(text_of(walk.query(walk.whole())), "sort=id:asc&limit=250");
}

TEST(Walk, asks_for_the_next_keys_inclusively) {
  const Table table = orders();
  const Walk walk(table, std::nullopt);

  EXPECT_EQ(text_of(walk.query({KeysetPlace{1, 500, 251}})), "min_id=251&max_id=500&sort=id:asc&limit=250");
}

TEST(Walk, filters_what_is_counted_as_what_is_read) {
  const Table table = orders();
  const std::string since = "min_date_modified=2026-06-01T00:00:00Z";

  EXPECT_EQ(text_of(Walk(table, std::nullopt).filter({WholePlace{}})), "");
  EXPECT_EQ(text_of(Walk(table, epoch).filter({KeysetPlace{1, 500, 251}})), "min_id=251&max_id=500&" + since);
  EXPECT_EQ(text_of(Walk(table, epoch).filter({NumberedPlace{}})), since);
  EXPECT_EQ(text_of(Walk(table, std::nullopt).filter({TimePlace{epoch}})), since);
}

TEST(Walk, asks_for_the_next_keys_exclusively) {
  Table table = orders();
  table.paging.from_parameter = "id:greater";
  table.paging.from_is_inclusive = false;
  const Walk walk(table, std::nullopt);

  EXPECT_EQ(text_of(walk.query({KeysetPlace{1, std::nullopt, 251}})), "id:greater=250&sort=id:asc&limit=250");
}

TEST(Walk, a_first_load_honours_the_start_date) {
  const Table table = orders();
  const Walk walk(table, epoch);

  EXPECT_EQ(text_of(walk.query(walk.whole())), "sort=id:asc&limit=250&min_date_modified=2026-06-01T00:00:00Z");
  EXPECT_EQ(text_of(walk.largest_key_query()), "sort=id:desc&limit=1&min_date_modified=2026-06-01T00:00:00Z");
}

TEST(Walk, a_window_has_an_end) {
  Table table = orders();
  table.increment->max_parameter = "max_date_modified";
  const Walk walk(table, epoch, epoch + std::chrono::hours(24));
  const std::string window = "min_date_modified=2026-06-01T00:00:00Z&max_date_modified=2026-06-02T00:00:00Z";

  EXPECT_EQ(text_of(walk.query(walk.whole())), "sort=id:asc&limit=250&" + window);
  EXPECT_EQ(text_of(walk.largest_key_query()), "sort=id:desc&limit=1&" + window);
  EXPECT_EQ(text_of(walk.query(walk.changes())).substr(0, window.size()), window);

  // A filter that knows only days may have other days than we.
  table.increment->granularity = std::chrono::hours(24);
  EXPECT_NE(text_of(walk.query(walk.whole())).find("max_date_modified=2026-06-03T00:00:00Z"), std::string::npos);
}

TEST(Walk, a_table_without_increments_has_no_start_date) {
  const Table table = numbered();
  const Walk walk(table, epoch);

  EXPECT_EQ(text_of(walk.query(walk.whole())), "page=1&limit=20");
}

TEST(Walk, writes_dates_in_the_form_that_the_filter_wants) {
  Table table = orders();
  const std::pair<DateForm, std::string> forms[] = {{DateForm::iso8601, "2026-06-01T00:00:00Z"},
                                                    {DateForm::rfc2822, "Mon, 01 Jun 2026 00:00:00 +0000"},
                                                    {DateForm::unix_seconds, "1780272000"}};
  for (const auto& [form, text] : forms) {
    table.increment->form = form;
    const Walk walk(table, epoch + std::chrono::microseconds(500'000));

    EXPECT_EQ(text_of(walk.query(walk.changes())),
              "min_date_modified=" + text + "&sort=date_modified:asc&page=1&limit=250");
  }
}

TEST(Walk, goes_on_behind_the_last_key) {
  const Table table = orders();
  const Walk walk(table, std::nullopt);

  const auto next = walk.advance(walk.whole(), page_of(250, 3, 777), 0);

  EXPECT_EQ(to_json(next).dump(), R"({"walk":"keyset","from":1,"next":778,"done":false,"shown":250})");
}

TEST(Walk, knows_the_last_page_of_a_list_that_says_nothing) {
  struct Case {
    const char* name;
    std::size_t records;
    std::size_t largest_page;
    bool is_last;
  };
  const Case cases[] = {
      {"a full page", 250, 250, false},
      {"a shorter page than one before", 123, 250, true},
      {"a first page that is short may have been cut by the server", 123, 0, false},
      {"as long as the longest so far: the server cuts", 100, 100, false},
      {"a round number may be a new limit of the server", 50, 250, false},
      {"a handful", 9, 0, true},
      {"nothing", 0, 0, true},
  };
  const Table table = orders();
  const Walk walk(table, std::nullopt);
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(walk.advance(walk.whole(), page_of(c.records, 1, 1'000), c.largest_page).done, c.is_last);
  }
}

TEST(Walk, a_range_ends_with_its_last_key) {
  const Table table = orders();
  const Walk walk(table, std::nullopt);

  EXPECT_TRUE(walk.advance({KeysetPlace{1, 500, 251}}, page_of(250, 251, 500), 250).done);
  EXPECT_FALSE(walk.advance({KeysetPlace{1, 500, 251}}, page_of(250, 251, 499), 250).done);
}

TEST(Walk, refuses_a_list_that_ignores_what_it_was_asked) {
  const Table table = orders();
  const Walk walk(table, std::nullopt);
  const RangePosition at{KeysetPlace{1, std::nullopt, 251}};

  EXPECT_THROW(walk.advance(at, page_of(250, 1, 250), 250), Error) << "the lower end is ignored";
  EXPECT_THROW(walk.advance(at, page_of(250, 900, 651), 250), Error) << "the list descends";
}

TEST(Walk, a_named_next_page_that_is_the_same_is_refused) {
  const Table table = cursored();
  const Walk walk(table, std::nullopt);
  PageFacts page = page_of(20, 1, 20);
  page.next_cursor = "abc";

  EXPECT_THROW(walk.advance({CursorPlace{"abc"}}, page, 20), Error);
}

TEST(Walk, counts_pages_when_the_first_one_names_no_next) {
  const Table table = cursored();
  const Walk walk(table, std::nullopt);
  PageFacts page = page_of(20, 1, 20);
  page.total = 45;
  page.total_pages = 3;

  const auto next = walk.advance(walk.whole(), page, 0);

  EXPECT_EQ(to_json(next).dump(), R"({"walk":"pages","page":2,"total":45,"done":false,"shown":20})");
}

TEST(Walk, steps_back_when_the_total_moves) {
  const Table table = numbered();
  const Walk walk(table, std::nullopt);
  PageFacts page = page_of(20, 1, 20);
  page.total = 55;
  page.total_pages = 3;
  const RangePosition at{NumberedPlace{5, 100, 0}, false, false, 80};

  const auto next = walk.advance(at, page, 20);

  EXPECT_EQ(to_json(next).dump(), R"({"walk":"pages","page":2,"total":55,"steps_back":1,"done":false,"shown":20})")
      << "pages 2 to 5 are shown again";
}

TEST(Walk, a_list_that_never_rests_is_walked_to_its_end_but_not_complete) {
  const Table table = numbered();
  const Walk walk(table, std::nullopt);
  PageFacts page = page_of(20, 1, 20);
  RangePosition at{NumberedPlace{5, 100, 25}};
  page.total = 99;
  page.total_pages = 6;

  at = walk.advance(at, page, 20);

  EXPECT_TRUE(at.torn);
  EXPECT_EQ(describe(at), "page 6");
}

}  // namespace
}  // namespace sluice
