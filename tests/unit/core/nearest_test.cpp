#include "core/nearest.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice {
namespace {

const std::vector<std::string> tables{"orders", "order_products", "products", "product_variants", "customers"};

TEST(Nearest, finds_the_name_that_was_meant) {
  struct Case {
    const char* name;
    const char* typed;
    const char* meant;
  };
  constexpr Case cases[] = {
      {"a letter missing", "order", "orders"},
      {"a letter too many", "prodducts", "products"},
      {"a letter replaced", "custamers", "customers"},
      {"neighbours swapped", "rpoducts", "products"},
      {"upper case", "ORDERS", "orders"},
      {"a dash for an underscore", "order-products", "order_products"},
      {"the name itself", "products", "products"},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(item.name);

    EXPECT_EQ(nearest(item.typed, tables), item.meant);
  }
}

TEST(Nearest, stays_silent_when_it_would_be_guessing) {
  struct Case {
    const char* name;
    std::string typed;
  };
  const Case cases[] = {
      {"another word", "invoices"},
      {"nothing", ""},
      {"one letter", "x"},
      {"half of it", "prod"},
      {"longer than any name", std::string(100'000, 'o')},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(item.name);

    EXPECT_EQ(nearest(item.typed, tables), std::nullopt);
  }
}

TEST(Nearest, prefers_the_smallest_distance_then_the_first) {
  const std::vector<std::string> known{"abcdeg", "abcdef", "abcdef"};

  EXPECT_EQ(nearest("abcdef", known), "abcdef");
  EXPECT_EQ(nearest("abcdex", known), "abcdeg");
}

TEST(Nearest, asks_in_a_sentence_or_not_at_all) {
  EXPECT_EQ(did_you_mean("oders", tables), " (did you mean \"orders\"?)");
  EXPECT_EQ(did_you_mean("weather", tables), "");
  EXPECT_EQ(did_you_mean("orders", {}), "");
}

}  // namespace
}  // namespace sluice
