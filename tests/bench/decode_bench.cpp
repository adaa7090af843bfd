// A page of 250 orders, as the list of orders answers it with all fields, to binary COPY rows; one core.
#include "connectors/bigcommerce/bigcommerce_tables.hpp"
#include "connectors/record.hpp"

#include <benchmark/benchmark.h>

#include <string>

namespace sluice {
namespace {

constexpr int orders_of_a_page = 250;
constexpr int lines_of_an_order = 2;

/// "name":"value", for names that are all alike.
std::string texts(std::string_view names, const std::string& value) {
  std::string out;
  while (!names.empty()) {
    const std::size_t end = names.find(' ');
    out.append(",\"").append(names.substr(0, end)).append("\":").append(value);
    names.remove_prefix(end == std::string_view::npos ? names.size() : end + 1);
  }
  return out;
}

std::string link(const std::string& resource) {
  return R"({"url":"https:\/\/api.bigcommerce.com\/stores\/a1b2c3d4e5\/v2)" + resource + R"(","resource":")" +
         resource + "\"}";
}

std::string line_item(int id, int order) {
  return R"({"id":)" + std::to_string(id) + R"(,"order_id":)" + std::to_string(order) +
         R"(,"product_id":77,"variant_id":192,"order_address_id":51,"name":"Fog Linen Chambray Towel - Beige Stripe","sku":"SLLPJ-29D37AD2","type":"physical")" +
         texts(
             "base_price price_ex_tax price_inc_tax price_tax base_total total_ex_tax total_inc_tax total_tax weight "
             "width height depth "
             "base_cost_price cost_price_inc_tax cost_price_ex_tax cost_price_tax refund_amount base_wrapping_cost "
             "wrapping_cost_ex_tax "
             "wrapping_cost_inc_tax wrapping_cost_tax fixed_shipping_cost",
             "\"55.9900\"") +
         R"(,"quantity":1,"is_refunded":false,"quantity_refunded":0,"return_id":0,"wrapping_name":"","option_set_id":19,"event_date":null,"brand":"Common Good",)" +
         R"("applied_discounts":[{"id":"manual-discount","amount":"1.5900","name":"Manual Discount","code":null,"target":"order"}],"product_options":[],"configurable_fields":[]})";
}

std::string order(int id, bool with_lines) {
  const std::string path = R"(\/orders\/)" + std::to_string(id);
  std::string lines;
  for (int i = 0; i < lines_of_an_order; ++i) lines += (i > 0 ? "," : "") + line_item(id * lines_of_an_order + i, id);
  const std::string consignments = R"({"pickups":[],"shipping":[{"id":99,"first_name":"Jane","line_items":[)" + lines +
                                   R"(],"items_total":2}],"downloads":[],"email":{"gift_certificates":[]}})";
  return R"({"id":)" + std::to_string(id) +
         R"(,"customer_id":20,"date_created":"Wed, 10 Jan 2018 21:05:30 +0000","date_modified":"Wed, 05 Dec 2018 20:16:55 +0000","date_shipped":"","status_id":11,"status":"Awaiting Fulfillment")" +
         texts(
             "subtotal_ex_tax subtotal_inc_tax subtotal_tax base_shipping_cost shipping_cost_ex_tax "
             "shipping_cost_inc_tax shipping_cost_tax",
             "\"336.3200\"") +
         ",\"shipping_cost_tax_class_id\":2" +
         texts("base_handling_cost handling_cost_ex_tax handling_cost_inc_tax handling_cost_tax", "\"0.0000\"") +
         ",\"handling_cost_tax_class_id\":2" +
         texts("base_wrapping_cost wrapping_cost_ex_tax wrapping_cost_inc_tax wrapping_cost_tax", "\"0.0000\"") +
         ",\"wrapping_cost_tax_class_id\":3" + texts("total_ex_tax total_inc_tax total_tax", "\"361.9500\"") +
         R"(,"is_tax_inclusive_pricing":false,"items_total":17,"items_shipped":0,"payment_method":"Credit Card","payment_provider_id":"","payment_status":"authorized","refunded_amount":"0.0000","order_is_digital":false)" +
         texts("store_credit_amount gift_certificate_amount", "\"0.0000\"") +
         R"(,"ip_address":"203.0.113.7","ip_address_v6":"","geoip_country":"United States","geoip_country_iso2":"US","currency_id":1,"currency_code":"USD","currency_exchange_rate":"1.0000000000","default_currency_id":1,"default_currency_code":"USD","staff_notes":"","customer_message":"Leave it \"behind\" the door,\nplease","discount_amount":"0.0000","coupon_discount":"0.0000","shipping_address_count":1,"is_deleted":false,"ebay_order_id":"0","cart_id":"a8458391-ef68-4fe5-9ec1-442e6a767364")" +
         R"(,"billing_address":{"first_name":"Jane","last_name":"Doe","company":"","street_1":"455 Main Street","street_2":"","city":"Austin","state":"Texas","zip":"78751","country":"United States","country_iso2":"US","phone":"555-123-4567","email":"janedoe@example.com","form_fields":[]})" +
         R"(,"is_email_opt_in":false,"credit_card_type":null,"order_source":"manual","channel_id":1,"external_source":"POS","consignments":)" +
         (with_lines ? consignments : link(path + "\\/consignments")) + ",\"products\":" + link(path + "\\/products") +
         ",\"shipping_addresses\":" + link(path + "\\/shippingaddresses") +
         ",\"coupons\":" + link(path + "\\/coupons") + ",\"fees\":" + link(path + "\\/fees") +
         R"(,"external_id":null,"external_merchant_id":null,"tax_provider_id":"BasicTaxProvider","store_default_currency_code":"USD","store_default_to_transactional_exchange_rate":"1.0000000000","custom_status":"Awaiting Fulfillment","customer_locale":"en","external_order_id":"external-order-id"})";
}

