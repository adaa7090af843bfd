#include "storage/destination/widening.hpp"

#include "core/error.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace sluice {
namespace {

constexpr ColumnType all[] = {ColumnType::bigint,      ColumnType::numeric, ColumnType::text, ColumnType::boolean,
                              ColumnType::timestamptz, ColumnType::date,    ColumnType::jsonb};

TEST(Widening, is_allowed_where_every_value_can_be_kept) {
  std::string allowed;
  for (const ColumnType from : all) {
    for (const ColumnType to : all) {
      if (may_widen(from, to)) allowed += std::string(to_string(from)) + ">" + std::string(to_string(to)) + " ";
    }
  }

  EXPECT_EQ(allowed,
            "bigint>numeric bigint>text bigint>jsonb numeric>text numeric>jsonb text>jsonb boolean>text boolean>jsonb "
            "timestamptz>text timestamptz>jsonb date>text date>timestamptz date>jsonb ");
}

TEST(Widening, never_comes_back) {
  for (const ColumnType from : all) {
    for (const ColumnType to : all) EXPECT_FALSE(may_widen(from, to) && may_widen(to, from)) << to_string(from);
  }
}

TEST(Widening, rewrites_values_whatever_the_session_is_set_to) {
  EXPECT_EQ(widened_value_sql(ColumnType::bigint, ColumnType::numeric, "\"a\""), "\"a\"::numeric");
  EXPECT_EQ(widened_value_sql(ColumnType::date, ColumnType::text, "\"a\""), "to_char(\"a\", 'YYYY-MM-DD')");
  EXPECT_THROW(widened_value_sql(ColumnType::text, ColumnType::bigint, "\"a\""), Error);
}

}  // namespace
}  // namespace sluice
