// The files in connectors/bigcommerce/tables: that all of them load, and what must not be lost when they are edited.
#include "connectors/bigcommerce/bigcommerce_tables.hpp"
#include "tests/unit/connectors/decoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

const Table& table(std::string_view name) { return *bigcommerce_tables().find(name); }

/// The columns of one decoded record by their names.
std::map<std::string, std::string> record(std::string_view name, const std::string& body) {
  const Lane lane = whole(table(name));
  const DecodedPage page = PageDecoder(table(name), {lane}).decode(body);
  for (const Reject& reject : page.batches.at(0).rejects) ADD_FAILURE() << reject.field << " " << reject.reason;
  const auto rows = rows_of(page.batches.at(0), lane);
  std::map<std::string, std::string> out;
  if (rows.size() != 1) return out;
  std::string_view rest = rows.front();
  for (const Field* field : lane.fields) {
    out[field->name] = rest.substr(0, rest.find(" | "));
    rest.remove_prefix(std::min(rest.size(), out[field->name].size() + 3));
  }
  return out;
}

TEST(BigCommerceTables, are_all_that_can_be_listed) {
  EXPECT_EQ(bigcommerce_tables().names().size(), 120U);
  for (const char* looked_up_only : {"carts", "checkouts", "abandoned_carts", "accepted_payment_methods"})
    EXPECT_EQ(bigcommerce_tables().find(looked_up_only), nullptr) << looked_up_only;
  EXPECT_EQ(bigcommerce_tables().find("products_with_options"), nullptr) << "a list, no table";
  EXPECT_NE(bigcommerce_tables().find("store_currencies"), nullptr) << "an alias";
}

TEST(BigCommerceTables, mark_personal_data) {
  for (const Table& it : bigcommerce_tables().tables()) {
    for (const Field& field : it.fields) {
      const bool is_personal = field.name.ends_with("first_name") || field.name.ends_with("last_name") ||
                               field.name.ends_with("phone") || field.name.ends_with("_email") ||
                               field.name == "email" || field.name.find("ip_address") != std::string::npos ||
                               (field.name.find("street") != std::string::npos && !field.name.ends_with("_match")) ||
                               field.name == "addresses";
      if (is_personal) EXPECT_TRUE(field.sensitive) << it.name << "." << field.name;
    }
  }
}

TEST(BigCommerceTables, walk_large_lists_by_key_or_cursor) {
  for (const char* name : {"orders", "products", "coupons", "banners"})
    EXPECT_EQ(table(name).paging.kind, PagingKind::keyset) << name;
  for (const char* name : {"customers", "price_lists"}) EXPECT_EQ(table(name).paging.kind, PagingKind::cursor) << name;
  EXPECT_FALSE(table("products").paging.from_is_inclusive);
  for (const char* name : {"orders", "products", "customers", "subscribers", "price_lists"})
    EXPECT_TRUE(table(name).increment) << name;
}

TEST(BigCommerceTables, read_an_order) {
  auto order =
      record("orders",
             R"([{"id": 100, "customer_id": 20, "date_created": "Wed, 10 Jan 2018 21:05:30 +0000", "date_shipped": "",
      "subtotal_ex_tax": "336.3200", "currency_exchange_rate": "1.0000000000", "items_total": 17, "is_deleted": false, "payment_provider_id": 12,
      "billing_address": {"first_name": "Jane", "city": "Austin", "form_fields": [{"name": "a", "value": 1}]}, "credit_card_type": null,
      "products": {"url": "https://x/100/products", "resource": "/orders/100/products"}, "ebay_order_id": "0"}])");

  EXPECT_EQ(order["id"], "100");
  EXPECT_EQ(order["date_created"], "2018-01-10T21:05:30Z");
  EXPECT_EQ(order["date_shipped"], "null");
  EXPECT_EQ(order["subtotal_ex_tax"], "336.3200");
  EXPECT_EQ(order["currency_exchange_rate"], "1.0000000000");
  EXPECT_EQ(order["payment_provider_id"], "12");
  EXPECT_EQ(order["billing_address_city"], "Austin");
  EXPECT_EQ(order["billing_address_form_fields"], R"([{"name": "a", "value": 1}])");
  EXPECT_THAT(order["products"], HasSubstr("/orders/100/products"));
  EXPECT_EQ(order["is_deleted"], "false");
}

TEST(BigCommerceTables, find_line_items_in_all_kinds_of_consignments) {
  const Lane lane = whole(table("order_products"));
  const DecodedPage page = PageDecoder(table("orders"), {lane}).decode(R"([{"id": 7, "consignments": {
      "pickups": [{"id": 1, "line_items": [{"id": 3, "quantity": 1}]}],
      "shipping": [{"id": 1, "line_items": [{"id": 1}, {"id": 2, "weight": 1.5, "event_date": "2026-01-02"}]}],
      "downloads": [{"recipient_email": "a@b", "line_items": [{"id": 4}]}],
      "email": {"gift_certificates": [{"line_items": [{"id": 5}]}]}}}, {"id": 8, "consignments": {"shipping": [], "email": []}}])");

  std::vector<std::string> starts;
  for (const std::string& row : rows_of(page.batches.at(0), lane)) starts.push_back(row.substr(0, 5));
  EXPECT_THAT(starts, UnorderedElementsAre("1 | 7", "2 | 7", "3 | 7", "4 | 7", "5 | 7"));
  EXPECT_THAT(page.batches.at(0).rejects, IsEmpty());
  EXPECT_THAT(page.batches.at(0).parents, ElementsAre(7, 8));
}

TEST(BigCommerceTables, read_the_oddities_of_the_older_api) {
  auto banner = record(
      "banners",
      R"([{"id": 1, "name": "B", "date_created": "1522169082", "date_from": "0", "date_to": "0", "visible": "1", "item_id": "0"}])");
  EXPECT_EQ(banner["date_created"], "2018-03-27T16:44:42Z");
  EXPECT_EQ(banner["date_from"], "null");
  EXPECT_EQ(banner["visible"], "true");

  auto coupon = record(
      "coupons",
      R"([{"id": 1, "amount": "5.0000", "expires": "", "restricted_to": [], "applies_to": {"entity": "categories", "ids": [0]}}])");
  EXPECT_EQ(coupon["expires"], "null");
  EXPECT_EQ(coupon["restricted_to"], "[]");
  EXPECT_EQ(coupon["applies_to_ids"], "[0]");
}

TEST(BigCommerceTables, read_the_newer_api) {
  auto product = record(
      "products",
      R"({"data": [{"id": 1, "price": 12.50, "custom_url": {"url": "/a/", "is_customized": true}, "reviews_rating_sum": 3.2,
      "date_modified": "2018-08-24T14:41:00+00:00", "preorder_release_date": null, "primary_image": {"id": 4}, "categories": [23, 18]}], "meta": {"pagination": {"total": 1}}})");
  EXPECT_EQ(product["price"], "12.50");
  EXPECT_EQ(product["custom_url_url"], "/a/");
  EXPECT_EQ(product["date_modified"], "2018-08-24T14:41:00Z");
  EXPECT_EQ(product["primary_image_id"], "4");
  EXPECT_EQ(product["categories"], "[23, 18]");
}

}  // namespace
}  // namespace sluice
