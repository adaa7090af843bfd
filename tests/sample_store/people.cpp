#include "tests/sample_store/people.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::sample_store {
namespace {

std::string render_addresses(Dice& dice, const Person& person, std::int64_t count) {
  JsonText json;
  json.open('[');
  for (std::int64_t i = 0; i < count; ++i) {
    json.open('{').number("id", person.id * 3 + i).number("customer_id", person.id);
    json.text("first_name", person.first_name).text("last_name", person.last_name).text("company", person.company);
    json.text("address1", person.street).text("address2", person.street_2).text("city", person.place.city);
    json.text("state_or_province", person.place.state).text("postal_code", person.place.zip);
    json.text("country", person.place.country).text("country_code", person.place.country_iso2);
    json.text("phone", person.place.phone)
        .text("address_type", dice.chance(80) ? "residential" : "commercial")
        .close('}');
  }
  return json.close(']').take();
}

std::string render_attributes(const Person& person, std::int64_t count, Seconds created) {
  JsonText json;
  json.open('[');
  for (std::int64_t i = 0; i < count; ++i) {
    json.open('{')
        .number("id", person.id * 2 + i)
        .number("attribute_id", i + 1)
        .text("attribute_value", i == 0 ? "Größe M" : "42");
    json.number("customer_id", person.id)
        .text("date_created", iso_zulu(created))
        .text("date_modified", iso_zulu(created))
        .close('}');
  }
  return json.close(']').take();
}

std::string render_form_fields(Dice& dice, const Person& person) {
  JsonText json;
  json.open('[');
  if (dice.chance(30)) {
    json.open('{').text("name", "Sales Rep").text("value", "Félix Leiter").number("customer_id", person.id).close('}');
    json.open('{').text("name", "Toppings").key("value").open('[').text("Olives").text("Mushrooms").close(']');
    json.number("customer_id", person.id).close('}').open('{').text("name", "Age").number("value", 41);
    json.number("customer_id", person.id).close('}');
  }
  return json.close(']').take();
}

}  // namespace

Record render_customer(const Shop& shop, const Person& person, Seconds created, Seconds modified) {
  Dice dice(shop.seed, "customer", person.id);
  const std::int64_t addresses = dice.below(3);
  const std::int64_t attributes = dice.chance(20) ? 2 : 0;
  Record customer{.id = person.id, .created = created, .modified = modified};
  JsonText json;
  json.open('{').number("id", person.id).text("email", person.email).text("first_name", person.first_name);
  json.text("last_name", person.last_name).text("company", person.company).text("phone", person.place.phone);
  json.text("registration_ip_address", dice.chance(60) ? fmt::format("198.51.100.{}", dice.below(255)) : "");
  json.text("notes", dice.chance(15) ? "Bevorzugt 📞 – \"VIP\"\nruft zurück" : "");
  json.text("tax_exempt_category", dice.chance(5) ? "Non-profit" : "")
      .number("customer_group_id", dice.chance(70) ? 0 : dice.between(1, 4));
  json.text("date_created", iso_zulu(created)).text("date_modified", iso_zulu(modified));
  json.number("address_count", addresses).number("attribute_count", attributes);
  json.key("authentication").open('{').boolean("force_password_reset", dice.chance(5)).close('}');
  json.boolean("accepts_product_review_abandoned_cart_emails", dice.chance(40)).number("origin_channel_id", 1);
  if (dice.chance(10))
    json.raw("channel_ids", "[1,667159]");
  else
    json.null("channel_ids");
  customer.body = json.take();

  JsonText credit;
  credit.open('[')
      .open('{')
      .decimal("amount", Money{dice.chance(10) ? dice.between(1, 9000) * 100 : 0})
      .close('}')
      .close(']');
  customer.parts.push_back({"addresses", render_addresses(dice, person, addresses)});
  customer.parts.push_back({"store_credit_amounts", credit.take()});
  customer.parts.push_back({"attributes", render_attributes(person, attributes, created)});
  customer.parts.push_back({"form_fields", render_form_fields(dice, person)});
  const bool has_profile = dice.chance(50);
  customer.parts.push_back({"shopper_profile_id", has_profile ? "\"" + dice.uuid() + "\"" : "null"});
  // The same words as tables/customers.json has for the ids of segments.
  const std::int64_t segment = dice.between(1, segment_count);
  const bool is_segmented = has_profile && dice.chance(40);
  customer.parts.push_back(
      {"segment_ids", is_segmented ? "[\"" + Dice(shop.seed, "segments.id", segment).uuid() + "\"]" : "[]"});
  return customer;
}

