#include "connectors/rest/lookup.hpp"

#include "tests/unit/connectors/list_tables.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <string>

namespace sluice {
namespace {

Table by_range() {
  Table table = orders();
  table.key = {"id"};
  table.paging.page_size = 10;
  return table;
}

Table by_list() {
  Table table = numbered();
  table.key = {"id"};
  table.ids_parameter = "id:in";
  return table;
}

std::string text_of(const std::deque<Lookup>& lookups) {
  std::string text;
  for (const Lookup& lookup : lookups) {
    if (!text.empty()) text += ' ';
    if (const auto* place = std::get_if<KeysetPlace>(&lookup.place.place); place != nullptr && place->to)
      text += std::to_string(place->next) + "-" + std::to_string(*place->to);
    for (const auto& [name, value] : lookup.filter) text += name + "=" + value;
  }
  return text;
}

struct Case {
  const char* name;
  Table table;
  std::vector<std::int64_t> keys;
  const char* asks;
};

std::vector<std::int64_t> scattered(std::int64_t count) {
  std::vector<std::int64_t> keys(static_cast<std::size_t>(count));
  std::iota(keys.begin(), keys.end(), 1);
  for (auto& key : keys) key *= 1000;
  return keys;
}

TEST(Lookups, ask_in_as_few_questions_as_the_list_allows) {
  Table no_upper_end = by_range();
  no_upper_end.paging.to_parameter.clear();
  Table other_key = by_range();
  other_key.key = {"number"};
  const std::vector<Case> cases{
      {"nothing is asked for", by_range(), {}, ""},
      {"one key", by_range(), {7}, "7-7"},
      {"keys of one page", by_range(), {7, 3, 12, 3}, "3-12"},
      {"keys of two pages", by_range(), {3, 12, 13, 22, 40}, "3-12 13-22 40-40"},
      {"a filter for keys", by_list(), {9, 2, 9}, "id:in=2,9"},
      {"a list without filters", numbered(), {1}, ""},
      {"a list without an upper end", no_upper_end, {1}, ""},
      {"a list that goes by another field than the key", other_key, {1}, ""},
      {"as many questions as the list is worth", by_range(), scattered(101), ""},
  };

  for (const Case& one : cases) EXPECT_EQ(text_of(plan_lookups(one.table, one.keys)), one.asks) << one.name;
}

TEST(Lookups, ask_for_no_more_keys_than_a_page_holds) {
  Table table = by_list();
  table.paging.page_size = 2;

  EXPECT_EQ(text_of(plan_lookups(table, {1, 2, 3, 4, 5})), "id:in=1,2 id:in=3,4 id:in=5");
}

}  // namespace
}  // namespace sluice
