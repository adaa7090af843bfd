#include "tests/sample_store/orders.hpp"

#include "tests/sample_store/line_items.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::sample_store {
namespace {

constexpr std::array<OrderStatus, 15> statuses = {{
    {0, "Incomplete", "The shopper reached the payment page and did not finish."},
    {1, "Pending", "The checkout was begun and not finished."},
    {2, "Shipped", "Everything was sent; receipt is not confirmed."},
    {3, "Partially Shipped", "Some items were sent."},
    {4, "Refunded", "The whole amount was given back."},
    {5, "Cancelled", "The order was cancelled."},
    {6, "Declined", "The seller declined the order."},
    {7, "Awaiting Payment", "The checkout is finished and the payment is open."},
    {8, "Awaiting Pickup", "Packed, to be picked up by the shopper."},
    {9, "Awaiting Shipment", "Packed, to be picked up by the carrier."},
    {10, "Completed", "Paid and received."},
    {11, "Awaiting Fulfillment", "Paid, to be packed."},
    {12, "Manual Verification Required", "A person has to look at it."},
    {13, "Disputed", "The shopper disputes the payment."},
    {14, "Partially Refunded", "A part of the amount was given back."},
}};

constexpr std::array<std::string_view, 6> messages = {"",
                                                      "",
                                                      "",
                                                      "Bitte klingeln bei \"Müller\" 🔔",
                                                      "<b>Leave at the door</b> & don't ring\nThanks!",
                                                      "C:\\orders\\gift"};
constexpr std::array<std::string_view, 5> notes = {"", "", "", "<p>VIP – called on 12/03</p>",
                                                   "prüfen\tund versenden ✅"};
constexpr std::array<std::string_view, 5> methods = {"Credit Card", "PayPal", "Manual", "Test Payment Gateway",
                                                     "Überweisung"};

std::string_view payment_status_of(int status) {
  switch (status) {
    case 0:
    case 1:
    case 7:
      return "";
    case 4:
      return "refunded";
    case 5:
      return "void";
    case 6:
      return "declined";
    case 12:
      return "held for review";
    case 14:
      return "partially refunded";
    default:
      return "captured";
  }
}

bool is_sent(int status) { return status == 2 || status == 4 || status == 10 || status == 14; }

void write_address(JsonText& json, const Person& person) {
  json.key("billing_address").open('{');
  json.text("first_name", person.first_name).text("last_name", person.last_name).text("company", person.company);
  json.text("street_1", person.street).text("street_2", person.street_2);
  json.text("city", person.place.city).text("state", person.place.state).text("zip", person.place.zip);
  json.text("country", person.place.country).text("country_iso2", person.place.country_iso2);
  json.text("phone", person.place.phone).text("email", person.email);
  json.key("form_fields").open('[');
  if (person.id % 11 == 3) json.open('{').text("name", "License ID").text("value", "123BAF").close('}');
  json.close(']').close('}');
}

void write_link(JsonText& json, const Shop& shop, std::string_view name, const std::string& resource) {
  json.key(name).open('{').text("url", shop.link(resource)).text("resource", resource).close('}');
}

/// A cost in the three forms and with the tax class that V2 gives to shipping, handling and wrapping.
void write_cost(JsonText& json, std::string_view what, Money base, Money tax, int tax_class) {
  json.money(fmt::format("base_{}_cost", what), base).money(fmt::format("{}_cost_ex_tax", what), base);
  json.money(fmt::format("{}_cost_inc_tax", what), base + tax).money(fmt::format("{}_cost_tax", what), tax);
  json.number(fmt::format("{}_cost_tax_class_id", what), tax_class);
}

void write_payment(JsonText& json, Dice& dice, int status, Money total) {
  const std::string_view method = dice.pick(methods);
  json.text("payment_method", method);
  switch (dice.below(4)) {
    case 0:
      json.null("payment_provider_id");
      break;
    case 1:
      json.text("payment_provider_id", "");
      break;
    case 2:
      json.number("payment_provider_id", dice.between(1'000'000, 9'999'999));
      break;
    default:
      json.text("payment_provider_id", "ch_" + dice.hex(16));
  }
  json.text("payment_status", payment_status_of(status));
  json.money("refunded_amount", status == 4 ? total : status == 14 ? Money{total.value / 2} : Money{});
}

void write_visitor(JsonText& json, Dice& dice, const Person& person) {
  json.text("ip_address", fmt::format("203.0.113.{}", dice.below(255)));
  json.text("ip_address_v6", dice.chance(15) ? fmt::format("2001:db8::{:x}", dice.below(65535)) : "");
  json.text("geoip_country", person.place.country).text("geoip_country_iso2", person.place.country_iso2);
}

void write_currency(JsonText& json, Dice& dice) {
  const bool euro = dice.chance(12);
  json.number("currency_id", euro ? 2 : 1).text("currency_code", euro ? "EUR" : "USD");
  json.text("currency_exchange_rate", euro ? "0.8490000000" : "1.0000000000");
  json.number("default_currency_id", 1).text("default_currency_code", "USD");
}

void write_origin(JsonText& json, Dice& dice, std::int64_t id) {
  json.boolean("is_email_opt_in", dice.chance(30)).null("credit_card_type");
  json.text("order_source", dice.chance(70) ? "www" : "manual").number("channel_id", dice.chance(90) ? 1 : 667159);
  if (dice.chance(20))
    json.text("external_source", "POS");
  else
    json.null("external_source");
  if (dice.chance(10))
    json.text("external_id", fmt::format("EXT-{}", id));
  else
    json.null("external_id");
  json.null("external_merchant_id").text("tax_provider_id", dice.chance(80) ? "BasicTaxProvider" : "");
  json.text("store_default_currency_code", dice.chance(50) ? "USD" : "");
  json.text("store_default_to_transactional_exchange_rate", "1.0000000000");
}

std::string render_fees(std::int64_t id, Dice& dice) {
  JsonText json(JsonStyle::escaped);
  json.open('[');
  if (dice.chance(8)) {
    const Money cost{dice.between(100, 900) * 100};
    json.open('{')
        .number("id", id)
        .text("type", "custom_fee")
        .text("display_name_customer", "Package Protection Insurance");
    json.text("display_name_merchant", "Package Protection Fee").text("source", "v2").money("base_cost", cost);
    json.money("cost_ex_tax", cost).money("cost_inc_tax", cost).money("cost_tax", {}).null("tax_class_id").close('}');
  }
  return json.close(']').take();
}

}  // namespace

