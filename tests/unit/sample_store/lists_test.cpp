#include "tests/unit/sample_store/store_fixture.hpp"

#include <algorithm>

namespace sluice::sample_store {
namespace {

using Lists = StoreFixture;

TEST_F(Lists, are_the_same_for_the_same_seed_only) {
  ServedStore same(small_store());
  SampleStoreOptions other_seed = small_store();
  other_seed.seed = 2;
  ServedStore other(other_seed);

  for (const std::string_view table : {"orders", "order_products", "products", "customers", "coupons"}) {
    EXPECT_EQ(store.control().checksum(table), same.control().checksum(table)) << table;
    EXPECT_NE(store.control().checksum(table), other.control().checksum(table)) << table;
  }
}

TEST_F(Lists, contain_each_row_once_and_as_many_as_counted) {
  const Json counts = store.control().counts();
  for (const auto& rule : list_rules()) {
    const auto ids = ids_of_all_pages(std::string(rule.path), 50);
    const std::set<std::int64_t> unique(ids.begin(), ids.end());
    EXPECT_EQ(ids.size(), unique.size()) << rule.path;
    EXPECT_EQ(ids.size(), counts[std::string(rule.table)].get<std::size_t>()) << rule.path;
  }
  std::size_t items = 0;
  for (const auto id : ids_of_all_pages("/v2/orders", 250))
    items += ids_of_all_pages("/v2/orders/" + std::to_string(id) + "/products", 50).size();
  EXPECT_EQ(items, counts["order_products"].get<std::size_t>());
}

TEST_F(Lists, of_v2_end_with_204_without_a_body) {
  const auto past = get("/v2/orders?page=99");
  const auto none = get("/v2/orders?min_id=999999");

  EXPECT_EQ(past.status, 204);
  EXPECT_EQ(past.body, "");
  EXPECT_EQ(none.status, 204);
}

TEST_F(Lists, of_v3_end_with_empty_data_and_no_next_link) {
  const Json first = json("/v3/catalog/products?limit=40");
  const Json last = json("/v3/catalog/products?limit=40&page=2");
  const Json past = json("/v3/catalog/products?limit=40&page=3");
  const Json none = json("/v3/catalog/products?id:greater=999999");

  EXPECT_TRUE(first["meta"]["pagination"]["links"].contains("next"));
  EXPECT_EQ(first["meta"]["pagination"]["total"], 60);
  EXPECT_EQ(last["data"].size(), 20U);
  EXPECT_FALSE(last["meta"]["pagination"]["links"].contains("next"));
  EXPECT_TRUE(past["data"].empty());
  EXPECT_EQ(none["meta"]["pagination"]["total_pages"], 0);
}

TEST_F(Lists, filter_by_id_inclusively) {
  const auto ids = ids_of_all_pages("/v2/orders?min_id=110&max_id=120", 50);
  const Json products = json("/v3/catalog/products?id:greater=80&id:less=84");

  EXPECT_EQ(ids.front(), 110);
  EXPECT_EQ(ids.back(), 120);
  EXPECT_EQ(products["data"].front()["id"], 81);
  EXPECT_EQ(products["data"].back()["id"], 83);
}

TEST_F(Lists, filter_by_date_inclusively_in_both_forms_and_sort_ties_by_id) {
  const Json bulk = json(
      "/v2/"
      "orders?sort=date_modified:asc&limit=250&min_date_modified=2025-05-27T03:25:45Z&max_date_modified=2025-05-27T03:"
      "25:45Z");
  const Json same = json(
      "/v2/"
      "orders?sort=date_modified:asc&limit=250&min_date_modified=Tue,%2027%20May%202025%2003:25:45%20%2B0000&max_date_"
      "modified=2025-05-27T03:25:45Z");

  EXPECT_EQ(bulk.size(), 100U);  // a bulk edit gave all of them one second
  EXPECT_EQ(bulk, same);
  EXPECT_TRUE(std::ranges::is_sorted(bulk, {}, [](const Json& row) { return row["id"].get<std::int64_t>(); }));
  for (const Json& row : bulk) EXPECT_EQ(row["date_modified"], "Tue, 27 May 2025 03:25:45 +0000");
}

TEST_F(Lists, read_a_plus_in_a_query_as_a_space) {
  EXPECT_EQ(get("/v2/orders?min_date_modified=2025-05-27T03:25:45+00:00").status, 400);
  EXPECT_EQ(get("/v2/orders?min_date_modified=2025-05-27T03:25:45%2B00:00").status, 200);
}

TEST_F(Lists, filter_and_sort_by_other_members) {
  const Json shipped = json("/v2/orders?status_id=2&limit=250&sort=customer_id:desc");
  const Json archived = json("/v2/orders?is_deleted=true&limit=250");

  ASSERT_FALSE(shipped.empty());
  for (const Json& order : shipped) EXPECT_EQ(order["status"], "Shipped");
  EXPECT_TRUE(std::ranges::is_sorted(shipped, std::greater<>{},
                                     [](const Json& row) { return row["customer_id"].get<std::int64_t>(); }));
  ASSERT_FALSE(archived.empty());
  for (const Json& order : archived) EXPECT_EQ(order["is_deleted"], true);
}

TEST_F(Lists, of_customers_come_newest_first_and_page_by_cursor) {
  std::vector<std::int64_t> ids;
  Json page = json("/v3/customers?limit=30");
  while (!page["data"].empty()) {
    for (const Json& row : page["data"]) ids.push_back(row["id"]);
    page = json("/v3/customers?limit=30&after=" + page["meta"]["cursor_pagination"]["end_cursor"].get<std::string>());
  }

  EXPECT_EQ(ids.size(), 80U);
  EXPECT_TRUE(std::ranges::is_sorted(ids, std::greater<>{}));
  EXPECT_FALSE(json("/v3/customers?limit=30&page=2")["meta"]["cursor_pagination"].contains("end_cursor"));
}

TEST_F(Lists, go_backwards_by_cursor) {
  const Json second = json("/v3/pricelists?limit=3&after=Mw==");
  const Json first =
      json("/v3/pricelists?limit=3&before=" + second["meta"]["cursor_pagination"]["start_cursor"].get<std::string>());

  EXPECT_EQ(second["data"].front()["id"], 4);
  EXPECT_FALSE(second["meta"].contains("pagination"));
  EXPECT_EQ(first["data"].front()["id"], 1);
  EXPECT_EQ(first["data"].back()["id"], 3);
}

TEST_F(Lists, of_v3_refuse_unknown_parameters_and_v2_ignores_them) {
  const auto refused = get("/v3/customers?foo=1&bar=2");

  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(Json::parse(refused.body)["title"], "The filter(s): foo, bar are not valid filter parameter(s).");
  EXPECT_EQ(get("/v2/orders?foo=1").status, 200);
}

TEST_F(Lists, refuse_bad_values) {
  for (const char* path :
       {"/v2/orders?min_id=x", "/v2/orders?limit=0", "/v2/orders?sort=colour", "/v2/orders?min_date_created=soon"}) {
    EXPECT_EQ(get(path).status, 400) << path;
  }
  for (const char* path : {"/v3/catalog/products?id:min=x", "/v3/customers?page=0", "/v3/customers?include=nothing",
                           "/v3/customers?after=%25"}) {
    EXPECT_EQ(get(path).status, 422) << path;
  }
}

TEST_F(Lists, above_the_maximum_are_refused_or_cut) {
  EXPECT_EQ(get("/v2/orders?limit=251").status, 413);

  act("options", {{"over_limit", "clamp"}, {"max_page_size", 100}});

  EXPECT_EQ(json("/v2/orders?limit=251").size(), 100U);
}

TEST_F(Lists, see_days_only_when_told_so) {
  const std::string path =
      "/v3/customers?date_modified:min=2024-10-10T18:00:00Z&date_modified:max=2024-10-10T18:00:00Z";
  const auto exact = json(path)["data"].size();
  act("modify", {{"table", "customers"}, {"id", 1}, {"set", {{"notes", ""}}}});
  act("options", {{"day_granular_filters", true}});

  const Json today = json("/v3/customers?date_modified:min=2025-10-09T23:00:00Z");

  EXPECT_EQ(exact, 0U);
  EXPECT_EQ(today["data"].size(), 1U);
}

}  // namespace
}  // namespace sluice::sample_store
