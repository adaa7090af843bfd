#pragma once
// How a sample store is made. Everything from `access_token` to `live_rate` can be changed while it runs, through
// /_control/options.

#include "core/clock.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace sluice::sample_store {

/// Every scope that the endpoints here ask for, in its read-only form.
std::vector<std::string> read_only_scopes();

enum class OverLimit { refuse, clamp };  // a `limit` above the maximum: 413, or silently the maximum

struct SampleStoreOptions {
  std::uint64_t seed = 1;
  std::uint64_t fault_seed = 1;  // which calls go wrong by chance
  std::int64_t orders = 2000;
  std::int64_t products = 300;
  std::int64_t customers = 500;
  std::int64_t subscribers = 200;
  std::int64_t coupons = 40;
  std::int64_t price_lists = 8;
  std::int64_t banners = 5;
  std::string store_hash = "sample";
  std::string client_id = "sampleclientid0000000000000000";
  std::string plan = "Standard";
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;

  std::string access_token = "sampletoken0000000000000000000";
  std::string other_token;  // of a second account with the same scopes; none: ""
  std::vector<std::string> scopes = read_only_scopes();
  std::int64_t quota = 0;  // requests per window; 0: unlimited, and no rate headers
  Duration window{30'000};
  Duration latency{0};
  std::int64_t max_page_size = 250;
  OverLimit over_limit = OverLimit::refuse;
  bool day_granular_filters = false;  // date filters see the day only
  bool lists_archived = true;         // whether an order list without is_deleted contains archived orders
  double live_rate = 0;               // new orders per minute

  std::function<Time()> now;  // the system's clock when empty
};

}  // namespace sluice::sample_store