std::span<const OrderStatus> order_statuses() { return statuses; }

std::int64_t order_size(std::uint64_t seed, std::int64_t id) {
  // A few orders have more line items than one page of them holds by default.
  if (id % 1000 == 177) return 55;
  constexpr std::array<std::int64_t, 8> sizes = {1, 1, 1, 2, 2, 2, 3, 4};
  Dice dice(seed, "order-size", id);
  return dice.pick(sizes);
}

int order_status_of_age(Dice& dice, Seconds age) {
  constexpr std::array<int, 10> fresh = {11, 11, 11, 7, 9, 9, 0, 1, 12, 8};
  constexpr std::array<int, 20> settled = {10, 10, 10, 10, 10, 10, 10, 10, 2, 2, 2, 2, 2, 3, 4, 5, 6, 13, 14, 0};
  return age < 14 * 86400 ? dice.pick(fresh) : dice.pick(settled);
}

Record render_order(const Shop& shop, const OrderPlan& plan) {
  Dice dice(shop.seed, "order", plan.id);
  const bool guest = shop.customers.empty() || dice.chance(25);
  const Person buyer = guest ? make_guest(dice) : dice.pick(shop.customers);
  const Basket basket = fill_basket(shop, plan, dice);
  const bool shipped = is_sent(plan.status);
  const Money shipping = basket.is_digital ? Money{} : Money{dice.chance(40) ? 0 : dice.between(390, 1990) * 100};
  const Money shipping_tax{shipping.value * 8 / 100};
  const Money coupon{dice.chance(12) ? std::min<std::int64_t>(50000, basket.subtotal.value) : 0};
  const Money total_tax = basket.tax + shipping_tax;
  const Money total = basket.subtotal + shipping - coupon;
  const std::string path = fmt::format("/orders/{}", plan.id);
  const OrderStatus& status = statuses[static_cast<std::size_t>(plan.status)];

  Record order{.id = plan.id, .created = plan.created, .modified = plan.modified, .status = plan.status};
  order.archived = plan.created < shop_ready && dice.below(1000) < 15;
  if (plan.status == 4 || plan.status == 14) order.refunded = plan.modified;
  JsonText json(JsonStyle::escaped);
  json.reserve(3600);
  json.open('{').number("id", plan.id).number("customer_id", buyer.id);
  json.text("date_created", rfc2822(plan.created)).text("date_modified", rfc2822(plan.modified));
  json.text("date_shipped", shipped ? rfc2822(std::min(plan.modified, plan.created + 2 * 86400)) : "");
  json.number("status_id", plan.status).text("status", status.name);
  json.money("subtotal_ex_tax", basket.subtotal).money("subtotal_inc_tax", basket.subtotal + basket.tax);
  json.money("subtotal_tax", basket.tax);
  write_cost(json, "shipping", shipping, shipping_tax, 2);
  write_cost(json, "handling", {}, {}, 2);
  write_cost(json, "wrapping", {}, {}, 3);
  json.money("total_ex_tax", total).money("total_inc_tax", total + total_tax).money("total_tax", total_tax);
  json.boolean("is_tax_inclusive_pricing", false).number("items_total", basket.units);
  json.number("items_shipped", shipped ? basket.units : 0);
  write_payment(json, dice, plan.status, total + total_tax);
  json.boolean("order_is_digital", basket.is_digital)
      .money("store_credit_amount", {})
      .money("gift_certificate_amount", {});
  write_visitor(json, dice, buyer);
  write_currency(json, dice);
  json.text("staff_notes", dice.pick(notes)).text("customer_message", dice.pick(messages));
  json.money("discount_amount", {}).money("coupon_discount", coupon);
  json.number("shipping_address_count", basket.address_count).boolean("is_deleted", bool{order.archived});
  json.text("ebay_order_id", "0").text("cart_id", dice.uuid());
  write_address(json, buyer);
  write_origin(json, dice, plan.id);
  write_link(json, shop, "products", path + "/products");
  write_link(json, shop, "shipping_addresses", path + "/shippingaddresses");
  write_link(json, shop, "coupons", path + "/coupons");
  json.text("custom_status", status.name).text("customer_locale", buyer.place.country_iso2 == "DE" ? "de" : "en");
  json.text("external_order_id", dice.chance(10) ? fmt::format("AMZ-{}", dice.hex(10)) : "");
  order.body = json.take();

  order.parts.push_back({"consignments", render_consignments(shop, plan, basket, buyer, shipping, order.items)});
  if (auto fees = render_fees(plan.id, dice); fees != "[]") order.parts.push_back({"fees", std::move(fees)});
  return order;
}

