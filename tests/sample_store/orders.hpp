#pragma once
// Orders with their line items, rendered once in the shape of V2: the body with links, and the consignments with the
// line items embedded, from which the list with links and the list of an order's products are cut.

#include "tests/sample_store/shop.hpp"

#include <string>
#include <string_view>

namespace sluice::sample_store {

struct OrderPlan {
  std::int64_t id = 0;
  std::int64_t first_item_id = 0;
  Seconds created = 0;
  Seconds modified = 0;
  int status = 11;
};

struct OrderStatus {
  int id;
  std::string_view name;
  std::string_view description;
};
/// The fifteen statuses, each at the index of its id.
std::span<const OrderStatus> order_statuses();

/// How many line items an order of that id has; known beforehand so that their ids can be given out in sequence.
std::int64_t order_size(std::uint64_t seed, std::int64_t id);
int order_status_of_age(Dice& dice, Seconds age);

Record render_order(const Shop& shop, const OrderPlan& plan);

/// How consignments look in an answer.
enum class Consignments { link, object_with_links, object_with_items };
void append_order(std::string& out, const Shop& shop, const Record& order, Consignments consignments, bool with_fees);

/// The members that go with a status: its names, what was shipped and paid.
void set_order_status(Record& order, int status, Seconds now);

}  // namespace sluice::sample_store
