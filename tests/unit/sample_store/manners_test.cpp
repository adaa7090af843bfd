// Tokens, scopes, quotas, faults, and what /_control changes.

#include "core/error.hpp"
#include "tests/unit/sample_store/store_fixture.hpp"

namespace sluice::sample_store {
namespace {

using Manners = StoreFixture;

HttpResponse ask(ServedStore& store, const std::string& target, const std::string& token) {
  HttpRequest request;
  request.target = target;
  if (!token.empty()) request.headers.add("X-Auth-Token", token);
  return store.serve(request, {"127.0.0.1"}).answer.response;
}

TEST_F(Manners, refuse_wrong_tokens_and_stores) {
  EXPECT_EQ(ask(store, "/stores/sample/v2/time", "").status, 401);
  EXPECT_EQ(ask(store, "/stores/sample/v2/time", "").body, "X-Auth-Token header is required");
  EXPECT_EQ(Json::parse(ask(store, "/stores/sample/v3/customers", "other").body)["status"], 401);
  EXPECT_EQ(ask(store, "/stores/other/v2/time", store.options().access_token).status, 403);
  EXPECT_EQ(get("/v2/nothing").status, 404);
}

TEST_F(Manners, know_two_accounts_when_there_are_two) {
  act("options", {{"other_token", "second"}});

  EXPECT_EQ(ask(store, "/stores/sample/v2/time", "second").status, 200);
  EXPECT_EQ(ask(store, "/stores/sample/v2/time", store.options().access_token).status, 200);

  act("options", {{"other_token", ""}});
  EXPECT_EQ(ask(store, "/stores/sample/v2/time", "second").status, 401);
}

TEST_F(Manners, refuse_an_endpoint_whose_scope_is_missing) {
  act("options", {{"scopes", {"store_v2_orders", "store_v2_information_read_only"}}});

  EXPECT_EQ(get("/v2/orders").status, 200);
  const auto refused = get("/v3/customers");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(Json::parse(refused.body)["title"], "You don't have a required scope to access the endpoint");
}

TEST_F(Manners, keep_a_quota_in_a_fixed_window) {
  EXPECT_FALSE(get("/v2/time").headers.find("X-Rate-Limit-Requests-Left"));
  act("options", {{"quota", 2}, {"window_ms", 30000}});

  EXPECT_EQ(get("/v2/time").headers.find("X-Rate-Limit-Requests-Left"), "1");
  time += std::chrono::seconds(10);
  EXPECT_EQ(get("/v3/customers").headers.find("X-Rate-Limit-Time-Reset-Ms"), "20000");
  const auto refused = get("/v3/customers");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(Json::parse(refused.body)["title"], "Too many requests");
  EXPECT_EQ(refused.headers.find("X-Rate-Limit-Requests-Quota"), "2");
  time += std::chrono::seconds(20);
  EXPECT_EQ(get("/v3/customers").status, 200);
  EXPECT_EQ(store.calls().refused, 1U);
}

TEST_F(Manners, fail_the_calls_that_faults_name) {
  act("faults", Json::parse(R"([{"path_contains":"/orders","nth":2,"kind":"status","status":502},
                                {"path_contains":"/customers","times":1,"kind":"truncate"},
                                {"path_contains":"/pricelists","kind":"reset"}])"));

  EXPECT_EQ(get("/v2/orders").status, 200);
  EXPECT_EQ(get("/v2/orders").status, 502);
  EXPECT_EQ(get("/v2/orders").status, 200);
  EXPECT_THROW(json("/v3/customers"), Json::exception);
  EXPECT_NO_THROW(json("/v3/customers"));
  HttpRequest request;
  request.target = "/stores/sample/v3/pricelists";
  EXPECT_EQ(store.serve(request, {"127.0.0.1"}).answer.fault, HttpAnswer::Fault::reset_before_head);
  EXPECT_EQ(store.calls().faults, 3U);
}

TEST_F(Manners, spoil_the_records_that_poison_names) {
  act("poison", Json::parse(R"([{"kind":"null_value","path_contains":"/brands","member":"name","every":3,"rest":1},
                                {"kind":"equal_key","path_contains":"/coupons","member":"name","every":2}])"));

  const Json first = json("/v3/catalog/brands?limit=50");
  for (const Json& brand : first["data"]) EXPECT_EQ(brand["name"].is_null(), brand["id"].get<int>() % 3 == 1) << brand;
  EXPECT_EQ(json("/v3/catalog/brands?limit=50"), first) << "the same records each time";
  const Json coupons = json("/v2/coupons?limit=4&min_id=2");
  ASSERT_EQ(coupons.size(), 6U);
  EXPECT_EQ(coupons[0]["id"], coupons[1]["id"]);
  EXPECT_EQ(coupons[0]["name"], "an older one");
  EXPECT_NE(coupons[1]["name"], "an older one");
  EXPECT_THROW(act("poison", Json::parse(R"([{"kind":"nul"}])")), Error) << "no member";
  EXPECT_THROW(act("poison", Json::parse(R"([{"kind":"nil","member":"name"}])")), Error);
}

TEST_F(Manners, throttle_without_headers) {
  act("options", {{"quota", 100}});
  act("faults", Json::parse(R"([{"kind":"429_without_headers","times":1}])"));

  const auto throttled = get("/v2/orders");

  EXPECT_EQ(throttled.status, 429);
  EXPECT_FALSE(throttled.headers.find("X-Rate-Limit-Requests-Left"));
}

TEST_F(Manners, change_rows_and_the_time_of_their_last_change) {
  act("modify", {{"table", "orders"}, {"id", 150}, {"set", {{"status_id", 10}, {"staff_notes", "größer"}}}});

  const Json order = json("/v2/orders/150");
  const Json changed = json("/v2/orders?sort=date_modified:desc&limit=1");

  EXPECT_EQ(order["status"], "Completed");
  EXPECT_EQ(order["staff_notes"], "größer");
  EXPECT_EQ(order["date_modified"], "Thu, 09 Oct 2025 08:53:20 +0000");
  EXPECT_EQ(changed[0]["id"], 150);
}

TEST_F(Manners, change_line_items_in_every_form_and_their_order) {
  const Json before = json("/v2/orders/101/products");
  const std::int64_t item = before[0]["id"];

  act("modify", {{"table", "order_products"},
                 {"id", item},
                 {"set", {{"is_refunded", true}, {"wrapping_message", "a longer text"}}}});

  EXPECT_EQ(json("/v2/orders/101/products")[0]["wrapping_message"], "a longer text");
  EXPECT_NO_THROW(json("/v2/orders/101?include=consignments.line_items&consignment_structure=object"));
  EXPECT_EQ(json("/v2/orders/101")["date_modified"], "Thu, 09 Oct 2025 08:53:20 +0000");
}

TEST_F(Manners, add_and_delete_rows) {
  const Json added = act("add", {{"table", "orders"}, {"count", 3}});
  const Json archived = act("delete", {{"table", "orders"}, {"ids", {100}}});
  act("delete", {{"table", "orders"}, {"ids", {101}}, {"hard", true}});
  act("delete", {{"table", "products"}, {"count", 2}});

  const Json counts = store.control().counts();
  EXPECT_EQ(added["added"].size(), 3U);
  EXPECT_EQ(archived["archived"], Json::array({100}));
  EXPECT_EQ(json("/v2/orders/100")["is_deleted"], true);
  EXPECT_EQ(get("/v2/orders/101").status, 404);
  EXPECT_EQ(counts["orders"], 702);
  EXPECT_EQ(counts["products"], 58);
  EXPECT_EQ(ids_of_all_pages("/v3/catalog/variants", 50).size(), counts["product_variants"].get<std::size_t>());
}

TEST_F(Manners, change_many_rows_at_once_and_keep_the_order_of_changes) {
  act("modify", {{"table", "orders"}, {"count", 200}});

  EXPECT_EQ(json("/v2/orders?sort=date_modified:asc&min_date_modified=2025-10-01&limit=250").size(), 200U);
  EXPECT_EQ(ids_of_all_pages("/v2/orders?sort=date_modified:asc", 250).size(), 700U);
}

TEST_F(Manners, can_leave_archived_orders_out_of_lists) {
  const auto archived = json("/v2/orders?is_deleted=true&limit=250").size();
  act("options", {{"lists_archived", false}});

  EXPECT_EQ(ids_of_all_pages("/v2/orders", 250).size(), 700U - archived);
}

TEST_F(Manners, tell_what_is_wrong_with_a_command) {
  HttpRequest request{"POST", "/_control/modify", {}, R"({"table":"oders","count":1})"};
  const auto response = store.serve(request, {"127.0.0.1"}).answer.response;

  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(Json::parse(response.body)["member"], "/table");
  EXPECT_NE(Json::parse(response.body)["detail"].get<std::string>().find("orders"), std::string::npos);
  EXPECT_EQ(store.serve(request, {"192.0.2.1"}).answer.response.status, 403);
  EXPECT_THROW(act("faults", Json::parse(R"([{"kind":"explode"}])")), Error);
  EXPECT_THROW(act("options", {{"qouta", 1}}), Error);
}

TEST_F(Manners, show_the_rows_as_the_lists_do) {
  HttpRequest request{"GET", "/_control/rows?table=products&after=80&limit=2", {}, ""};
  const Json rows = Json::parse(store.serve(request, {"127.0.0.1"}).answer.response.body);

  EXPECT_EQ(rows["rows"], json("/v3/catalog/products?id:greater=80&limit=2")["data"]);
  EXPECT_EQ(rows["next_after"], rows["rows"][1]["id"]);
}

TEST_F(Manners, count_the_calls_by_path) {
  get("/v2/orders/100/products");
  get("/v2/orders/103/products");

  EXPECT_EQ(store.calls().by_path.at("/v2/orders/{id}/products"), 2U);
  act("reset_calls", {});
  EXPECT_EQ(store.calls().total, 0U);
}

TEST_F(Manners, let_the_shop_live_at_its_rate) {
  act("options", {{"live_rate", 60}});

  store.live(std::chrono::seconds(30));

  EXPECT_EQ(store.control().counts()["orders"], 730);
  EXPECT_GE(json("/v2/orders?min_date_modified=2025-10-01&limit=250").size(), 30U);
}

}  // namespace
}  // namespace sluice::sample_store
