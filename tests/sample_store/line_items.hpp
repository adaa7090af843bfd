#pragma once
// What an order contains: the goods it was placed for, as line items and as the consignments that carry them.

#include "tests/sample_store/orders.hpp"

#include <string>
#include <vector>

namespace sluice::sample_store {

struct BasketItem {
  std::int64_t id = 0;
  const Goods* goods = nullptr;
  std::int64_t quantity = 1;
};

enum class Delivery { shipping, two_addresses, pickup, download };

struct Basket {
  std::vector<BasketItem> items;
  Delivery delivery = Delivery::shipping;
  bool is_digital = false;
  std::int64_t units = 0;
  std::int64_t address_count = 1;
  Money subtotal;
  Money tax;
};

Basket fill_basket(const Shop& shop, const OrderPlan& plan, Dice& dice);

/// The consignments object with embedded line items; says in `items` where each of them lies.
std::string render_consignments(const Shop& shop, const OrderPlan& plan, const Basket& basket, const Person& buyer,
                                Money shipping, std::vector<LineItem>& items);
void append_consignments(std::string& out, const Shop& shop, const Record& order, bool with_items);
std::string_view line_item_text(const Record& order, const LineItem& item);
/// Puts another text in the place of one line item's.
void replace_line_item(Record& order, std::size_t index, std::string_view text);

}  // namespace sluice::sample_store
