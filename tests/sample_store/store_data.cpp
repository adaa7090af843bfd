#include "tests/sample_store/store_data.hpp"

#include "core/error.hpp"
#include "tests/sample_store/catalog.hpp"
#include "tests/sample_store/line_items.hpp"
#include "tests/sample_store/orders.hpp"
#include "tests/sample_store/people.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace sluice::sample_store {
namespace {

using Form = TableTraits::DateForm;
constexpr std::array<TableTraits, 13> all_traits = {{
    {"orders", "id", "date_modified", Form::rfc2822},
    {"order_products", "id", "", {}},
    {"products", "id", "date_modified", Form::iso_offset},
    {"product_variants", "id", "", {}},
    {"brands", "id", "", {}},
    {"categories", "category_id", "", {}},
    {"customers", "id", "date_modified", Form::iso_zulu},
    {"subscribers", "id", "date_modified", Form::iso_zulu},
    {"coupons", "id", "", {}},
    {"currencies", "id", "last_updated", Form::rfc2822},
    {"price_lists", "id", "date_modified", Form::iso_zulu},
    {"banners", "id", "", {}},
    {"store_information", "id", "", {}},
}};

constexpr std::int64_t first_order_id = 100;
constexpr std::int64_t first_product_id = 77;

std::string date_text(Form form, Seconds time) {
  switch (form) {
    case Form::rfc2822:
      return rfc2822(time);
    case Form::iso_offset:
      return iso_offset(time);
    case Form::iso_zulu:
      return iso_zulu(time);
  }
  return {};
}

/// Ids have gaps, as where rows were deleted long ago.
std::int64_t nth_id(std::int64_t first, std::int64_t n) { return first + n + n / 25; }

/// The tables whose rows are like any other's: made from a seed, an id and two dates.
struct Stock {
  std::string_view table;
  std::int64_t first_id;
  std::int64_t SampleStoreOptions::* count;
};
constexpr std::array<Stock, 4> stock = {{
    {"subscribers", 1, &SampleStoreOptions::subscribers},
    {"coupons", 1, &SampleStoreOptions::coupons},
    {"price_lists", 1, &SampleStoreOptions::price_lists},
    {"banners", 1, &SampleStoreOptions::banners},
}};

/// One in seven rows was changed by a bulk edit, so that up to 300 neighbours share the second of their last change.
Seconds last_change(Dice& dice, Seconds created, std::int64_t n, std::int64_t total) {
  constexpr Seconds bulk_edit = shop_ready - 5 * 86400 + 12345;
  const std::int64_t cluster = std::min<std::int64_t>(300, total / 7);
  if (n >= total / 4 && n < total / 4 + cluster && created < bulk_edit) return bulk_edit;
  return dice.chance(30) ? created : date_in(dice, created, std::min(shop_ready, created + 40 * 86400));
}

std::string value_text(const Json& value, bool escaped) {
  return value.dump(-1, ' ', escaped, Json::error_handler_t::replace);
}

bool is_v2(std::string_view table) {
  return table == "orders" || table == "order_products" || table == "coupons" || table == "banners" ||
         table == "currencies";
}

}  // namespace

std::span<const TableTraits> table_traits() { return all_traits; }

StoreData::StoreData(const SampleStoreOptions& options) {
  shop_.seed = options.seed;
  shop_.store_hash = options.store_hash;
  fill(options);
  for (const auto& [name, rows] : tables_) {
    std::vector<std::int64_t>& ids = initial_ids_[name];
    ids.reserve(rows.size());
    for (const Record* record : rows.by_id()) ids.push_back(record->id);
  }
}

void StoreData::fill(const SampleStoreOptions& options) {
  for (const TableTraits& traits : all_traits) {
    if (traits.name != "order_products") tables_.try_emplace(std::string(traits.name));
  }
  const auto fill_table = [&](std::string_view name, std::int64_t first, std::int64_t count) {
    std::vector<Record> records;
    records.reserve(static_cast<std::size_t>(count));
    for (std::int64_t n = 0; n < count; ++n) {
      const std::int64_t id = nth_id(first, n);
      Dice dice(shop_.seed, name, id);
      const Seconds created = date_in(dice, shop_opened, shop_ready);
      records.push_back(make(name, id, created, last_change(dice, created, n, count)));
    }
    table(name)->add(std::move(records));
  };
  fill_table("products", first_product_id, options.products);
  fill_table("customers", 1, options.customers);
  for (const Stock& item : stock) fill_table(item.table, item.first_id, options.*item.count);
  const auto fill_plain = [&](std::string_view name, std::int64_t first, std::int64_t count) {
    std::vector<Record> records;
    for (std::int64_t n = 0; n < count; ++n) records.push_back(make(name, first + n, shop_opened, shop_opened + n));
    table(name)->add(std::move(records));
  };
  fill_plain("brands", first_brand_id, brand_count());
  fill_plain("categories", first_category_id, category_count);
  fill_plain("currencies", 1, currency_count);
  std::vector<Record> store;
  store.push_back(render_store(shop_, options.plan));
  table("store_information")->add(std::move(store));
  fill_orders(options.orders);
}

