#include "connectors/rest/credibility.hpp"

#include <gtest/gtest.h>

namespace sluice {
namespace {

struct Case {
  const char* name;
  PageFacts page;
  std::optional<int> asked;
  Stake stake;
  bool has_lied;
  int wanted;
};

PageFacts counted(std::size_t records, std::int64_t total, std::optional<std::int64_t> pages = {}) {
  PageFacts facts;
  facts.records = records;
  facts.total = total;
  facts.total_pages = pages;
  return facts;
}
PageFacts uncounted(std::size_t records) {
  PageFacts facts;
  facts.records = records;
  return facts;
}

class EmptyAnswers : public testing::TestWithParam<Case> {};

TEST_P(EmptyAnswers, are_believed_by_what_speaks_for_them) {
  const Case& tested = GetParam();

  EXPECT_EQ(confirmations_wanted(tested.page, tested.asked, tested.stake, {tested.has_lied}), tested.wanted);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, EmptyAnswers,
    testing::Values(Case{"records_speak_for_themselves", uncounted(3), 1, Stake::much, true, 0},
                    Case{"a_list_that_counts_none", counted(0, 0, 0), 1, Stake::much, false, 0},
                    Case{"a_list_that_counts_none_of_a_liar", counted(0, 0, 0), 1, Stake::much, true, 0},
                    Case{"the_page_behind_the_last", counted(0, 500, 2), 3, Stake::some, false, 0},
                    Case{"a_page_that_there_should_be", counted(0, 500, 2), 2, Stake::some, false, 6},
                    Case{"a_first_page_of_what_is_counted", counted(0, 500), 1, Stake::none, false, 6},
                    Case{"a_page_by_cursor_of_what_is_counted", counted(0, 500, 2), {}, Stake::some, false, 1},
                    Case{"an_end_without_a_count", uncounted(0), 4, Stake::some, false, 1},
                    Case{"an_end_of_much_without_a_count", uncounted(0), 4, Stake::much, false, 2},
                    Case{"an_end_of_a_liar_without_a_count", uncounted(0), 4, Stake::some, true, 6},
                    Case{"an_end_before_what_was_counted", uncounted(0), 2, Stake::refuted, false, 6},
                    Case{"an_end_that_counts_none_any_more", counted(0, 0, 0), 2, Stake::refuted, false, 0},
                    Case{"nothing_below_a_parent", uncounted(0), 1, Stake::none, false, 0},
                    Case{"nothing_below_a_parent_of_a_liar", uncounted(0), 1, Stake::none, true, 1}),
    [](const auto& tested) { return tested.param.name; });

TEST(ExpectedRecords, are_known_by_what_the_list_counted_before) {
  EXPECT_TRUE(should_have_records({NumberedPlace{2, 15, 0}}, 10));
  EXPECT_TRUE(should_have_records({NumberedPlace{2, 11, 0}}, 10));
  EXPECT_FALSE(should_have_records({NumberedPlace{2, 10, 0}}, 10));
  EXPECT_FALSE(should_have_records({NumberedPlace{1, 0, 0}}, 0)) << "it is empty";
  EXPECT_TRUE(should_have_records({NumberedPlace{3, 25, 0}}, 10)) << "pages smaller than was asked for";
  EXPECT_FALSE(should_have_records({NumberedPlace{2, {}, 0}}, 10)) << "it counted nothing";
  EXPECT_FALSE(should_have_records({KeysetPlace{}}, 10));
}

TEST(NumberedPage, is_what_a_count_of_pages_can_be_held_against) {
  EXPECT_EQ(numbered_page({NumberedPlace{7, {}, 0}}), 7);
  EXPECT_EQ(numbered_page({TimePlace{{}, 2, {}}}), 2);
  EXPECT_EQ(numbered_page({KeysetPlace{}}), 1);
  EXPECT_EQ(numbered_page({CursorPlace{}}), 1);
  EXPECT_EQ(numbered_page({CursorPlace{"next"}}), std::nullopt);
}

}  // namespace
}  // namespace sluice
