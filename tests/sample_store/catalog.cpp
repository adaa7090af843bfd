#include "tests/sample_store/catalog.hpp"

#include <fmt/format.h>

namespace sluice::sample_store {
namespace {

constexpr std::array<std::string_view, 12> category_names = {
    "Bath",  "Küche & Haushalt", "Garden 🌿", "Publications", "Kitchen", "Utility",
    "Décor", "Sale \"50% off\"", "Shop All",  "Kids",         "Büro",    "Outdoor/Travel"};
constexpr std::array<std::string_view, 3> sizes = {"S", "M", "XL – extra groß"};

void write_texts(JsonText& json, Dice& dice, const Goods& goods) {
  json.text("description",
            fmt::format("<p><span>{}</span> – schön & nützlich.</p>\n<ul><li>\"handmade\"</li></ul>", goods.name));
  const Money weight{goods.digital ? 0 : dice.between(1, 80) * 2500};
  json.decimal("weight", weight).decimal("width", Money{dice.between(1, 40) * 10000});
  json.decimal("depth", Money{dice.between(1, 40) * 10000}).decimal("height", Money{dice.between(10, 400) * 1000});
}

void write_prices(JsonText& json, Dice& dice, const Goods& goods) {
  const Money sale{dice.chance(25) ? goods.price.value * 9 / 10 / 100 * 100 : 0};
  json.decimal("price", goods.price)
      .decimal("cost_price", goods.cost)
      .decimal("retail_price", goods.price + Money{50000});
  json.decimal("sale_price", sale).number("map_price", 0).number("tax_class_id", dice.below(3));
  json.text("product_tax_code", dice.chance(20) ? "PC040100" : "");
  json.decimal("calculated_price", sale.value > 0 ? sale : goods.price);
}

void write_places(JsonText& json, Dice& dice, const Goods& goods) {
  json.key("categories").open('[').number(first_category_id + dice.below(category_count / 2));
  if (dice.chance(40)) json.number(first_category_id + category_count / 2 + dice.below(category_count / 2));
  json.close(']').number("brand_id", goods.brand_id);
  json.text("brand_name", goods.brand_id == 0 ? "" : brand_name(goods.brand_id - first_brand_id));
}

void write_stock(JsonText& json, Dice& dice, const Goods& goods) {
  const std::string_view tracking = goods.digital ? "none" : goods.sized ? "variant" : "product";
  json.number("inventory_level", goods.digital ? 0 : dice.below(120)).number("inventory_warning_level", dice.below(10));
  json.text("inventory_tracking", tracking).decimal("fixed_cost_shipping_price", Money{dice.chance(10) ? 59900 : 0});
  json.boolean("is_free_shipping", dice.chance(10))
      .boolean("is_visible", dice.chance(92))
      .boolean("is_featured", dice.chance(8));
  json.key("related_products").open('[').number(-1).close(']');
}

void write_selling(JsonText& json, Dice& dice, const Goods& goods) {
  const bool preorder = dice.chance(4);
  json.text("warranty", dice.chance(10) ? "<p>2 Jahre</p>" : "")
      .text("bin_picking_number", "")
      .text("layout_file", "product.html");
  json.text("upc", goods.upc).text("search_keywords", dice.chance(30) ? "kitchen, laundry, küche" : "");
  json.text("availability_description", "").text("availability", preorder ? "preorder" : "available");
  json.text("gift_wrapping_options_type", "any").key("gift_wrapping_options_list").open('[').close(']');
  json.number("sort_order", dice.between(-5, 5)).text("condition", dice.chance(95) ? "New" : "Used");
  json.boolean("is_condition_shown", dice.chance(50))
      .number("order_quantity_minimum", 0)
      .number("order_quantity_maximum", 0);
  json.text("page_title", dice.chance(30) ? goods.name : "").key("meta_keywords").open('[');
  if (dice.chance(40)) json.text("modern").text("größe");
  json.close(']').text("meta_description", "").number("view_count", dice.below(5000));
  if (preorder)
    json.text("preorder_release_date", iso_offset(shop_ready + 30 * 86400));
  else
    json.null("preorder_release_date");
  json.text("preorder_message", preorder ? "Ships soon™" : "").boolean("is_preorder_only", bool{preorder});
  json.boolean("is_price_hidden", false).text("price_hidden_label", "");
}

void write_search(JsonText& json, Dice& dice, const Goods& goods) {
  json.key("custom_url")
      .open('{')
      .text("url", "/" + slug(goods.name) + "/")
      .boolean("is_customized", dice.chance(10))
      .close('}');
  json.text("open_graph_type", "product").text("open_graph_title", "").text("open_graph_description", "");
  json.boolean("open_graph_use_meta_description", true).boolean("open_graph_use_product_name", true);
  json.boolean("open_graph_use_image", true)
      .text("gtin", goods.upc)
      .text("mpn", dice.chance(50) ? "MPN-" + dice.hex(6) : "");
  json.number("reviews_rating_sum", dice.below(50))
      .number("reviews_count", dice.below(12))
      .number("total_sold", dice.below(900));
}

std::string render_image(Dice& dice, const Goods& goods, std::int64_t number, Seconds modified) {
  JsonText json;
  const std::string file = fmt::format("{}/{}__{}.jpg", dice.hex(1), slug(goods.name), 10000 + dice.below(90000));
  const auto url = [&](int size) {
    return fmt::format("https://cdn11.bigcommerce.com/s-sample/products/{}/images/{}.{}.{}.jpg?c=2", goods.id, number,
                       size, size);
  };
  json.open('{')
      .number("id", goods.id * 10 + number)
      .number("product_id", goods.id)
      .boolean("is_thumbnail", number == 0);
  json.number("sort_order", number).text("description", "").text("image_file", file).text("image_url", url(1280));
  json.text("url_zoom", url(1280))
      .text("url_standard", url(386))
      .text("url_thumbnail", url(220))
      .text("url_tiny", url(44));
  return json.text("date_modified", iso_offset(modified)).close('}').take();
}

void add_images(Record& product, Dice& dice, const Goods& goods) {
  JsonText json;
  json.open('[');
  const std::int64_t count = dice.below(4);
  std::string first;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string image = render_image(dice, goods, i, product.created);
    if (i == 0) first = image;
    json.raw(image);
  }
  product.parts.push_back({"images", json.close(']').take()});
  if (!first.empty()) product.parts.push_back({"primary_image", std::move(first)});
}

std::string render_options(const Goods& goods) {
  JsonText json;
  json.open('[');
  if (goods.sized) {
    json.open('{').number("id", goods.id + 5000).number("product_id", goods.id).text("display_name", "Größe");
    json.text("name", fmt::format("Groesse{}", goods.id)).text("type", "rectangles").number("sort_order", 0);
    json.key("option_values").open('[');
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      json.open('{').number("id", goods.id * 4 + static_cast<std::int64_t>(i)).text("label", sizes[i]);
      json.number("sort_order", static_cast<std::int64_t>(i))
          .null("value_data")
          .boolean("is_default", i == 0)
          .close('}');
    }
    json.close(']').key("config").open('[').close(']').close('}');
  }
  return json.close(']').take();
}