void StoreData::fill_orders(std::int64_t count) {
  std::vector<OrderPlan> plans(static_cast<std::size_t>(count));
  for (std::int64_t n = 0; n < count; ++n) {
    OrderPlan& plan = plans[static_cast<std::size_t>(n)];
    plan.id = nth_id(first_order_id, n);
    plan.first_item_id = next_item_id_;
    next_item_id_ += order_size(shop_.seed, plan.id);
    Dice dice(shop_.seed, "order-plan", plan.id);
    // Orders come one after the other; the span of each is a little noisy.
    const Seconds span = (shop_ready - shop_opened) / std::max<std::int64_t>(count, 1);
    plan.created = shop_opened + n * span + dice.below(std::max<Seconds>(span, 1));
    plan.modified = last_change(dice, plan.created, n, count);
    plan.status = order_status_of_age(dice, shop_ready - plan.created);
  }
  std::vector<Record> records(plans.size());
  const auto render = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) records[i] = render_order(shop_, plans[i]);
  };
  const std::size_t half = plans.size() / 2;
  std::thread other(render, 0, half);
  render(half, plans.size());
  other.join();
  table("orders")->add(std::move(records));
}

RecordTable* StoreData::table(std::string_view name) {
  const auto place = tables_.find(name);
  return place == tables_.end() ? nullptr : &place->second;
}

const RecordTable* StoreData::table(std::string_view name) const {
  const auto place = tables_.find(name);
  return place == tables_.end() ? nullptr : &place->second;
}

const TableTraits* StoreData::traits(std::string_view name) const {
  const auto place = std::ranges::find(all_traits, name, &TableTraits::name);
  return place == all_traits.end() ? nullptr : &*place;
}

std::span<const std::int64_t> StoreData::variants_of(std::int64_t product) const {
  const auto place = variants_.find(product);
  if (place == variants_.end()) return {};
  return place->second;
}

std::size_t StoreData::count(std::string_view name) const {
  if (name != "order_products") return table(name)->size();
  std::size_t items = 0;
  for (const Record* order : table("orders")->by_id()) items += order->items.size();
  return items;
}

Record StoreData::make(std::string_view name, std::int64_t id, Seconds created, Seconds modified) {
  if (name == "products") {
    shop_.goods.push_back(make_goods(shop_.seed, id));
    add_variants(shop_.goods.back());
    return render_product(shop_, shop_.goods.back(), created, modified);
  }
  if (name == "customers") {
    shop_.customers.push_back(make_person(shop_.seed, id));
    return render_customer(shop_, shop_.customers.back(), created, modified);
  }
  if (name == "orders") {
    const OrderPlan plan{id, next_item_id_, created, modified, 11};
    next_item_id_ += order_size(shop_.seed, id);
    return render_order(shop_, plan);
  }
  if (name == "subscribers") return render_subscriber(shop_, id, created, modified);
  if (name == "coupons") return render_coupon(shop_.seed, id, created);
  if (name == "price_lists") return render_price_list(shop_.seed, id, created, modified);
  if (name == "banners") return render_banner(shop_.seed, id, created);
  if (name == "brands") return render_brand(id);
  if (name == "categories") return render_category(shop_.seed, id);
  if (name == "currencies") {
    Record currency = render_currency(id);
    currency.modified = shop_opened + id * 86400;
    return currency;
  }
  throw Error(
      ErrorKind::config, "sample_store.fixed_table",
      fmt::format("rows cannot be added to \"{}\"; add \"orders\" for line items, \"products\" for variants", name));
}

void StoreData::add_variants(const Goods& goods) {
  std::vector<Record> variants = render_variants(shop_, goods);
  std::vector<std::int64_t>& ids = variants_[goods.id];
  for (const Record& variant : variants) ids.push_back(variant.id);
  table("product_variants")->add(std::move(variants));
}

std::int64_t StoreData::initial_count(std::string_view name) const {
  const auto place = initial_ids_.find(name);
  return place == initial_ids_.end() ? 0 : std::ssize(place->second);
}

std::int64_t StoreData::initial_id(std::string_view name, std::int64_t n) const {
  return initial_ids_.find(name)->second.at(static_cast<std::size_t>(n));
}

std::vector<std::int64_t> StoreData::add(std::string_view name, std::size_t count, Seconds now) {
  ++version_;
  RecordTable* rows = table(name);
  std::vector<Record> records;
  std::vector<std::int64_t> ids;
  std::int64_t id = rows == nullptr ? 1 : rows->next_id();
  for (std::size_t i = 0; i < count; ++i, ++id) {
    records.push_back(make(name, id, now, now));
    ids.push_back(id);
  }
  if (rows != nullptr) rows->add(std::move(records));
  return ids;
}