void append_order(std::string& out, const Shop& shop, const Record& order, Consignments consignments, bool with_fees) {
  const auto append_link = [&](std::string_view name, std::string_view resource) {
    JsonText link(JsonStyle::escaped);
    write_link(link, shop, name, fmt::format("/orders/{}/{}", order.id, resource));
    out.append(",").append(link.take());
  };
  out += order.body;
  if (consignments == Consignments::link) {
    append_link("consignments", "consignments");
  } else {
    out += ",\"consignments\":";
    append_consignments(out, shop, order, consignments == Consignments::object_with_items);
  }
  if (with_fees) {
    const std::string_view fees = order.part("fees");
    out.append(",\"fees\":").append(fees.empty() ? "[]" : fees);
  } else {
    append_link("fees", "fees");
  }
  out += '}';
}

void set_order_status(Record& order, int status, Seconds now) {
  const auto quoted = [](std::string_view text) { return fmt::format("\"{}\"", text); };
  const std::string name = quoted(statuses[static_cast<std::size_t>(status)].name);
  order.status = status;
  set_member(order.body, "status_id", fmt::format("{}", status));
  set_member(order.body, "status", name);
  set_member(order.body, "custom_status", name);
  set_member(order.body, "payment_status", quoted(payment_status_of(status)));
  if (order.refunded == 0 && (status == 4 || status == 14)) {
    order.refunded = now;
    const auto total =
        static_cast<std::int64_t>(std::stod(plain_text(member_of(order.body, "total_inc_tax"))) * 10000 + 0.5);
    JsonText amount;
    set_member(order.body, "refunded_amount", amount.money(Money{status == 4 ? total : total / 2}).take());
  }
  if (!is_sent(status)) return;
  set_member(order.body, "date_shipped", quoted(rfc2822(now)));
  set_member(order.body, "items_shipped", std::string(member_of(order.body, "items_total")));
}

}  // namespace sluice::sample_store