/// A modifier with values, each of which may change price and weight.
void write_insurance(JsonText& json, const Goods& goods) {
  const std::int64_t id = goods.id + 7000;
  json.open('{').number("id", id).number("product_id", goods.id).text("name", fmt::format("Insurance{}", goods.id));
  json.text("display_name", "Insurance").text("type", "checkbox").boolean("required", true).number("sort_order", 0);
  json.key("config").open('{').text("checkbox_label", "$5 for insurance").boolean("checked_by_default", false);
  json.close('}').key("option_values").open('[');
  for (const bool yes : {true, false}) {
    json.open('{').number("id", goods.id * 2 + (yes ? 0 : 1)).number("option_id", id).text("label", yes ? "Yes" : "No");
    json.number("sort_order", yes ? 0 : 1).key("value_data").open('{').boolean("checked_value", bool{yes}).close('}');
    json.boolean("is_default", !yes).key("adjusters").open('{').key("price");
    json.raw(yes ? R"({"adjuster":"relative","adjuster_value":5})" : "{}").key("weight").raw("{}");
    json.text("image_url", "").key("purchasing_disabled").raw(R"({"status":false,"message":""})");
    json.close('}').close('}');
  }
  json.close(']').close('}');
}

std::string render_modifiers(Dice& dice, const Goods& goods) {
  JsonText json;
  json.open('[');
  if (dice.chance(12)) write_insurance(json, goods);
  if (dice.chance(15)) {
    json.open('{')
        .number("id", goods.id + 9000)
        .number("product_id", goods.id)
        .text("name", fmt::format("Engraving{}", goods.id));
    json.text("display_name", "Gravur").text("type", "text").boolean("required", false).number("sort_order", 1);
    json.key("config").open('{').text("default_value", "").boolean("text_characters_limited", true);
    json.number("text_min_length", 1).number("text_max_length", 55).close('}');
    json.key("option_values").open('[').close(']').close('}');
  }
  return json.close(']').take();
}

