// The filters that the API's documents name have an effect on the rows, or on what a row contains.

#include "core/http.hpp"
#include "tests/unit/sample_store/store_fixture.hpp"

namespace sluice::sample_store {
namespace {

class DocumentedFilters : public StoreFixture {
 protected:
  /// No rows where a V2 list is empty.
  Json rows(const std::string& path) {
    const auto response = get(path);
    if (response.status == 204) return Json::array();
    Json body = Json::parse(response.body);
    return body.is_object() && body.contains("data") ? body["data"] : body;
  }
};

struct Count {
  const char* path;
  std::size_t rows;
};

TEST_F(DocumentedFilters, leave_as_many_rows_as_they_fit) {
  const std::vector<Count> counts = {
      {"/v3/catalog/products?channel_id:in=1", 50},
      {"/v3/catalog/products?channel_id:in=99", 0},
      {"/v3/catalog/categories?keyword=nothing-like-it", 0},
      {"/v3/sites?url_type:in=canonical", 2},
      {"/v3/sites?url_type:in=checkout", 0},
      {"/v3/sites/certificates?urls:in=shop-1.example.com", 1},
      {"/v3/inventory/locations?is_default=true", 1},
      {"/v3/inventory/locations?is_default=false", 1},
      {"/v3/promotions?channels=1", 12},
      {"/v3/promotions?channels=2", 0},
      {"/v3/promotions?code=nothing", 0},
      {"/v3/content/widgets?site_id:in=667158", 4},
      {"/v3/content/widgets?site_id:in=1", 0},
      {"/v3/content/placements?widget_template_kind=custom", 5},
      {"/v3/content/placements?widget_template_kind=other", 0},
      {"/v3/content/placements?site_id:in=1", 0},
      {"/v2/blog/posts?published_date=2001-01-01T00:00:00Z", 0},
      {"/v2/blog/posts?tag=nothing", 0},
      {"/v3/customers/addresses?name:in=Nobody", 0},
      {"/v3/customers/attribute-values?name=Nothing", 0},
      {"/v3/customers/form-field-values?field_type=date", 0},
      {"/v3/store/systemlogs?severity:min=5", 0},
      {"/v3/orders/payment_actions/refunds?transaction_id=0", 0},
      {"/v3/pricelists/1/records?sku=nothing", 0},
      {"/v3/inventory/items?location_id:in=9", 0},
      {"/v2/countries/80/states?state=Nowhere", 0},
  };
  for (const Count& count : counts) EXPECT_EQ(rows(count.path).size(), count.rows) << count.path;
}

struct Own {
  const char* path;
  const char* filter;
  const char* place;  // of the value that it asks for, in the first row
};

TEST_F(DocumentedFilters, find_a_row_by_its_own_value) {
  const std::vector<Own> filters = {
      {"/v3/pricelists/1/records?include=sku&", "sku", "/sku"},
      {"/v3/pricelists/1/records?include=sku&", "sku:in", "/sku"},
      {"/v3/orders/payment_actions/refunds?", "transaction_id", "/payments/0/transaction_id"},
      {"/v3/content/placements?", "widget_template_uuid", "/widget/widget_template/uuid"},
      {"/v2/blog/posts?", "published_date", "/published_date_iso8601"},
      {"/v2/countries/80/states?", "state", "/state"},
      {"/v3/customers/form-field-values?", "field_name", "/name"},
      {"/v3/channels?", "date_modified", "/date_modified"},
  };
  for (const Own& own : filters) {
    const Json first = rows(own.path).at(0);
    const Json value = first.at(Json::json_pointer(own.place));
    const std::string asked = percent_encode(value.is_string() ? value.get<std::string>() : value.dump());

    const Json found = rows(own.path + std::string(own.filter) + "=" + asked);

    EXPECT_EQ(found.at(0), first) << own.filter << "=" << asked;
    for (const Json& row : found) EXPECT_EQ(row.at(Json::json_pointer(own.place)), value) << own.filter;
  }
}

TEST_F(DocumentedFilters, know_severities_and_reviews_by_their_numbers) {
  const Json all = rows("/v3/store/systemlogs?limit=250");
  const Json errors = rows("/v3/store/systemlogs?limit=250&severity=4");
  const Json rest = rows("/v3/store/systemlogs?limit=250&severity:max=3");

  ASSERT_FALSE(errors.empty());
  for (const Json& log : errors) EXPECT_EQ(log["severity"], "error");
  EXPECT_EQ(errors.size() + rest.size(), all.size());
  const auto product = rows("/v3/catalog/products?limit=250&include=reviews");
  for (const Json& row : product) {
    const std::string path = "/v3/catalog/products/" + row["id"].dump() + "/reviews?status=";
    EXPECT_EQ(rows(path + "1").size(), row["reviews"].size());
    EXPECT_TRUE(rows(path + "0").empty());
  }
}

TEST_F(DocumentedFilters, tell_what_is_low_and_what_is_sold_out) {
  act("modify",
      {{"table", "products"}, {"id", 80}, {"set", {{"inventory_tracking", "product"}, {"inventory_level", 0}}}});
  act("modify", {{"table", "products"}, {"id", 81}, {"set", {{"inventory_tracking", "none"}, {"inventory_level", 0}}}});
  const auto found = [&](const std::string& filter, int id) {
    return rows("/v3/catalog/products?id=" + std::to_string(id) + "&" + filter).size();
  };

  EXPECT_EQ(found("out_of_stock=1", 80), 1U);
  EXPECT_EQ(found("out_of_stock=1", 81), 0U);
  EXPECT_EQ(found("out_of_stock=0", 81), 1U);
  EXPECT_EQ(found("inventory_low=1", 80), 1U);
  EXPECT_EQ(found("inventory_low=0", 80), 0U);
  EXPECT_EQ(found("inventory_low=0", 81), 1U);
}

TEST_F(DocumentedFilters, find_a_promotion_by_its_code_and_a_channel_by_its_availability) {
  const Json code = rows("/v3/promotions/2/codes").at(0)["code"];
  act("modify", {{"table", "channels"}, {"key", 667160}, {"set", {{"status", "disconnected"}}}});

  EXPECT_EQ(rows("/v3/promotions?code=" + code.get<std::string>()).at(0)["id"], 2);
  EXPECT_EQ(rows("/v3/channels?available=true").size(), 2U);
  EXPECT_EQ(rows("/v3/channels?available=false").at(0)["id"], 667160);
}

TEST_F(DocumentedFilters, narrow_the_locations_of_an_item) {
  const Json item = rows("/v3/inventory/items?limit=1&location_code:in=LAGER-2").at(0);

  ASSERT_EQ(item["locations"].size(), 1U);
  EXPECT_EQ(item["locations"][0]["location_id"], 2);
}

TEST_F(DocumentedFilters, add_the_details_of_taxes) {
  for (const Json& order : rows("/v2/orders?limit=50")) {
    const std::string path = "/v2/orders/" + order["id"].dump() + "/taxes";
    for (const Json& tax : rows(path)) EXPECT_FALSE(tax.contains("line_item_type"));
    for (const Json& tax : rows(path + "?details=true")) EXPECT_TRUE(tax.contains("line_item_type"));
  }
}

TEST_F(DocumentedFilters, give_each_channel_settings_of_its_own) {
  for (const char* path :
       {"/v3/settings/store/profile", "/v3/settings/inventory", "/v3/settings/catalog", "/v3/settings/analytics"}) {
    std::set<std::string> answers{json(path)["data"].dump()};
    for (const char* channel : {"1", "667159", "667160"})
      answers.insert(json(path + std::string("?channel_id=") + channel)["data"].dump());
    EXPECT_GE(answers.size(), 3U) << path;
    EXPECT_EQ(json(path)["data"].dump().find("null"), std::string::npos) << path;
  }
  EXPECT_EQ(rows("/v3/settings/analytics?channel_id=667159").at(0)["channel_id"], 667159);
  EXPECT_EQ(json("/v3/settings/store/profile?channel_id=667160")["data"]["store_name"], "Amazon US");
  EXPECT_TRUE(json("/v3/settings/store/profile?channel_id=1")["data"]["store_address"].is_null());
}

TEST_F(DocumentedFilters, of_settings_see_the_changes_of_their_channel_only) {
  const std::string path = "/v3/settings/catalog?channel_id=";
  const Json other = json(path + "1");

  act("modify", {{"table", "settings_catalog"}, {"key", 667159}, {"set", {{"auto_approve_reviews", true}}}});

  EXPECT_EQ(json(path + "667159")["data"]["auto_approve_reviews"], true);
  EXPECT_EQ(json(path + "1"), other);
  EXPECT_EQ(json("/v3/settings/catalog")["data"]["auto_approve_reviews"], false);
}

TEST_F(DocumentedFilters, show_the_answers_at_an_address_with_the_customers_own) {
  const Json with = rows("/v3/customers?id:in=1,2,3,4&include=addresses,formfields");
  const Json without = rows("/v3/customers?id:in=1,2,3,4&include=addresses");

  std::size_t seen = 0;
  for (const Json& customer : with) {
    const std::string path = "/v3/customers/addresses?include=formfields&customer_id:in=" + customer["id"].dump();
    EXPECT_EQ(customer["addresses"], rows(path));
    seen += customer["addresses"].size();
  }
  ASSERT_GT(seen, 0U);
  for (const Json& customer : without) {
    for (const Json& address : customer["addresses"]) EXPECT_FALSE(address.contains("form_fields"));
  }
}

}  // namespace
}  // namespace sluice::sample_store
