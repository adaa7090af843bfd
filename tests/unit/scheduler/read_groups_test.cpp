#include "scheduler/read_groups.hpp"

#include <gtest/gtest.h>

namespace sluice {
namespace {

Table table(const std::string& name, const std::string& embedded_in = {}) {
  Table out;
  out.name = name;
  out.key = {"id"};
  Field id;
  id.name = "id";
  id.type = ColumnType::bigint;
  id.source = {"id"};
  out.fields = {id};
  if (!embedded_in.empty()) {
    out.parent = Parent{};
    out.parent->table = embedded_in;
    out.parent->key_field = "id";
  }
  return out;
}

class ReadGroups : public testing::Test {
 protected:
  Catalogue catalogue{{table("orders"), table("lines", "orders"), table("brands")}};
  const Table* orders = catalogue.find("orders");
  const Table* lines = catalogue.find("lines");
  const Table* brands = catalogue.find("brands");

  std::vector<ReadGroup> grouped(const std::vector<const Table*>& tables, const std::vector<Json>& positions) const {
    return group_reads(catalogue, tables, positions, std::vector<std::optional<DateWindow>>(tables.size()));
  }
};

TEST_F(ReadGroups, keeps_the_place_of_each_table_that_lacks_a_range) {
  const DateWindow window{std::nullopt, Time{} + std::chrono::hours(24)};
  const Json here{{"cursor", "2026-01-01T00:00:00Z"}};
  const Json there{{"cursor", "2026-01-02T00:00:00Z"}};

  EXPECT_EQ(group_reads(catalogue, {orders, lines}, {here, here}, {window, window}).size(), 1U);
  EXPECT_EQ(group_reads(catalogue, {orders, lines}, {here, there}, {window, window}).size(), 2U);
  EXPECT_EQ(group_reads(catalogue, {orders, lines}, {here, here}, {window, std::nullopt}).size(), 2U);
}

TEST_F(ReadGroups, reads_a_list_once_for_all_that_it_carries) {
  const auto groups = grouped({lines, brands, orders}, {nullptr, nullptr, nullptr});

  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].carrier, orders);
  EXPECT_EQ(groups[0].tables, (std::vector<std::size_t>{2, 0}));
  EXPECT_EQ(groups[1].tables, (std::vector<std::size_t>{1}));
}

TEST_F(ReadGroups, reads_an_embedded_table_alone_through_its_carrier) {
  const auto groups = grouped({lines}, {nullptr});

  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].carrier, orders);
}

TEST_F(ReadGroups, keeps_a_first_load_apart_from_increments) {
  const Json finished{{"cursor", "2026-01-01T00:00:00Z"}};

  const auto groups = grouped({orders, lines}, {finished, nullptr});

  ASSERT_EQ(groups.size(), 2U);
}

TEST_F(ReadGroups, keeps_passes_under_way_apart_when_they_stand_elsewhere) {
  const Json here{{"ranges", {1}}};
  const Json there{{"ranges", {2}}};

  EXPECT_EQ(grouped({orders, lines}, {here, there}).size(), 2U);
  EXPECT_EQ(grouped({orders, lines}, {here, here}).size(), 1U);
}

TEST_F(ReadGroups, joins_increments_from_the_earliest_cursor) {
  const Json later{{"cursor", "2026-02-01T00:00:00Z"}};
  const Json earlier{{"cursor", "2026-01-01T00:00:00Z"}};

  for (const auto& positions : {std::vector<Json>{later, earlier}, std::vector<Json>{earlier, later}}) {
    const auto groups = grouped({orders, lines}, positions);
    ASSERT_EQ(groups.size(), 1U);
    EXPECT_EQ(groups[0].position, earlier);
  }
}

TEST_F(ReadGroups, knows_the_earliest_cursor_by_its_time_and_not_by_its_text) {
  const Json later{{"cursor", "2026-01-01T00:01:16.5Z"}};
  const Json earlier{{"cursor", "2026-01-01T00:01:16Z"}};

  for (const auto& positions : {std::vector<Json>{later, earlier}, std::vector<Json>{earlier, later}}) {
    EXPECT_EQ(grouped({orders, lines}, positions).at(0).position, earlier);
  }
}

}  // namespace
}  // namespace sluice