void StoreData::stamp(RecordTable& rows, const TableTraits& traits, std::span<Record* const> records, Seconds now) {
  ++version_;
  if (traits.modified.empty()) return;
  const std::string date = "\"" + date_text(traits.form, now) + "\"";
  for (Record* record : records) set_member(record->body, traits.modified, date);
  rows.retime(records, now);
}

void StoreData::modify(std::string_view name, std::span<const std::int64_t> ids, const Json& set, Seconds now) {
  if (name == "order_products") return modify_line_items(ids, set, now);
  RecordTable& rows = *table(name);
  const TableTraits& about = *traits(name);
  Rows changed;
  for (const std::int64_t id : ids) {
    if (Record* record = rows.find(id)) changed.push_back(record);
  }
  for (Record* record : changed) {
    for (const auto& [member, value] : set.items()) {
      if (member == "status_id" && name == "orders" && value.is_number_integer() && value >= 0 && value <= 14) {
        set_order_status(*record, value.get<int>(), now);
      } else if (!record->part(member).empty()) {
        for (Part& part : record->parts) {
          if (part.name == member) part.text = value_text(value, is_v2(name));
        }
      } else {
        set_member(record->body, member, value_text(value, is_v2(name)));
      }
    }
    if (name == "orders") record->archived = member_of(record->body, "is_deleted") == "true";
  }
  stamp(rows, about, changed, now);
}

void StoreData::modify_line_items(std::span<const std::int64_t> ids, const Json& set, Seconds now) {
  Rows orders;
  for (const std::int64_t id : ids) {
    const auto [order, index] = find_line_item(id);
    if (order == nullptr) continue;
    std::string text(line_item_text(*order, order->items[index]));
    for (const auto& [member, value] : set.items()) set_member(text, member, value_text(value, true));
    replace_line_item(*order, index, text);
    orders.push_back(order);
  }
  std::ranges::sort(orders);
  const auto repeated = std::ranges::unique(orders);
  orders.erase(repeated.begin(), repeated.end());
  stamp(*table("orders"), *traits("orders"), orders, now);
}

void StoreData::put(std::string_view name, std::int64_t id, std::string_view member, const Json& value) {
  ++version_;
  Record* record = table(name)->find(id);
  if (record == nullptr) return;
  const std::string text = value_text(value, is_v2(name));
  const auto put_part = [&](std::string_view part_name, const std::string& part_text) {
    const auto part = std::ranges::find(record->parts, part_name, &Part::name);
    if (part == record->parts.end()) return false;
    part->text = part_text;
    return true;
  };
  if (!put_part(member, text)) {
    // Most orders have no fees, and then no part for them.
    if (member == "fees")
      record->parts.push_back({"fees", text});
    else
      set_member(record->body, member, text);
  }
  // Members that count or repeat what was put.
  if (member == "addresses") set_member(record->body, "address_count", std::to_string(value.size()));
  if (member == "attributes") set_member(record->body, "attribute_count", std::to_string(value.size()));
  if (member == "images" && !value.empty()) put_part("primary_image", value_text(value.front(), false));
}

void StoreData::remove(std::string_view name, std::span<const std::int64_t> ids) {
  ++version_;
  if (name == "products") {
    std::vector<std::int64_t> gone;
    for (const std::int64_t id : ids) {
      const auto variants = variants_of(id);
      gone.insert(gone.end(), variants.begin(), variants.end());
      variants_.erase(id);
    }
    table("product_variants")->remove(gone);
  }
  if (name == "product_variants") {
    for (auto& [product, variants] : variants_) {
      std::erase_if(variants, [&](std::int64_t id) { return std::ranges::find(ids, id) != ids.end(); });
    }
  }
  table(name)->remove(ids);
}

void StoreData::archive_orders(std::span<const std::int64_t> ids, Seconds now) {
  modify("orders", ids, Json{{"is_deleted", true}}, now);
}

void StoreData::change_order_status(std::span<Record* const> orders, int status, Seconds now) {
  for (Record* order : orders) set_order_status(*order, status, now);
  stamp(*table("orders"), *traits("orders"), orders, now);
}

std::pair<Record*, std::size_t> StoreData::find_line_item(std::int64_t id) const {
  const Rows& orders = table("orders")->by_id();
  // Item ids grow with order ids; an order without items has no say in the search.
  const auto last_item = [](const Record* order) { return order->items.empty() ? 0 : order->items.back().id; };
  auto place = std::ranges::lower_bound(orders, id, {}, last_item);
  while (place != orders.end() && (*place)->items.empty()) ++place;
  if (place == orders.end()) return {nullptr, 0};
  const auto item = std::ranges::find((*place)->items, id, &LineItem::id);
  if (item == (*place)->items.end()) return {nullptr, 0};
  return {*place, static_cast<std::size_t>(item - (*place)->items.begin())};
}

}  // namespace sluice::sample_store
