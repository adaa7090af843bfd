#pragma once
// What every proof that nothing is lost shares: tables of each kind, a store that changes, and the comparison of
// everything with everything at the end.

#include "tests/e2e/catalogue_oracle.hpp"
#include "tests/e2e/replication_fixture.hpp"
#include "tests/support/random_test.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace sluice {

class NothingLost : public Replication {
 protected:
  /// Read by changes and by snapshots, with children from their parents' lists and children of their own calls.
  static std::vector<std::string> tables() {
    return {"orders",    "order_products", "order_fees", "order_coupons",      "products", "product_images",
            "customers", "subscribers",    "brands",     "customer_addresses", "coupons",  "price_lists"};
  }

  /// One that takes its time, so that a load is under way most of the time.
  void open_slow_store(std::int64_t orders, std::chrono::milliseconds latency) {
    SampleStoreOptions options;
    options.orders = orders;
    options.latency = latency;
    open_store(options);
  }

  /// A few rows of several tables, added, changed and deleted.
  void change_store(std::mt19937& dice) {
    struct Member {
      const char* table;
      const char* name;
    };
    static constexpr std::array<Member, 5> members{{{"orders", "staff_notes"},
                                                    {"products", "name"},
                                                    {"customers", "company"},
                                                    {"brands", "page_title"},
                                                    {"coupons", "name"}}};
    for (const Member& member : members) {
      const std::string text = std::to_string(dice());
      store->control("modify", {{"table", member.table}, {"count", 1 + dice() % 5}, {"set", {{member.name, text}}}});
      store->control("add", {{"table", member.table}, {"count", 1 + dice() % 3}});
    }
    // Fewer than a tenth of any table between two sweeps, or the guard would speak. No coupons: the orders that used
    // one would change without a date that says so.
    store->control("delete", {{"table", members[dice() % 4].table}, {"count", 1}});
  }

  bool has_ended(const std::string& run) {
    return daemon->call("GET", "/v1/runs/" + run).body.value("result", Json()).is_string();
  }

  /// How long something took each time it was waited for: on a machine that does other things as well, one of them may
  /// take long.
  class Waits {
   public:
    template <class Predicate>
    bool until(Predicate predicate) {
      const auto begin = std::chrono::steady_clock::now();
      const bool happened = eventually(60s, predicate);
      took_.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin));
      return happened;
    }
    std::chrono::milliseconds median() {
      if (took_.empty()) return {};
      std::ranges::sort(took_);
      std::cout << took_.size() << " times, " << took_[took_.size() / 2].count() << " ms (median), "
                << took_.back().count() << " ms (longest)\n";
      return took_[took_.size() / 2];
    }

   private:
    std::vector<std::chrono::milliseconds> took_;
  };

  /// Until what was changed last is no longer within the safety lag.
  void let_the_lag_pass() { std::this_thread::sleep_for(std::chrono::milliseconds(2500)); }

  /// One more run over everything, and then every row and column.
  void expect_nothing_lost() {
    let_the_lag_pass();
    EXPECT_EQ(wait_for(sync()), "succeeded");
    EXPECT_EQ(wait_for(sync()), "succeeded");
    const auto comparison = compare_catalogue(*store, warehouse(), "acme", options_.store_hash);
    EXPECT_EQ(comparison.differences, "");
    EXPECT_EQ(comparison.compared.size(), tables().size());
  }

  /// Settings under which changes are seen, and deletes looked for, at each run.
  static std::vector<std::string> attentive(std::vector<std::string> flags = {}) {
    flags.insert(flags.end(), {"--bigcommerce.safety_lag", "1s", "--bigcommerce.sweep_interval", "1s",
                               "--scheduler.batch_rows", "500"});
    return flags;
  }
};

}  // namespace sluice
