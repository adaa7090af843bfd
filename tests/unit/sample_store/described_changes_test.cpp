// What /_control does to rows of described tables.

#include "core/error.hpp"
#include "tests/sample_store/table_description.hpp"
#include "tests/unit/sample_store/store_fixture.hpp"

#include <algorithm>

namespace sluice::sample_store {
namespace {

using DescribedChanges = StoreFixture;

constexpr const char* now_text = "Thu, 09 Oct 2025 08:53:20 +0000";

Json truth(ServedStore& store, const std::string& query) {
  const HttpRequest request{"GET", "/_control/rows?" + query, {}, ""};
  return Json::parse(store.serve(request, {"127.0.0.1"}).answer.response.body);
}

TEST(DescribedChangesOfEveryTable, add_modify_and_delete_rows) {
  SampleStoreOptions options = small_store();
  options.orders = 150;
  ServedStore store(options);
  const auto act = [&](std::string_view action, const Json& body) {
    return store.control().act(action, body, 1'760'000'000);
  };
  for (const TableDescription& table : described_tables()) {
    const std::string name(table.name);
    const auto count = [&] { return truth(store, "table=" + name + "&limit=1000000")["rows"].size(); };
    const auto before = count();
    if (!table.view_of.empty()) continue;
    EXPECT_NO_THROW(act("modify", {{"table", name}, {"count", 1}})) << name;
    if (table.is_object() && table.parent.empty()) {
      EXPECT_THROW(act("add", {{"table", name}}), Error) << name;
      continue;
    }
    Json body{{"table", name}};
    // Rows of these say which other row they are about.
    if (const Json& member = table.at("element_member"); !member.is_null())
      body["set"] = {{member.get<std::string>(), 424242}};
    if (name == "order_consignments" || name == "customer_consent" || table.is_object()) continue;
    EXPECT_NO_THROW(act("add", body)) << name;
    EXPECT_EQ(count(), before + 1) << name;
    EXPECT_NO_THROW(act("delete", {{"table", name}, {"count", 1}})) << name;
    EXPECT_EQ(count(), before) << name;
  }
}

TEST_F(DescribedChanges, of_children_touch_their_parent_only_where_documented) {
  const std::string order = json("/v2/orders/101")["date_modified"];
  const std::string customer = json("/v3/customers?id:in=3")["data"][0]["date_modified"];
  const Json product = json("/v3/catalog/products?id=80")["data"][0];

  act("add", {{"table", "order_messages"}, {"parent", 101}});
  act("add", {{"table", "order_transactions"}, {"parent", 101}});
  act("add", {{"table", "order_refunds"}, {"parent", 101}});
  act("add", {{"table", "customer_addresses"}, {"parent", 3}});
  act("add", {{"table", "product_custom_fields"}, {"parent", 80}});

  EXPECT_EQ(json("/v2/orders/101")["date_modified"], order);
  EXPECT_EQ(json("/v3/customers?id:in=3")["data"][0]["date_modified"], customer);
  EXPECT_EQ(json("/v3/catalog/products?id=80")["data"][0]["date_modified"], product["date_modified"]);

  act("add", {{"table", "order_fees"}, {"parent", 101}});
  act("add", {{"table", "product_images"}, {"parent", 80}});

  EXPECT_EQ(json("/v2/orders/101")["date_modified"], now_text);
  EXPECT_NE(json("/v3/catalog/products?id=80")["data"][0]["date_modified"], product["date_modified"]);
}

TEST_F(DescribedChanges, appear_in_the_list_and_in_the_include) {
  const Json added = act("add", {{"table", "customer_addresses"}, {"parent", 3}, {"set", {{"city", "Görlitz"}}}});
  const Json customer = json("/v3/customers?id:in=3&include=addresses")["data"][0];

  EXPECT_EQ(customer["addresses"].back()["city"], "Görlitz");
  EXPECT_EQ(customer["addresses"].back()["customer_id"], 3);
  EXPECT_EQ(customer["addresses"].back()["id"], added["added"][0]);
  EXPECT_EQ(customer["address_count"], customer["addresses"].size());
  EXPECT_EQ(json("/v3/customers/addresses?customer_id:in=3")["data"], customer["addresses"]);

  act("delete", {{"table", "customer_addresses"}, {"parent", 3}, {"id", added["added"][0]}});
  EXPECT_EQ(json("/v3/customers/addresses?customer_id:in=3")["data"].size(), customer["addresses"].size() - 1);
}

TEST_F(DescribedChanges, date_the_rows_that_carry_a_date) {
  const Json before = json("/v3/catalog/products/metafields?limit=1")["data"][0];
  act("modify", {{"table", "product_metafields"}, {"id", before["id"]}, {"set", {{"value", "new"}}}});

  const Json changed = json("/v3/catalog/products/metafields?date_modified:min=2025-10-01T00:00:00Z")["data"];

  ASSERT_EQ(changed.size(), 1U);
  EXPECT_EQ(changed[0]["value"], "new");
  EXPECT_EQ(changed[0]["date_created"], before["date_created"]);
  EXPECT_EQ(changed[0]["key"], before["key"]);
}

TEST_F(DescribedChanges, name_rows_by_keys_of_several_members) {
  const Json record = json("/v3/pricelists/2/records?limit=1")["data"][0];
  const Json key = {record["price_list_id"], record["variant_id"], record["currency"]};

  act("modify", {{"table", "price_list_records"}, {"key", key}, {"set", {{"price", 9.99}}}});
  EXPECT_EQ(json("/v3/pricelists/2/records?limit=1")["data"][0]["price"], 9.99);

  act("delete", {{"table", "price_list_records"}, {"keys", {key}}});
  EXPECT_NE(json("/v3/pricelists/2/records?limit=1")["data"][0], record);
}

TEST_F(DescribedChanges, of_parents_take_their_children_along) {
  const Json metafields = truth(store, "table=product_metafields&limit=100000")["rows"];
  const auto product = metafields[0]["resource_id"];
  act("delete", {{"table", "products"}, {"id", product}});

  EXPECT_EQ(get("/v3/catalog/products/" + product.dump() + "/images").status, 404);
  for (const char* table : {"product_metafields", "price_list_records", "product_category_assignments"}) {
    const Json rows = truth(store, "table=" + std::string(table) + "&limit=100000")["rows"];
    const char* owner = std::string_view(table) == "product_metafields" ? "resource_id" : "product_id";
    EXPECT_FALSE(rows.empty()) << table;
    for (const Json& row : rows) EXPECT_NE(row[owner], product) << table;
  }
}

TEST_F(DescribedChanges, of_assignments_change_the_product) {
  act("add", {{"table", "product_category_assignments"}, {"parent", 80}, {"set", {{"category_id", 30}}}});

  const Json categories = json("/v3/catalog/products?id=80")["data"][0]["categories"];
  EXPECT_NE(std::ranges::find(categories, Json(30)), categories.end());
}

TEST_F(DescribedChanges, of_an_order_that_is_refunded_bring_a_refund_dated_now) {
  const Json orders = json("/v2/orders?status_id=10&limit=1");
  act("modify", {{"table", "orders"}, {"id", orders[0]["id"]}, {"set", {{"status_id", 4}}}});

  const Json refunds = json("/v3/orders/payment_actions/refunds?created:min=2025-10-09T08:53:20Z")["data"];

  ASSERT_EQ(refunds.size(), 1U);
  EXPECT_EQ(refunds[0]["order_id"], orders[0]["id"]);
  act("modify", {{"table", "orders"}, {"id", orders[0]["id"]}, {"set", {{"status_id", 10}}}});
  EXPECT_EQ(json("/v3/orders/payment_actions/refunds?created:min=2025-10-09T08:53:20Z")["data"], refunds);
}

TEST_F(DescribedChanges, of_views_change_the_table_itself) {
  act("modify", {{"table", "customers_v2"}, {"id", 3}, {"set", {{"notes", "neu"}}}});

  EXPECT_EQ(json("/v3/customers?id:in=3")["data"][0]["notes"], "neu");
  EXPECT_EQ(json("/v2/customers?min_id=3&max_id=3")[0]["notes"], "neu");
}

TEST_F(DescribedChanges, tell_the_parents_of_rows_that_do_not_name_them) {
  const Json known = truth(store, "table=product_option_values&limit=1");

  EXPECT_EQ(names(known["parents"][0]), (std::set<std::string>{"option_id", "product_id"}));
  EXPECT_FALSE(known["next_after"].is_null());
}

TEST_F(DescribedChanges, are_refused_with_a_reason) {
  EXPECT_THROW(act("add", {{"table", "order_messages"}, {"parent", 5}}), Error);
  EXPECT_THROW(act("delete", {{"table", "wishlists"}, {"id", 424242}}), Error);
  EXPECT_THROW(act("modify", {{"table", "wishlists"}}), Error);
  EXPECT_THROW(act("delete", {{"table", "tax_settings"}}), Error);
}

}  // namespace
}  // namespace sluice::sample_store
