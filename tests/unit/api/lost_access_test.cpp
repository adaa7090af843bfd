#include "api/lost_access.hpp"

#include <gtest/gtest.h>

namespace sluice::api {
namespace {

Json facts(const std::string& orders, const std::string& customers) {
  const auto table = [](const char* name, const std::string& access) {
    Json known{{"table", name}, {"access", access}};
    if (access == "denied") known["scope"] = std::string("read_") + name;
    return known;
  };
  return {{"tables", {table("orders", orders), table("customers", customers)}}};
}

TEST(LostAccess, names_what_was_readable_and_the_scope_it_needs) {
  const std::vector<SelectedTable> selection{{"orders", {"id"}}};

  EXPECT_EQ(lost_access(facts("granted", "granted"), facts("denied", "denied"), selection),
            (std::vector<LostAccess>{{"orders", "read_orders", true}, {"customers", "read_customers", false}}));
}

TEST(LostAccess, is_nothing_that_was_not_there_before) {
  struct Case {
    const char* name;
    Json before;
    Json now;
  };
  const Case cases[] = {
      {"a first login", nullptr, facts("denied", "granted")},
      {"denied before, too", facts("denied", "granted"), facts("denied", "granted")},
      {"not known before", facts("failed", "granted"), facts("denied", "granted")},
      {"not known now", facts("granted", "granted"), facts("failed", "granted")},
      {"facts of an old kind", {{"name", "A store"}}, facts("denied", "granted")},
  };
  for (const Case& each : cases) EXPECT_TRUE(lost_access(each.before, each.now, {}).empty()) << each.name;
}

}  // namespace
}  // namespace sluice::api
