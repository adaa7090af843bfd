#include "tests/sample_store/derived_rows.hpp"

#include "tests/sample_store/line_items.hpp"
#include "tests/sample_store/row_words.hpp"

#include <algorithm>
#include <array>

namespace sluice::sample_store {
namespace {

using Derivation = std::vector<Json> (*)(const DescribedRows& rows, std::int64_t parent);

std::vector<Json> catalog_summary(const DescribedRows& rows, std::int64_t) {
  double highest = 0, lowest = 0, sum = 0, value = 0;
  std::int64_t stock = 0, count = 0;
  for (const Record* variant : rows.data().table("product_variants")->by_id()) {
    const double price = std::stod(std::string(member_of(variant->body, "calculated_price")));
    const auto level = std::stoll(std::string(member_of(variant->body, "inventory_level")));
    highest = std::max(highest, price);
    lowest = count == 0 ? price : std::min(lowest, price);
    sum += price;
    stock += level;
    value += price * static_cast<double>(level);
    ++count;
  }
  Seconds oldest = shop_ready, newest = shop_opened;
  for (const Record* product : rows.data().table("products")->by_id()) {
    oldest = std::min(oldest, product->created);
    newest = std::max(newest, product->created);
  }
  const Rows& categories = rows.data().table("categories")->by_id();
  Json summary{{"inventory_count", stock}, {"inventory_value", value}};
  summary["primary_category_id"] = categories.empty() ? 0 : categories.front()->id;
  summary["primary_category_name"] = categories.empty() ? "" : plain_text(member_of(categories.front()->body, "name"));
  summary["variant_count"] = count;
  summary["highest_variant_price"] = highest;
  summary["average_variant_price"] = count == 0 ? 0.0 : sum / static_cast<double>(count);
  // A text, alone among the prices; so the documents.
  summary["lowest_variant_price"] = Json(lowest).dump();
  summary["oldest_variant_date"] = iso_offset(oldest);
  summary["newest_variant_date"] = iso_offset(newest);
  return {summary};
}

Json tree_node(const Rows& categories, const Record& category, Json path, int depth) {
  const auto id_of = [](const Record& record, std::string_view member) {
    return std::stoll(std::string(member_of(record.body, member)));
  };
  path.push_back(category.id);
  Json node{{"id", category.id}, {"parent_id", id_of(category, "parent_id")}, {"depth", depth}, {"path", path}};
  node["name"] = plain_text(member_of(category.body, "name"));
  node["is_visible"] = member_of(category.body, "is_visible") == "true";
  node["url"] = plain_text(member_of(member_of(category.body, "url"), "path"));
  node["children"] = Json::array();
  for (const Record* child : categories) {
    if (id_of(*child, "parent_id") == category.id)
      node["children"].push_back(tree_node(categories, *child, path, depth + 1));
  }
  return node;
}

std::vector<Json> category_tree(const DescribedRows& rows, std::int64_t tree) {
  std::vector<Json> roots;
  const Rows& categories = rows.data().table("categories")->by_id();
  for (const Record* category : categories) {
    const bool is_root = member_of(category->body, "parent_id") == "0";
    if (is_root && member_of(category->body, "tree_id") == std::to_string(tree))
      roots.push_back(tree_node(categories, *category, Json::array(), 0));
  }
  return roots;
}

std::vector<Json> profiles_of_segment(const DescribedRows& rows, std::int64_t segment) {
  std::vector<Json> found;
  const std::string id = rows.value("segments", segment, "id").dump();
  const TableDescription& profiles = *described_table("shopper_profiles");
  for (const Record* customer : rows.data().table("customers")->by_id()) {
    if (customer->part("segment_ids").find(id) == std::string_view::npos) continue;
    for (const RowRef& profile : rows.of_parent(profiles, customer->id))
      found.push_back(rows.record(profiles, profile));
  }
  return found;
}

std::vector<Json> segments_of_profile(const DescribedRows& rows, std::int64_t profile) {
  std::vector<Json> found;
  const TableDescription& segments = *described_table("segments");
  const std::int64_t customer = profile / described_table("shopper_profiles")->width;
  const Json ids = rows.value("customers", customer, "segment_ids");
  for (const RowRef& segment : rows.all(segments)) {
    Json record = rows.record(segments, segment);
    if (std::ranges::find(ids, record.at("id")) != ids.end()) found.push_back(std::move(record));
  }
  return found;
}

/// With links in place of line items; the include brings these.
std::vector<Json> order_consignments(const DescribedRows& rows, std::int64_t order) {
  std::string text;
  append_consignments(text, rows.shop(), *rows.data().table("orders")->find(order), false);
  return {Json::parse(text)};
}

constexpr std::array<std::pair<std::string_view, Derivation>, 5> derivations = {{
    {"catalog_summary", catalog_summary},
    {"category_tree", category_tree},
    {"order_consignments", order_consignments},
    {"profiles_of_segment", profiles_of_segment},
    {"segments_of_profile", segments_of_profile},
}};

}  // namespace

std::vector<Json> derived_rows(const DescribedRows& rows, const TableDescription& table, std::int64_t parent) {
  const auto& name = table.at("derived").get_ref<const std::string&>();
  const auto place = std::ranges::find(derivations, name, &std::pair<std::string_view, Derivation>::first);
  return place == derivations.end() ? std::vector<Json>{} : place->second(rows, parent);
}

}  // namespace sluice::sample_store
