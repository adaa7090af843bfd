// What both counts say after a complete pass.

#include "scheduler/row_counts.hpp"

#include <gtest/gtest.h>

namespace sluice {
namespace {

struct Case {
  const char* name;
  RecordTotal source;
  RowCount destination;
  CountVerdict verdict;
};

void PrintTo(const Case& tested, std::ostream* out) { *out << tested.name; }

class RowCountsTest : public testing::TestWithParam<Case> {};

TEST_P(RowCountsTest, says_what_the_counts_mean) {
  const RowCounts counts{GetParam().source, GetParam().destination};

  EXPECT_EQ(to_string(counts.verdict()), to_string(GetParam().verdict));
}

INSTANTIATE_TEST_SUITE_P(
    All, RowCountsTest,
    testing::Values(Case{"as_many", {20, 20}, {20}, CountVerdict::agree},
                    Case{"none", {0, 0}, {0}, CountVerdict::agree},
                    Case{"one_is_missing", {20, 20}, {19}, CountVerdict::differ},
                    Case{"all_are_missing", {20, 20}, {0}, CountVerdict::differ},
                    Case{"one_too_many", {20, 20}, {21}, CountVerdict::differ},
                    Case{"one_put_aside", {20, 20}, {19, 1}, CountVerdict::agree},
                    Case{"one_put_aside_that_was_shown_twice", {20, 20}, {19, 2}, CountVerdict::agree},
                    Case{"fewer_put_aside_than_missing", {20, 20}, {17, 2}, CountVerdict::differ},
                    Case{"put_aside_explains_no_surplus", {20, 20}, {21, 5}, CountVerdict::differ},
                    Case{"nobody_looked_for_gone_ones", {20, 20}, {25, 0, true}, CountVerdict::agree},
                    Case{"gone_ones_explain_nothing_missing", {20, 20}, {19, 0, true}, CountVerdict::differ},
                    Case{"grew_and_within", {20, 25}, {22}, CountVerdict::agree},
                    Case{"grew_and_fewer", {20, 25}, {19}, CountVerdict::moved},
                    Case{"grew_and_more", {20, 25}, {26}, CountVerdict::moved}),
    [](const auto& tested) { return tested.param.name; });

TEST(RowCounts, are_kept_with_their_verdict) {
  EXPECT_EQ(to_json(RowCounts{{20, 21}, {18, 1}}).dump(),
            R"({"verdict":"moved","source_least":20,"source_most":21,"destination":18,"put_aside":1,)"
            R"("may_hold_more":false})");
}

}  // namespace
}  // namespace sluice
