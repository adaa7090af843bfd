#include "tests/sample_store/line_items.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::sample_store {
namespace {

constexpr std::array<std::string_view, 3> sizes = {"S", "M", "XL – extra groß"};

Money tax_on(Money price) { return {price.value * 8 / 100}; }

void write_prices(JsonText& json, const BasketItem& item) {
  const Money price = item.goods->price;
  const Money tax = tax_on(price);
  json.money("base_price", price)
      .money("price_ex_tax", price)
      .money("price_inc_tax", price + tax)
      .money("price_tax", tax);
  json.money("base_total", price * item.quantity).money("total_ex_tax", price * item.quantity);
  json.money("total_inc_tax", (price + tax) * item.quantity).money("total_tax", tax * item.quantity);
}

void write_measures(JsonText& json, Dice& dice, bool digital) {
  // The weight alone comes as a number in some answers.
  const Money weight{digital ? 0 : dice.between(1, 80) * 2500};
  if (dice.chance(10))
    json.decimal("weight", weight);
  else
    json.money("weight", weight);
  for (const std::string_view side : {"width", "height", "depth"}) {
    json.money(side, Money{digital ? 0 : dice.between(1, 40) * 10000});
  }
}

void write_options(JsonText& json, Dice& dice, const BasketItem& item) {
  json.key("product_options").open('[');
  if (item.goods->sized) {
    const std::string_view size = dice.pick(sizes);
    json.open('{').number("id", item.id * 3).number("option_id", 18).number("order_product_id", item.id);
    json.number("product_option_id", item.goods->id + 5000);
    json.text("display_name", "Größe").text("display_name_customer", "Größe").text("display_name_merchant", "Size");
    json.text("display_value", size).text("display_value_customer", size).text("display_value_merchant", size);
    json.text("value", fmt::format("{}", 60 + dice.below(9)))
        .text("type", "Multiple choice")
        .text("name", "Apparel sizes");
    json.text("display_style", "Rectangle").close('}');
  }
  json.close(']');
}

void write_discounts(JsonText& json, Dice& dice) {
  json.key("applied_discounts").open('[');
  if (dice.chance(12)) {
    json.open('{').text("id", "total-coupon").money("amount", Money{12100}).text("name", "$5 off");
    json.text("code", "S2549JM0Y").text("target", "order").close('}');
  } else if (dice.chance(4)) {
    json.open('{').text("id", "manual-discount").money("amount", Money{15900}).text("name", "Manual Discount");
    json.null("code").text("target", "order").close('}');
  }
  json.close(']');
}

void write_line_item(JsonText& json, const Shop& shop, const OrderPlan& plan, const BasketItem& item,
                     std::int64_t address_id) {
  Dice dice(shop.seed, "line-item", item.id);
  const Goods& goods = *item.goods;
  const bool refunded = plan.status == 4;
  const Money total = (goods.price + tax_on(goods.price)) * item.quantity;
  json.open('{').number("id", item.id).number("order_id", plan.id).number("product_id", goods.id);
  json.number("variant_id", goods.id * 4).number("order_pickup_method_id", 0).number("order_address_id", address_id);
  json.text("name", goods.name).text("name_customer", goods.name).text("name_merchant", goods.name);
  json.text("sku", goods.sku).text("upc", goods.upc).text("type", goods.digital ? "digital" : "physical");
  write_prices(json, item);
  write_measures(json, dice, goods.digital);
  json.number("quantity", item.quantity).money("base_cost_price", goods.cost).money("cost_price_inc_tax", goods.cost);
  json.money("cost_price_ex_tax", goods.cost).money("cost_price_tax", {}).boolean("is_refunded", bool{refunded});
  json.number("quantity_refunded", refunded ? item.quantity : 0).money("refund_amount", refunded ? total : Money{});
  json.number("return_id", 0).number("wrapping_id", 0);
  if (dice.chance(50))
    json.text("wrapping_name", "");
  else
    json.null("wrapping_name");
  json.money("base_wrapping_cost", {}).money("wrapping_cost_ex_tax", {}).money("wrapping_cost_inc_tax", {});
  json.money("wrapping_cost_tax", {}).text("wrapping_message", "");
  json.number("quantity_shipped", plan.status == 2 || plan.status == 10 ? item.quantity : 0);
  if (dice.chance(5)) {
    json.text("event_name", "Delivery Date").text("event_date", iso_offset(plan.created).substr(0, 10));
  } else {
    json.null("event_name").null("event_date");
  }
  json.money("fixed_shipping_cost", {}).text("ebay_item_id", "").text("ebay_transaction_id", "");
  if (goods.sized)
    json.number("option_set_id", 19);
  else
    json.null("option_set_id");
  json.null("parent_order_product_id").boolean("is_bundled_product", false);
  json.text("bin_picking_number", dice.chance(20) ? "BIN-7/A" : "").null("external_id");
  json.text("brand", goods.brand_id == 0 ? "" : brand_name(goods.brand_id - 35));
  write_discounts(json, dice);
  write_options(json, dice, item);
  json.key("configurable_fields").open('[');
  if (dice.chance(3)) json.open('{').text("name", "Engraving").text("value", "Für Lotte ♥").close('}');
  json.close(']').null("gift_certificate_id").money("discounted_total_inc_tax", total).close('}');
}

std::int64_t address_id_of(std::int64_t order_id, bool second) { return order_id * 2 + (second ? 1 : 0); }

void write_recipient(JsonText& json, const Person& person, std::int64_t id) {
  json.number("id", id).text("first_name", person.first_name).text("last_name", person.last_name);
  json.text("company", person.company).text("street_1", person.street).text("street_2", person.street_2);
  json.text("city", person.place.city).text("zip", person.place.zip).text("country", person.place.country);
  json.text("country_iso2", person.place.country_iso2).text("state", person.place.state).text("email", person.email);
  json.text("phone", person.place.phone).key("form_fields").open('[').close(']');
}

void write_pickup_place(JsonText& json, std::int64_t order_id) {
  json.number("id", order_id).number("pickup_method_id", 1).text("pickup_method_display_name", "Abholung / Pick Up");
  json.text("collection_instructions", "Bring your ID.").text("collection_time_description", "9am - 6pm");
  json.key("location").open('{').number("id", 1).text("name", "Location 1").text("code", "LOCATION-1");
  json.text("address_line_1", "123 Main Street").text("address_line_2", "Suite 101").text("city", "Austin");
  json.text("state", "Texas").text("postal_code", "78726").text("country_alpha2", "US");
  json.text("email", "location1@example.com").text("phone", "+1 111-111-1111").close('}');
}

void write_shipping_costs(JsonText& json, const Shop& shop, std::int64_t order_id, std::int64_t consignment_id,
                          std::int64_t units, bool shipped, Money cost) {
  const Money tax = tax_on(cost);
  json.number("items_total", units).number("items_shipped", shipped ? units : 0);
  json.text("shipping_method", cost.value == 0 ? "Free Shipping" : "Flat Rate").decimal("base_cost", cost);
  json.decimal("cost_ex_tax", cost)
      .decimal("cost_inc_tax", cost + tax)
      .decimal("cost_tax", tax)
      .number("cost_tax_class_id", 2);
  json.number("base_handling_cost", 0).number("handling_cost_ex_tax", 0).number("handling_cost_inc_tax", 0);
  json.number("handling_cost_tax", 0).number("handling_cost_tax_class_id", 2);
  json.number("shipping_zone_id", 1).text("shipping_zone_name", "United States");
  const std::string quotes =
      fmt::format("/orders/{}/consignments/shipping/{}/shipping_quotes", order_id, consignment_id);
  json.key("shipping_quotes").open('{').text("url", shop.link(quotes)).text("resource", quotes).close('}');
}

}  // namespace

