#pragma once
// A shop that lives: new orders at a rate, statuses that move on, products and customers that are edited now and then.

#include "tests/sample_store/store_data.hpp"

namespace sluice::sample_store {

class Traffic {
 public:
  explicit Traffic(StoreData& data, std::uint64_t seed) : data_(data), dice_(seed, "traffic", 0) {}

  /// Does what became due in the time since the last call.
  void pass(Duration passed, double orders_per_minute, Seconds now);

 private:
  void place_order(Seconds now);
  void edit(std::string_view table, const Json& set, Seconds now);

  StoreData& data_;
  Dice dice_;
  double due_ = 0;
};

}  // namespace sluice::sample_store
