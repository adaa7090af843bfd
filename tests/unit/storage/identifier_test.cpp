#include "storage/identifier.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

TEST(Identifier, folds_to_lower_case) {
  EXPECT_EQ(Identifier::parse("Acme_Orders_2")->str(), "acme_orders_2");
  EXPECT_EQ(Identifier::parse("_x")->quoted(), "\"_x\"");
}

TEST(Identifier, refuses_what_would_need_quoting) {
  for (const std::string text :
       {"", "1a", "a b", "a-b", "a.b", "a\"b", "x\"; drop table t;--", "näme", "a;", "a\n", "$1", "a'b"}) {
    EXPECT_FALSE(Identifier::parse(text)) << text;
  }
  EXPECT_FALSE(Identifier::parse(std::string("a\0b", 3)));
}

TEST(Identifier, ends_at_63_bytes) {
  EXPECT_TRUE(Identifier::parse(std::string(63, 'a')));
  EXPECT_FALSE(Identifier::parse(std::string(64, 'a')));
}

TEST(Identifier, keeps_reserved_schemas_from_being_destinations) {
  for (const std::string text :
       {"pg_catalog", "pg_temp", "PG_toast", "information_schema", "sluice", "_sluice", "_SLUICE"}) {
    EXPECT_TRUE(Identifier::parse(text)) << text;
    EXPECT_FALSE(Identifier::parse_schema(text)) << text;
  }
  EXPECT_TRUE(Identifier::parse_schema("public"));
}

}  // namespace
}  // namespace sluice
