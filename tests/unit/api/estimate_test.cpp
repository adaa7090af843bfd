#include "api/estimate.hpp"

#include <gtest/gtest.h>

namespace sluice::api {
namespace {

Table list(const std::string& name, int page_size) {
  Table table;
  table.name = name;
  table.key = {"id"};
  table.paging.page_size = page_size;
  return table;
}

Table below(const std::string& name, const std::string& parent, ParentLink link) {
  Table table = list(name, 250);
  table.parent = Parent{};
  table.parent->table = parent;
  table.parent->link = link;
  return table;
}

class LoadEstimate : public testing::Test {
 protected:
  Estimate of(const std::vector<std::string>& names) const {
    std::vector<SelectedTable> selection;
    for (const std::string& name : names) selection.push_back({name, {}});
    return estimate_load(catalogue_, selection, facts_);
  }

  Catalogue catalogue_{{list("orders", 250), below("lines", "orders", ParentLink::embedded),
                        below("taxes", "orders", ParentLink::per_parent), list("brands", 50)}};
  Json facts_{
      {"calls_per_minute", 300},
      {"tables", Json::array({{{"table", "orders"}, {"rows", 1'001}}, {{"table", "brands"}, {"rows", nullptr}}})}};
};

TEST_F(LoadEstimate, counts_a_list_once_for_all_that_it_carries) {
  const Estimate estimate = of({"orders", "lines"});

  EXPECT_EQ(estimate.calls, 5);
  EXPECT_EQ(estimate.minutes, 1);
  EXPECT_TRUE(estimate.is_complete);
  EXPECT_EQ(estimate.tables.at(0).rows, 1'001);
  EXPECT_EQ(estimate.tables.at(1).calls, 0);
  EXPECT_EQ(estimate.tables.at(1).rows, std::nullopt);
}

TEST_F(LoadEstimate, counts_a_call_for_each_parent_as_the_most) {
  const Estimate estimate = of({"taxes"});

  EXPECT_EQ(estimate.calls, 5 + 1'001);
  EXPECT_EQ(estimate.minutes, 4);
  EXPECT_FALSE(estimate.is_complete);
}

TEST_F(LoadEstimate, says_what_it_does_not_know) {
  const Estimate estimate = of({"brands"});

  EXPECT_EQ(estimate.tables.at(0).calls, std::nullopt);
  EXPECT_FALSE(estimate.is_complete);
  EXPECT_EQ(show_estimate(estimate)["tables"][0]["rows"], nullptr);
}

TEST_F(LoadEstimate, promises_no_minutes_without_a_quota) {
  facts_.erase("calls_per_minute");

  EXPECT_EQ(of({"orders"}).minutes, std::nullopt);
}

}  // namespace
}  // namespace sluice::api