std::string render_rules(Dice& dice, const Goods& goods) {
  JsonText json;
  json.open('[');
  if (dice.chance(15)) {
    json.open('{')
        .number("id", goods.id + 700)
        .number("quantity_min", 10)
        .number("quantity_max", 50)
        .text("type", "percent");
    json.decimal("amount", Money{dice.between(2, 20) * 10000}).close('}');
  }
  return json.close(']').take();
}

std::string render_fields(Dice& dice, const Goods& goods) {
  JsonText json;
  json.open('[');
  if (dice.chance(35)) {
    json.open('{')
        .number("id", goods.id * 2)
        .text("name", "ISBN")
        .text("value", fmt::format("{:013}", dice.below(9'999'999'999'999)));
    json.close('}').open('{').number("id", goods.id * 2 + 1).text("name", "Pflege").text("value", "30 °C").close('}');
  }
  return json.close(']').take();
}

std::string render_videos(Dice& dice, const Goods& goods) {
  JsonText json;
  json.open('[');
  if (dice.chance(8)) {
    json.open('{')
        .number("id", goods.id)
        .number("product_id", goods.id)
        .text("title", "How it's made")
        .text("description", "");
    json.number("sort_order", 0)
        .text("type", "youtube")
        .text("video_id", dice.hex(11))
        .text("length", "3:21")
        .close('}');
  }
  return json.close(']').take();
}

std::string render_reviews(Dice& dice, const Goods& goods, Seconds created) {
  JsonText json;
  json.open('[');
  if (dice.chance(20)) {
    json.open('{').number("id", goods.id + 300).number("product_id", goods.id).text("title", "Super 👍");
    json.text("text", "Würde ich wieder kaufen.\nA+").text("status", "approved").number("rating", dice.between(1, 5));
    json.text("email", "reviewer@example.com").text("name", "Zoë").text("date_reviewed", iso_offset(created + 86400));
    json.text("date_created", iso_offset(created + 86400))
        .text("date_modified", iso_offset(created + 86400))
        .close('}');
  }
  return json.close(']').take();
}

Record render_variant(const Shop& shop, const Goods& goods, std::int64_t index) {
  const std::int64_t id = goods.id * 4 + index;
  Dice dice(shop.seed, "variant", id);
  const auto optional_price = [&](JsonText& json, std::string_view name, bool set) {
    if (set)
      json.decimal(name, goods.price);
    else
      json.null(name);
  };
  JsonText json;
  json.open('{').decimal("cost_price", goods.cost);
  optional_price(json, "price", goods.sized && dice.chance(60));
  optional_price(json, "sale_price", dice.chance(10));
  optional_price(json, "retail_price", dice.chance(20));
  if (dice.chance(50))
    json.decimal("weight", Money{dice.between(1, 80) * 2500});
  else
    json.null("weight");
  json.null("width").null("height").null("depth").boolean("is_free_shipping", false);
  if (dice.chance(30))
    json.number("fixed_cost_shipping_price", 0);
  else
    json.null("fixed_cost_shipping_price");
  const bool disabled = dice.chance(4);
  json.boolean("purchasing_disabled", bool{disabled});
  json.text("purchasing_disabled_message", disabled ? "This item is not available." : "").text("image_url", "");
  json.text("upc", goods.upc).number("inventory_level", dice.below(40)).number("inventory_warning_level", 0);
  json.text("bin_picking_number", "").text("mpn", "").text("gtin", "").number("id", id).number("product_id", goods.id);
  json.text("sku", goods.sized ? fmt::format("{}-{}", goods.sku, index + 1) : goods.sku);
  if (goods.sized)
    json.number("sku_id", id + 40);
  else
    json.null("sku_id");
  json.key("option_values").open('[');
  if (goods.sized) {
    json.open('{').text("option_display_name", "Größe").text("label", sizes[static_cast<std::size_t>(index)]);
    json.number("id", id).number("option_id", goods.id + 5000).close('}');
  }
  json.close(']')
      .decimal("calculated_price", goods.price)
      .decimal("calculated_weight", Money{dice.between(1, 80) * 2500});
  json.null("map_price");
  return {.id = id, .body = json.take()};
}

}  // namespace