std::string page(bool with_lines) {
  std::string out = "[";
  for (int i = 0; i < orders_of_a_page; ++i) out += (i > 0 ? "," : "") + order(100'000 + i, with_lines);
  return out + "]";
}

Lane all_of(std::string_view name, std::string_view but = "") {
  Lane lane{bigcommerce_tables().find(name), {}};
  for (const Field& field : lane.table->fields) {
    if (field.name != but) lane.fields.push_back(&field);
  }
  return lane;
}

void decode(benchmark::State& state, const std::string& body, std::vector<Lane> lanes) {
  const PageDecoder decoder(*bigcommerce_tables().find("orders"), std::move(lanes));
  std::int64_t rows = 0;
  for (auto _ : state) {
    const DecodedPage decoded = decoder.decode(body);
    rows = 0;
    for (const RowBatch& batch : decoded.batches) {
      rows += static_cast<std::int64_t>(batch.rows.rows());
      if (!batch.rejects.empty()) return state.SkipWithError("a record was rejected");
    }
    benchmark::DoNotOptimize(decoded.batches.data());
  }
  state.SetItemsProcessed(state.iterations() * rows);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
  state.counters["bytes per record"] = static_cast<double>(body.size()) / orders_of_a_page;
}

void orders(benchmark::State& state) { decode(state, page(false), {all_of("orders")}); }
void order_ids(benchmark::State& state) {
  const Table* table = bigcommerce_tables().find("orders");
  decode(state, page(false), {Lane{table, {table->find_field("id")}}});
}
void orders_with_lines(benchmark::State& state) {
  decode(state, page(true), {all_of("orders", "consignments"), all_of("order_products")});
}

BENCHMARK(orders)->Unit(benchmark::kMicrosecond);
BENCHMARK(order_ids)->Unit(benchmark::kMicrosecond);
BENCHMARK(orders_with_lines)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace sluice

BENCHMARK_MAIN();
