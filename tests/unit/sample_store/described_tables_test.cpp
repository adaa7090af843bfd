// Tables that are described by data: that all answer, in their forms and manners.

#include "core/error.hpp"
#include "tests/sample_store/described_paths.hpp"
#include "tests/unit/sample_store/store_fixture.hpp"

namespace sluice::sample_store {
namespace {

using DescribedTables = StoreFixture;

Json truth(ServedStore& store, const std::string& query) {
  const HttpRequest request{"GET", "/_control/rows?" + query, {}, ""};
  return Json::parse(store.serve(request, {"127.0.0.1"}).answer.response.body);
}

std::string path_of(const TableDescription& table, const Json& parent) {
  std::string path(table.paths.front());
  for (const auto& [hole, key] : parent.items()) {
    const std::string name = "{" + hole + "}";
    const std::string text = key.is_string() ? key.get<std::string>() : key.dump();
    // Not every parent stands in the path: /v3/settings/catalog?channel_id=1.
    if (const auto place = path.find(name); place != std::string::npos)
      path.replace(place, name.size(), text);
    else
      path += "?" + hole + "=" + text;
  }
  return path;
}

/// The rows of an answer of whatever form.
Json rows_in(const TableDescription& table, const HttpResponse& response) {
  if (response.status == 204) return Json::array();
  Json body = Json::parse(response.body);
  if (const Json& wrap = table.at("wrap"); !wrap.is_null()) body = body.at(wrap.get<std::string>());
  if (body.is_object() && body.contains("data")) body = body["data"];
  return table.is_object() ? Json::array({body}) : body;
}

TEST_F(DescribedTables, all_have_rows_and_answer_at_their_paths_what_the_truth_says) {
  auto scopes = read_only_scopes();
  scopes.emplace_back("store_v2_customers");
  act("options", {{"scopes", scopes}});
  for (const TableDescription& table : described_tables()) {
    const Json known = truth(store, "table=" + std::string(table.name) + "&limit=1");
    ASSERT_FALSE(known["rows"].empty()) << table.name;
    const auto response = get(path_of(table, known["parents"][0]));

    ASSERT_EQ(response.status, 200) << table.name << response.body;
    EXPECT_EQ(rows_in(table, response).at(0), known["rows"][0]) << table.name;
  }
}

TEST_F(DescribedTables, of_the_same_seed_are_the_same) {
  ServedStore same(small_store());
  SampleStoreOptions other_seed = small_store();
  other_seed.seed = 2;
  ServedStore other(other_seed);

  for (const char* table : {"order_transactions", "product_metafields", "price_list_records", "wishlists"}) {
    EXPECT_EQ(store.control().checksum(table), same.control().checksum(table)) << table;
    EXPECT_NE(store.control().checksum(table), other.control().checksum(table)) << table;
  }
}

TEST_F(DescribedTables, have_each_row_once_over_all_pages_and_as_many_as_counted) {
  const Json counts = store.control().counts();
  for (const TableDescription& table : described_tables()) {
    using Answer = TableDescription::Answer;
    if (table.has_rows_by_path() || (table.answer != Answer::v2 && table.answer != Answer::v3)) continue;
    std::set<std::string> unique;
    std::size_t seen = 0;
    for (int page = 1;; ++page) {
      const Json rows =
          rows_in(table, get(std::string(table.paths.front()) + "?limit=40&page=" + std::to_string(page)));
      for (const Json& row : rows) unique.insert(row.dump());
      seen += rows.size();
      if (rows.empty()) break;
    }
    EXPECT_EQ(seen, counts[std::string(table.name)].get<std::size_t>()) << table.name;
    EXPECT_EQ(unique.size(), seen) << table.name;
  }
}

TEST_F(DescribedTables, agree_with_their_orders) {
  for (const Json& order : json("/v2/orders?limit=250")) {
    const std::string path = "/v2/orders/" + std::to_string(order["id"].get<std::int64_t>());
    const auto coupons = get(path + "/coupons");
    const auto addresses = get(path + "/shipping_addresses");
    const auto shipments = get(path + "/shipments");

    EXPECT_EQ(coupons.status, order["coupon_discount"] == "0.0000" ? 204 : 200) << path;
    const auto count = order["shipping_address_count"].get<std::size_t>();
    EXPECT_EQ(addresses.status == 204 ? 0 : Json::parse(addresses.body).size(), count) << path;
    EXPECT_EQ(shipments.status == 200, order["items_shipped"] != 0 && count > 0) << path;
  }
}

TEST_F(DescribedTables, agree_with_what_lists_include) {
  const Json products = json("/v3/catalog/products?include=images,custom_fields,reviews&limit=60")["data"];
  for (const Json& product : products) {
    const std::string path = "/v3/catalog/products/" + product["id"].dump();
    EXPECT_EQ(json(path + "/custom-fields")["data"], product["custom_fields"]);
    const auto images = get(path + "/images");
    EXPECT_EQ(images.status, product["images"].empty() ? 204 : 200);
    if (images.status == 200) EXPECT_EQ(Json::parse(images.body)["data"], product["images"]);
  }
  const Json customer = json("/v3/customers?id:in=3&include=addresses,segment_ids")["data"][0];
  EXPECT_EQ(json("/v3/customers/addresses?customer_id:in=3")["data"], customer["addresses"]);
}

struct Manner {
  const char* path;
  int status;
  const char* text;  // somewhere in the body
};

TEST_F(DescribedTables, answer_with_their_manners) {
  const std::vector<Manner> manners = {
      {"/v2/orders/5/coupons", 404, R"([{"status":404,"message")"},
      {"/v3/catalog/products/1/images", 404, R"({"status":404,"title")"},
      {"/v3/promotions?colour=red", 422, "The filter(s): colour are not valid filter parameter(s)."},
      {"/v3/inventory/items?limit=1000", 200, "\"per_page\":1000"},
      {"/v3/inventory/items?limit=1001", 413, "1000"},
      {"/v3/promotions?limit=251", 413, "250"},
      {"/v3/channels/99/listings", 200, "\"data\":[]"},
      {"/v3/channels/667160/active-theme", 404, "404"},
      {"/v3/channels/1/active-theme", 200, "active_theme_uuid"},
      {"/v3/settings/catalog", 200, "\"meta\":null"},
      {"/v3/orders/payment_actions/refunds", 200, "\"meta\":{}"},
      {"/v3/hooks", 200, "\"total\":3"},
      {"/v3/sites", 200, "\"total_items\":2"},
      {"/v3/customers/settings/channels/1", 200, "allow_global_logins"},
      {"/v3/settings/catalog?channel_id=9", 404, "404"},
      {"/v3/shipping/products/customs-information", 200, "\"total_page\":"},
      {"/v3/promotions/settings", 200, "{\"promotions_triggered"},
      {"/v2/customer_groups", 200, "-"},
      {"/v3/orders/settings/channels/1", 200, "notifications"},
      {"/v3/orders/settings/channels/9", 404, "404"},
      {"/v3/content/pages?id:in=1,2", 200, "\"total\":2"},
      {"/v3/customers/addresses", 200, "\"total_pages\":"},
      {"/v2/countries/80/states", 200, "\"country_id\":80"},
      {"/v3/segments/00000000-0000-0000-0000-000000000000/shopper-profiles", 403, "required scope"},
  };
  for (const Manner& manner : manners) {
    const auto response = get(manner.path);
    EXPECT_EQ(response.status, manner.status) << manner.path << response.body;
    EXPECT_NE(response.body.find(manner.text), std::string::npos) << manner.path << response.body;
  }
  EXPECT_FALSE(json("/v3/customers/addresses")["meta"]["pagination"].contains("links"));
}

TEST_F(DescribedTables, show_some_members_only_when_asked) {
  EXPECT_FALSE(json("/v3/content/pages")["data"][0].contains("body"));
  EXPECT_TRUE(json("/v3/content/pages?include=body")["data"][0].contains("body"));
  EXPECT_TRUE(json("/v3/storefront/redirects?include=to_url")["data"][0].contains("to_url"));
  EXPECT_TRUE(json("/v3/pricelists/1/records?include=sku,bulk_pricing_tiers")["data"][0]["sku"].is_string());
  EXPECT_EQ(names(json("/v3/catalog/products/metafields?include_fields=key")["data"][0]),
            (std::set<std::string>{"id", "key"}));
}

TEST_F(DescribedTables, page_by_cursor_and_by_the_last_id) {
  std::set<std::int64_t> ids;
  Json page = json("/v3/catalog/products/metafields?limit=7");
  const auto total = page["meta"]["pagination"]["total"].get<std::size_t>();
  while (!page["data"].empty()) {
    for (const Json& row : page["data"]) ids.insert(row["id"].get<std::int64_t>());
    const auto end = page["meta"]["cursor_pagination"]["end_cursor"].get<std::string>();
    page = json("/v3/catalog/products/metafields?limit=7&after=" + end);
  }
  EXPECT_EQ(ids.size(), total);

  std::size_t listings = 0;
  Json listed = json("/v3/channels/667160/listings?limit=20");
  const auto expected = listed["meta"]["pagination"]["total"].get<std::size_t>();
  while (!listed["data"].empty()) {
    listings += listed["data"].size();
    listed = json("/v3/channels/667160/listings?limit=20&after=" + listed["data"].back()["listing_id"].dump());
  }
  EXPECT_EQ(listings, expected);
}

TEST_F(DescribedTables, filter_by_dates_inclusively) {
  const Json all = json("/v3/orders/payment_actions/refunds?limit=250")["data"];
  ASSERT_GT(all.size(), 3U);
  const auto created = all[2]["created"].get<std::string>().substr(0, 19) + "Z";
  std::size_t at_least = 0;
  for (const Json& refund : all)
    at_least += refund["created"].get<std::string>().substr(0, 19) >= created.substr(0, 19);

  EXPECT_EQ(json("/v3/orders/payment_actions/refunds?limit=250&created:min=" + created)["data"].size(), at_least);
  const auto order = all[2]["order_id"].dump();
  EXPECT_EQ(json("/v3/orders/payment_actions/refunds?order_id:in=" + order)["data"][0], all[2]);
}

TEST_F(DescribedTables, refuse_more_at_a_time_than_an_endpoint_takes) {
  act("options", {{"latency_ms", 100}, {"quota", 1000}});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(get("/v3/pricelists/1/records").status, 200);

  const auto refused = get("/v3/pricelists/1/records");

  EXPECT_EQ(refused.status, 429);
  EXPECT_FALSE(refused.headers.find("X-Rate-Limit-Requests-Left"));
  EXPECT_EQ(get("/v3/customers").status, 200);
  time += std::chrono::milliseconds(100);
  EXPECT_EQ(get("/v3/pricelists/1/records").status, 200);
}

}  // namespace
}  // namespace sluice::sample_store