Record render_product(const Shop& shop, const Goods& goods, Seconds created, Seconds modified) {
  Dice dice(shop.seed, "product", goods.id);
  Record product{.id = goods.id, .created = created, .modified = modified};
  JsonText json;
  json.reserve(2200);
  json.open('{').number("id", goods.id).text("name", goods.name).text("type", goods.digital ? "digital" : "physical");
  json.text("sku", goods.sku);
  write_texts(json, dice, goods);
  write_prices(json, dice, goods);
  write_places(json, dice, goods);
  write_stock(json, dice, goods);
  write_selling(json, dice, goods);
  write_search(json, dice, goods);
  json.text("date_last_imported", dice.chance(20) ? iso_offset(created + 3600) : "");
  json.text("date_created", iso_offset(created)).text("date_modified", iso_offset(modified));
  json.number("base_variant_id", goods.sized ? 0 : goods.id * 4);
  if (goods.sized)
    json.number("option_set_id", 19);
  else
    json.null("option_set_id");
  product.body = json.text("option_set_display", "right").take();

  add_images(product, dice, goods);
  product.parts.push_back({"custom_fields", render_fields(dice, goods)});
  product.parts.push_back({"bulk_pricing_rules", render_rules(dice, goods)});
  product.parts.push_back({"videos", render_videos(dice, goods)});
  product.parts.push_back({"options", render_options(goods)});
  product.parts.push_back({"modifiers", render_modifiers(dice, goods)});
  product.parts.push_back({"reviews", render_reviews(dice, goods, created)});
  product.parts.push_back({"channels", dice.chance(90) ? "[1]" : "[1,667159]"});
  product.parts.push_back({"parent_relations", "[]"});
  return product;
}

std::vector<Record> render_variants(const Shop& shop, const Goods& goods) {
  std::vector<Record> variants;
  const std::int64_t count = goods.sized ? static_cast<std::int64_t>(sizes.size()) : 1;
  for (std::int64_t i = 0; i < count; ++i) variants.push_back(render_variant(shop, goods, i));
  return variants;
}

Record render_brand(std::int64_t id) {
  const std::string_view name = brand_name(id - first_brand_id);
  JsonText json;
  json.open('{').number("id", id).text("name", name).text("page_title", id % 3 == 0 ? name : "");
  json.key("meta_keywords").open('[').text(id % 4 == 0 ? "modern" : "").close(']');
  json.text("meta_description", id % 5 == 0 ? "Schlicht & schön" : "");
  json.text("image_url",
            id % 4 == 1 ? "https://cdn8.bigcommerce.com/s-sample/product_images/k/screen%20shot__65102.png" : "");
  json.text("search_keywords", "").key("custom_url").open('{').text("url", "/" + slug(name) + "/");
  return {.id = id, .body = json.boolean("is_customized", id % 7 == 0).close('}').take()};
}

Record render_category(std::uint64_t seed, std::int64_t id) {
  Dice dice(seed, "category", id);
  const std::int64_t number = id - first_category_id;
  const std::string_view name = category_names[static_cast<std::size_t>(number) % category_names.size()];
  const bool child = number >= static_cast<std::int64_t>(category_names.size());
  JsonText json;
  json.open('{')
      .number("category_id", id)
      .text("category_uuid", dice.uuid())
      .number("tree_id", number % 8 == 7 ? 2 : 1);
  json.number("parent_id", child ? id - static_cast<std::int64_t>(category_names.size()) : 0).text("name", name);
  json.text("description", number % 2 == 0 ? fmt::format("<p>Alles für <b>{}</b></p>", name) : "")
      .number("views", dice.below(3000));
  json.number("sort_order", number).text("page_title", name).key("meta_keywords").open('[').close(']');
  json.text("meta_description", "").text("layout_file", "category.html").text("image_url", "");
  json.boolean("is_visible", dice.chance(90))
      .text("search_keywords", "")
      .text("default_product_sort", "use_store_settings");
  json.key("url").open('{').text("path", fmt::format("/{}-{}/", slug(name), id)).boolean("is_customized", false);
  return {.id = id, .body = json.close('}').take()};
}

Record render_price_list(std::uint64_t seed, std::int64_t id, Seconds created, Seconds modified) {
  constexpr std::array<std::string_view, 4> names = {"Warehouse", "B2B", "Wholesale", "Händler"};
  Dice dice(seed, "price-list", id);
  JsonText json;
  json.open('{').number("id", id).text("name", fmt::format("{} {}", dice.pick(names), id));
  json.text("date_created", iso_zulu(created))
      .text("date_modified", iso_zulu(modified))
      .boolean("active", dice.chance(85));
  return {.id = id, .created = created, .modified = modified, .body = json.take()};
}

}  // namespace sluice::sample_store
