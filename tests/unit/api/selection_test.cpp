#include "api/selection.hpp"
#include "api/problem.hpp"
#include "api/setup.hpp"
#include "tests/integration/api/fake_connector.hpp"

#include <gtest/gtest.h>

namespace sluice::api {
namespace {

const Json denied_customers{
    {"tables", {{{"table", "customers"}, {"access", "denied"}, {"scope", "store_v2_customers"}, {"detail", ""}}}}};

std::string selected(const Json& tables, const Json& facts = nullptr) {
  std::string all;
  try {
    for (const auto& table : resolve_selection(make_catalogue(), {{"tables", tables}}, facts)) {
      all += table.name + "(";
      for (const auto& field : table.fields) all += field + ",";
      all += ") ";
    }
  } catch (const Error& error) {
    return std::string(problem_of(error).code) + " " + error.problems().front().pointer;
  }
  return all;
}

TEST(Selection, takes_names_aliases_and_adds_what_is_required) {
  EXPECT_EQ(selected({{{"name", "sales"}, {"fields", {"total"}}}}), "orders(id,total,date_modified,) ");
  EXPECT_EQ(selected({{{"name", "order_products"}}}), "order_products(id,order_id,sku,) ");
  EXPECT_EQ(selected({{{"name", "brands"}, {"fields", "*"}}}), "brands(id,name,) ");
}

TEST(Selection, knows_what_is_usual_and_readable) {
  EXPECT_EQ(selected("recommended", denied_customers).find("customers"), std::string::npos);
  EXPECT_EQ(selected("recommended").find("brands"), std::string::npos);
  EXPECT_NE(selected("*").find("brands"), std::string::npos);
}

TEST(Selection, refuses_what_cannot_be_fulfilled) {
  EXPECT_EQ(selected({{{"name", "nope"}}}), "unknown_table /tables/0/name");
  EXPECT_EQ(selected({{{"name", "orders"}}, {{"name", "sales"}}}), "duplicate_table /tables/1/name");
  EXPECT_EQ(selected({{{"name", "orders"}, {"fields", {"id", "nope"}}}}), "unknown_field /tables/0/fields/1");
  EXPECT_EQ(selected({{{"name", "customers"}}}, denied_customers), "scope_missing /tables/0");
  EXPECT_EQ(selected(Json::array()), "no_table_selected /tables");
}

TEST(Selection, leaves_room_for_the_longest_table) {
  const Catalogue catalogue = make_catalogue();
  EXPECT_FALSE(check_name_length(std::string(48, 'a'), catalogue, "/name").has_value());
  EXPECT_TRUE(check_name_length(std::string(49, 'a'), catalogue, "/name").has_value());
}

TEST(Setup, says_what_is_next) {
  Integration draft;
  draft.name = "acme";
  EXPECT_FALSE(setup_steps(draft, false)[1].done);
  EXPECT_FALSE(setup_steps(draft, false)[3].done);
  EXPECT_TRUE(setup_steps(draft, true)[3].done);
  draft.account = "a";
  draft.selection = {{"orders", {"id"}}};
  EXPECT_TRUE(setup_steps(draft, true)[1].done && setup_steps(draft, true)[2].done);
  EXPECT_FALSE(setup_steps(draft, true)[4].done);
}

}  // namespace
}  // namespace sluice::api