Record render_subscriber(const Shop& shop, std::int64_t id, Seconds created, Seconds modified) {
  Dice dice(shop.seed, "subscriber", id);
  const bool known = !shop.customers.empty() && dice.chance(60);
  const Person person = known ? dice.pick(shop.customers) : make_guest(dice);
  JsonText json;
  json.open('{').number("id", id).text("email", fmt::format("{}.{}", id, person.email));
  json.text("first_name", dice.chance(70) ? person.first_name : "")
      .text("last_name", dice.chance(70) ? person.last_name : "");
  json.text("source", dice.chance(50) ? "storefront" : "");
  if (dice.chance(30))
    json.number("order_id", dice.between(100, 400));
  else
    json.null("order_id");
  json.number("channel_id", 1).key("consents").open('[').text("marketing_newsletter");
  if (dice.chance(20)) json.text("abandoned_cart");
  json.close(']').text("date_modified", iso_zulu(modified)).text("date_created", iso_zulu(created));
  return {.id = id, .created = created, .modified = modified, .body = json.take()};
}

Record render_coupon(std::uint64_t seed, std::int64_t id, Seconds created) {
  constexpr std::array<std::string_view, 6> types = {"per_item_discount", "percentage_discount", "per_total_discount",
                                                     "shipping_discount", "free_shipping",       "promotion"};
  Dice dice(seed, "coupon", id);
  const std::string_view type = dice.pick(types);
  // A promotion has no usable values of its own.
  const bool promotion = type == "promotion";
  JsonText json(JsonStyle::escaped);
  json.open('{')
      .number("id", id)
      .text("name", fmt::format("{} € Rabatt #{}", dice.between(1, 20), id))
      .text("type", type);
  json.money("amount", Money{promotion ? 0 : dice.between(1, 25) * 10000})
      .money("min_purchase", Money{promotion ? 0 : dice.below(4) * 250000});
  json.text("expires", dice.chance(40) ? rfc2822(shop_ready + dice.between(-200, 200) * 86400) : "")
      .boolean("enabled", dice.chance(80));
  json.text("code", fmt::format("S{}{}", id, dice.hex(6))).key("applies_to").open('{').text("entity", "categories");
  json.key("ids").open('[').number(promotion ? 0 : 12 + dice.below(6)).close(']').close('}');
  json.number("num_uses", dice.below(60))
      .number("max_uses", dice.below(3) * 50)
      .number("max_uses_per_customer", dice.below(2));
  if (!promotion && dice.chance(30))
    json.raw("restricted_to", R"({"countries":"AU"})");
  else
    json.raw("restricted_to", "[]");
  if (promotion) {
    json.null("shipping_methods");
  } else if (dice.chance(20)) {
    json.raw("shipping_methods", R"(["shipping_endicia"])");
  } else {
    json.raw("shipping_methods", "[]");
  }
  json.text("date_created", rfc2822(created));
  return {.id = id, .created = created, .body = json.take()};
}

Record render_banner(std::uint64_t seed, std::int64_t id, Seconds created) {
  constexpr std::array<std::string_view, 4> pages = {"home_page", "category_page", "brand_page", "search_page"};
  Dice dice(seed, "banner", id);
  const std::string_view page = dice.pick(pages);
  const bool custom = dice.chance(40);
  const auto seconds = [](Seconds time) { return fmt::format("{}", time); };
  JsonText json(JsonStyle::escaped);
  json.open('{').number("id", id).text("name", fmt::format("Banner #{}", id));
  json.text("content", fmt::format("<p style=\"color:red\">Nur heute: {} % 🎉</p>", dice.between(5, 50)))
      .text("page", page);
  json.text("item_id", page == "category_page" ? "12"
                       : page == "brand_page"  ? "35"
                                               : "0")
      .text("location", dice.chance(50) ? "top" : "bottom");
  json.text("date_created", seconds(created)).text("date_type", custom ? "custom" : "always");
  json.text("date_from", custom ? seconds(created) : "0").text("date_to", custom ? seconds(created + 30 * 86400) : "0");
  json.text("visible", dice.chance(70) ? "1" : "0");
  return {.id = id, .created = created, .body = json.take()};
}