Basket fill_basket(const Shop& shop, const OrderPlan& plan, Dice& dice) {
  Basket basket;
  const std::int64_t size = shop.goods.empty() ? 0 : order_size(shop.seed, plan.id);
  for (std::int64_t i = 0; i < size; ++i) {
    const BasketItem item{plan.first_item_id + i, &dice.pick(shop.goods), dice.chance(70) ? 1 : dice.between(2, 6)};
    basket.items.push_back(item);
    basket.units += item.quantity;
    basket.subtotal = basket.subtotal + item.goods->price * item.quantity;
    basket.tax = basket.tax + tax_on(item.goods->price) * item.quantity;
  }
  basket.is_digital = std::ranges::all_of(basket.items, [](const BasketItem& item) { return item.goods->digital; });
  if (basket.is_digital) {
    basket.delivery = Delivery::download;
    basket.address_count = 0;
  } else if (dice.chance(3)) {
    basket.delivery = Delivery::pickup;
    basket.address_count = 0;
  } else if (size > 1 && dice.chance(4)) {
    basket.delivery = Delivery::two_addresses;
    basket.address_count = 2;
  }
  return basket;
}

std::string render_consignments(const Shop& shop, const OrderPlan& plan, const Basket& basket, const Person& buyer,
                                Money shipping, std::vector<LineItem>& items) {
  JsonText json(JsonStyle::escaped);
  json.reserve(900 + basket.items.size() * 2000);
  const auto write_items = [&](std::size_t from, std::size_t to, std::int64_t address_id) {
    json.key("line_items").open('[');
    for (std::size_t i = from; i < to; ++i) {
      const std::size_t offset = json.size() + (i > from ? 1 : 0);  // behind the comma
      write_line_item(json, shop, plan, basket.items[i], address_id);
      items.push_back(
          {basket.items[i].id, static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(json.size() - offset)});
    }
    json.close(']');
  };
  const auto write_shipping = [&](std::size_t from, std::size_t to, bool second) {
    const std::int64_t id = address_id_of(plan.id, second);
    std::int64_t units = 0;
    for (std::size_t i = from; i < to; ++i) units += basket.items[i].quantity;
    json.open('{');
    write_recipient(json, buyer, id);
    write_items(from, to, id);
    write_shipping_costs(json, shop, plan.id, id, units, plan.status == 2 || plan.status == 10,
                         second ? Money{} : shipping);
    json.close('}');
  };

  const std::size_t count = basket.items.size();
  json.open('{').key("pickups").open('[');
  if (basket.delivery == Delivery::pickup) {
    json.open('{');
    write_pickup_place(json, plan.id);
    write_items(0, count, 0);
    json.close('}');
  }
  json.close(']').key("shipping").open('[');
  if (basket.delivery == Delivery::shipping) write_shipping(0, count, false);
  if (basket.delivery == Delivery::two_addresses) {
    write_shipping(0, count / 2, false);
    write_shipping(count / 2, count, true);
  }
  json.close(']').key("downloads").open('[');
  if (basket.delivery == Delivery::download && count > 0) {
    json.open('{').text("recipient_email", buyer.email);
    write_items(0, count, 0);
    json.close('}');
  }
  json.close(']').key("email").open('{').key("gift_certificates").open('[').close(']').close('}');
  return json.close('}').take();
}

void append_consignments(std::string& out, const Shop& shop, const Record& order, bool with_items) {
  const std::string_view embedded = order.part("consignments");
  if (with_items) {
    out += embedded;
    return;
  }
  std::size_t at = 0;
  for (const LineItem& item : order.items) {
    out.append(embedded.substr(at, item.offset - at));
    const std::string resource = fmt::format("/orders/{}/products/{}", order.id, item.id);
    JsonText link(JsonStyle::escaped);
    link.open('{').text("url", shop.link(resource)).text("resource", resource).close('}');
    out += link.take();
    at = item.offset + item.length;
  }
  out.append(embedded.substr(at));
}

std::string_view line_item_text(const Record& order, const LineItem& item) {
  return order.part("consignments").substr(item.offset, item.length);
}

void replace_line_item(Record& order, std::size_t index, std::string_view text) {
  LineItem& item = order.items[index];
  order.parts.front().text.replace(item.offset, item.length, text);
  const std::uint32_t grown =
      static_cast<std::uint32_t>(text.size()) - item.length;  // may wrap; the sums below wrap back
  item.length += grown;
  for (std::size_t i = index + 1; i < order.items.size(); ++i) order.items[i].offset += grown;
}

}  // namespace sluice::sample_store
