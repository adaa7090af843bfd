#include "tests/sample_store/traffic.hpp"

#include "tests/sample_store/orders.hpp"

#include <algorithm>

namespace sluice::sample_store {
namespace {
constexpr std::int64_t recent = 200;  // orders whose status still moves
constexpr double milliseconds_per_minute = 60'000;
}  // namespace

void Traffic::pass(Duration passed, double orders_per_minute, Seconds now) {
  due_ += static_cast<double>(passed.count()) * orders_per_minute / milliseconds_per_minute;
  for (; due_ >= 1; due_ -= 1) place_order(now);
}

void Traffic::place_order(Seconds now) {
  data_.add("orders", 1, now);
  if (dice_.chance(70)) {
    constexpr std::array<int, 5> next = {9, 2, 10, 10, 14};
    const Rows& orders = data_.table("orders")->by_id();
    const auto back = dice_.below(std::min<std::int64_t>(recent, std::ssize(orders)));
    Record* order = orders[orders.size() - 1 - static_cast<std::size_t>(back)];
    data_.change_order_status(std::span(&order, 1), dice_.pick(next), now);
  }
  if (dice_.chance(15))
    edit("products", {{"inventory_level", dice_.below(100)}, {"total_sold", dice_.below(1000)}}, now);
  if (dice_.chance(10)) edit("customers", {{"notes", "Zuletzt bestellt ☎ " + dice_.hex(4)}}, now);
  if (dice_.chance(5)) data_.add("customers", 1, now);
  if (dice_.chance(5)) data_.add("subscribers", 1, now);
}

void Traffic::edit(std::string_view table, const Json& set, Seconds now) {
  const Rows& rows = data_.table(table)->by_id();
  if (rows.empty()) return;
  const std::int64_t id = dice_.pick(rows)->id;
  data_.modify(table, std::span(&id, 1), set, now);
}

}  // namespace sluice::sample_store