Record render_currency(std::int64_t id) {
  struct Row {
    std::string_view code, name, token, country, rate, location;
  };
  constexpr std::array<Row, currency_count> rows = {{{"USD", "US Dollar", "$", "US", "1.0000000000", "left"},
                                                     {"EUR", "Euro", "€", "EU", "0.8490000000", "left"},
                                                     {"CZK", "Česká koruna", "Kč", "CZ", "23.1150000000", "right"},
                                                     {"GBP", "British Pound", "£", "GB", "0.7861000000", "left"}}};
  const Row& row = rows[static_cast<std::size_t>((id - 1) % currency_count)];
  JsonText json(JsonStyle::escaped);
  json.open('{')
      .number("id", id)
      .boolean("is_default", id == 1)
      .text("last_updated", rfc2822(shop_opened + id * 86400));
  json.text("country_iso2", row.country).key("default_for_country_codes").open('[').text(row.country).close(']');
  json.text("currency_code", row.code).text("currency_exchange_rate", row.rate).boolean("auto_update", id != 1);
  json.text("token_location", row.location)
      .text("token", row.token)
      .text("decimal_token", ".")
      .text("thousands_token", ",");
  json.number("decimal_places", 2)
      .text("name", row.name)
      .boolean("enabled", id != 4)
      .boolean("is_transactional", id <= 2);
  json.boolean("use_default_name", id != 3);
  return {.id = id, .body = json.take()};
}

Record render_store(const Shop& shop, std::string_view plan) {
  Dice dice(shop.seed, "store", 1);
  JsonText json(JsonStyle::escaped);
  json.open('{')
      .text("id", shop.store_hash)
      .text("account_uuid", dice.uuid())
      .text("domain", "sample-store.example.com");
  json.text("secure_url", "https://sample-store.example.com");
  json.text("control_panel_base_url", fmt::format("https://store-{}.mybigcommerce.com", shop.store_hash));
  json.text("status", "live")
      .text("name", "Müller & Söhne Sample Store")
      .text("first_name", "Jane")
      .text("last_name", "Doe");
  json.text("address", "123 Main Street\nAustin\nTexas 78751")
      .text("country", "United States")
      .text("country_code", "US");
  json.text("infrastructure_region", "us-central1")
      .text("phone", "555-123-4567")
      .text("admin_email", "jane.doe@example.com");
  json.text("order_email", "orders@example.com").text("favicon_url", "");
  json.raw(
      "timezone",
      R"({"name":"America\/Chicago","raw_offset":-21600,"dst_offset":-18000,"dst_correction":true,"date_format":{"display":"M jS Y","export":"M jS Y","extended_display":"M jS Y @ g:i A"}})");
  json.text("language", "en").text("currency", "USD").text("currency_symbol", "$").text("decimal_separator", ".");
  json.text("thousands_separator", ",").number("decimal_places", 2).text("currency_symbol_location", "left");
  json.text("weight_units", "Ounces").text("dimension_units", "Inches").number("dimension_decimal_places", 2);
  json.text("dimension_decimal_token", ".")
      .text("dimension_thousands_token", ",")
      .text("plan_name", plan)
      .text("plan_level", plan);
  json.boolean("plan_is_trial", false)
      .text("industry", "Home & Garden")
      .raw("logo", "[]")
      .boolean("is_price_entered_with_tax", false);
  json.number("store_id", 1003141592)
      .number("default_channel_id", 1)
      .number("default_site_id", 1000)
      .raw("active_comparison_modules", "[]");
  json.raw(
      "features",
      R"({"stencil_enabled":true,"sitewidehttps_enabled":true,"facebook_catalog_id":"","checkout_type":"optimized","wishlists_enabled":true,"graphql_storefront_api_enabled":true,"shopper_consent_tracking_enabled":true,"multi_storefront_enabled":true,"storefront_limits":{"active":3,"total_including_inactive":4}})");
  return {.id = 1, .body = json.take()};
}

}  // namespace sluice::sample_store
