#include "tests/unit/sample_store/store_fixture.hpp"

#include <sstream>

namespace sluice::sample_store {
namespace {

using Shapes = StoreFixture;

std::set<std::string> words(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

// The members that the API's documents give to a row of each list.
const std::vector<std::pair<std::string, std::string>> documented = {
    {"/v2/orders",
     "id customer_id date_created date_modified date_shipped status_id status subtotal_ex_tax subtotal_inc_tax "
     "subtotal_tax "
     "base_shipping_cost shipping_cost_ex_tax shipping_cost_inc_tax shipping_cost_tax shipping_cost_tax_class_id "
     "base_handling_cost handling_cost_ex_tax handling_cost_inc_tax handling_cost_tax handling_cost_tax_class_id "
     "base_wrapping_cost wrapping_cost_ex_tax wrapping_cost_inc_tax wrapping_cost_tax wrapping_cost_tax_class_id "
     "total_ex_tax "
     "total_inc_tax total_tax is_tax_inclusive_pricing items_total items_shipped payment_method payment_provider_id "
     "payment_status refunded_amount order_is_digital store_credit_amount gift_certificate_amount ip_address "
     "ip_address_v6 "
     "geoip_country geoip_country_iso2 currency_id currency_code currency_exchange_rate default_currency_id "
     "default_currency_code staff_notes customer_message discount_amount coupon_discount shipping_address_count "
     "is_deleted "
     "ebay_order_id cart_id billing_address is_email_opt_in credit_card_type order_source channel_id external_source "
     "products "
     "shipping_addresses coupons external_id external_merchant_id tax_provider_id store_default_currency_code "
     "store_default_to_transactional_exchange_rate custom_status customer_locale external_order_id consignments fees"},
    {"/v2/orders/100/products",
     "id order_id product_id variant_id order_pickup_method_id order_address_id name name_customer name_merchant sku "
     "upc type "
     "base_price price_ex_tax price_inc_tax price_tax base_total total_ex_tax total_inc_tax total_tax weight width "
     "height depth "
     "quantity base_cost_price cost_price_inc_tax cost_price_ex_tax cost_price_tax is_refunded quantity_refunded "
     "refund_amount "
     "return_id wrapping_id wrapping_name base_wrapping_cost wrapping_cost_ex_tax wrapping_cost_inc_tax "
     "wrapping_cost_tax "
     "wrapping_message quantity_shipped event_name event_date fixed_shipping_cost ebay_item_id ebay_transaction_id "
     "option_set_id "
     "parent_order_product_id is_bundled_product bin_picking_number external_id brand applied_discounts "
     "product_options "
     "configurable_fields gift_certificate_id discounted_total_inc_tax"},
    {"/v3/catalog/products",
     "id name type sku description weight width depth height price cost_price retail_price sale_price map_price "
     "tax_class_id "
     "product_tax_code calculated_price categories brand_id brand_name inventory_level inventory_warning_level "
     "inventory_tracking fixed_cost_shipping_price is_free_shipping is_visible is_featured related_products warranty "
     "bin_picking_number layout_file upc search_keywords availability_description availability "
     "gift_wrapping_options_type "
     "gift_wrapping_options_list sort_order condition is_condition_shown order_quantity_minimum order_quantity_maximum "
     "page_title meta_keywords meta_description view_count preorder_release_date preorder_message is_preorder_only "
     "is_price_hidden price_hidden_label custom_url open_graph_type open_graph_title open_graph_description "
     "open_graph_use_meta_description open_graph_use_product_name open_graph_use_image gtin mpn reviews_rating_sum "
     "reviews_count total_sold date_last_imported date_created date_modified base_variant_id option_set_id "
     "option_set_display"},
    {"/v3/catalog/variants",
     "cost_price price sale_price retail_price weight width height depth is_free_shipping fixed_cost_shipping_price "
     "purchasing_disabled purchasing_disabled_message image_url upc inventory_level inventory_warning_level "
     "bin_picking_number "
     "mpn gtin id product_id sku sku_id option_values calculated_price calculated_weight map_price"},
    {"/v3/catalog/brands", "id name page_title meta_keywords meta_description image_url search_keywords custom_url"},
    {"/v3/catalog/trees/categories",
     "category_id category_uuid tree_id parent_id name description views sort_order page_title meta_keywords "
     "meta_description "
     "layout_file image_url is_visible search_keywords default_product_sort url"},
    {"/v3/customers",
     "id email first_name last_name company phone registration_ip_address notes tax_exempt_category customer_group_id "
     "date_created date_modified address_count attribute_count authentication "
     "accepts_product_review_abandoned_cart_emails "
     "origin_channel_id channel_ids"},
    {"/v3/customers/subscribers",
     "id email first_name last_name source order_id channel_id consents date_modified date_created"},
    {"/v3/pricelists", "id name date_created date_modified active"},
    {"/v2/coupons",
     "id name type amount min_purchase expires enabled code applies_to num_uses max_uses max_uses_per_customer "
     "restricted_to "
     "shipping_methods date_created"},
    {"/v2/banners", "id name content page item_id location date_created date_type date_from date_to visible"},
    {"/v2/currencies",
     "id is_default last_updated country_iso2 default_for_country_codes currency_code currency_exchange_rate "
     "auto_update "
     "token_location token decimal_token thousands_token decimal_places name enabled is_transactional "
     "use_default_name"},
};

TEST_F(Shapes, have_the_documented_members) {
  for (const auto& [path, members] : documented) {
    const Json body = json(path);
    const Json& rows = body.is_array() ? body : body["data"];
    for (const Json& row : rows) ASSERT_EQ(names(row), words(members)) << path;
  }
}

TEST_F(Shapes, of_orders_embed_line_items_only_as_an_object_structure) {
  const Json links = json("/v2/orders?min_id=100&limit=1&include=consignments.line_items");
  const Json objects = json("/v2/orders?limit=50&include=consignments&consignment_structure=object");
  const Json embedded = json("/v2/orders?limit=50&include=consignments.line_items,fees&consignment_structure=object");

  EXPECT_EQ(names(links[0]["consignments"]), words("url resource"));
  EXPECT_EQ(names(links[0]["fees"]), words("url resource"));
  EXPECT_TRUE(embedded[0]["fees"].is_array());
  for (std::size_t i = 0; i < embedded.size(); ++i) {
    const auto id = std::to_string(embedded[i]["id"].get<std::int64_t>());
    const Json& consignments = embedded[i]["consignments"];
    EXPECT_EQ(names(consignments), words("pickups shipping downloads email"));
    Json items = Json::array();
    for (const char* kind : {"pickups", "shipping", "downloads"}) {
      for (std::size_t n = 0; n < consignments[kind].size(); ++n) {
        for (const Json& item : consignments[kind][n]["line_items"]) items.push_back(item);
        EXPECT_EQ(names(objects[i]["consignments"][kind][n]["line_items"][0]), words("url resource"));
      }
    }
    EXPECT_EQ(items, json("/v2/orders/" + id + "/products")) << id;
  }
}

TEST_F(Shapes, of_orders_are_the_same_alone_and_in_the_list) {
  EXPECT_EQ(json("/v2/orders/100"), json("/v2/orders?max_id=100")[0]);
  EXPECT_EQ(get("/v2/orders/5").status, 404);
  EXPECT_TRUE(json("/v2/orders/5").is_array());
}

TEST_F(Shapes, of_products_include_what_is_asked_and_ten_a_page_with_options) {
  const Json plain = json("/v3/catalog/products?include=variants,images,custom_fields&limit=50");
  const Json options = json("/v3/catalog/products?include=options,modifiers&limit=50");

  EXPECT_EQ(plain["data"].size(), 50U);
  for (const Json& product : plain["data"]) {
    const Json variants = json("/v3/catalog/variants?product_id:in=" + std::to_string(product["id"].get<int>()));
    EXPECT_EQ(product["variants"], variants["data"]);
    EXPECT_TRUE(product["images"].is_array());
  }
  EXPECT_EQ(options["data"].size(), 10U);
  EXPECT_EQ(options["meta"]["pagination"]["per_page"], 10);
}

TEST_F(Shapes, of_chosen_fields_always_have_the_key) {
  EXPECT_EQ(names(json("/v3/catalog/products?include_fields=name,price&limit=1")["data"][0]), words("id name price"));
  EXPECT_FALSE(
      names(json("/v3/catalog/products?exclude_fields=description,id&limit=1")["data"][0]).contains("description"));
  EXPECT_TRUE(json("/v3/catalog/trees/categories?exclude_fields=category_id")["data"][0].contains("category_id"));
}

TEST_F(Shapes, of_values_are_those_of_v2_and_v3) {
  const Json orders = json("/v2/orders?limit=250");
  bool has_guest = false, has_incomplete = false, has_unshipped = false;
  for (const Json& order : orders) {
    EXPECT_EQ(order["total_inc_tax"].get<std::string>().find('.') + 5,
              order["total_inc_tax"].get<std::string>().size());
    has_guest = has_guest || order["customer_id"] == 0;
    has_incomplete = has_incomplete || (order["status_id"] == 0 && order["status"] == "Incomplete");
    has_unshipped = has_unshipped || order["date_shipped"] == "";
  }
  EXPECT_TRUE(has_guest && has_incomplete && has_unshipped);
  EXPECT_TRUE(json("/v3/catalog/products?limit=1")["data"][0]["price"].is_number());
  EXPECT_NE(get("/v3/catalog/products?limit=250").body.find("schön"), std::string::npos);
  EXPECT_NE(get("/v2/orders?limit=250").body.find("\\u00fc"), std::string::npos);
  bool has_empty_array = false;
  for (const Json& coupon : json("/v2/coupons"))
    has_empty_array = has_empty_array || coupon["restricted_to"] == Json::array();
  EXPECT_TRUE(has_empty_array);
}

TEST_F(Shapes, of_counts_agree_with_the_list) {
  const Json counts = json("/v2/orders/count");

  EXPECT_EQ(counts["count"], 700);
  EXPECT_EQ(counts["statuses"].size(), 15U);
  EXPECT_EQ(counts["statuses"][2]["count"], json("/v2/orders?status_id=2&limit=250").size());
}

TEST_F(Shapes, of_the_store_and_its_clock) {
  EXPECT_EQ(json("/v2/time"), (Json{{"time", 1'760'000'000}}));
  EXPECT_EQ(json("/v2/store")["id"], "sample");
  EXPECT_EQ(get("/v2/time").headers.find("Date"), "Thu, 09 Oct 2025 08:53:20 GMT");
}

}  // namespace
}  // namespace sluice::sample_store
