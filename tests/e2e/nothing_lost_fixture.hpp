#pragma once
// What every proof that nothing is lost shares: tables of each kind, a store that changes, and the comparison of
// everything with everything at the end of each run.

#include "tests/e2e/catalogue_oracle.hpp"
#include "tests/e2e/replication_fixture.hpp"
#include "tests/support/postgres_server.hpp"
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

using Milliseconds = std::chrono::milliseconds;

inline Milliseconds time_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - begin);
}

/// How long something took each time it was waited for.
class Waits {
 public:
  template <class Predicate>
  bool until(Predicate predicate) {
    const auto begin = std::chrono::steady_clock::now();
    const bool happened = eventually(60s, predicate);
    note(time_since(begin));
    return happened;
  }
  void note(Milliseconds took) { took_.push_back(took); }

  /// On a machine that does other things as well, one in a few may take longer: `tenths` of them do not.
  void expect_within(Milliseconds limit, std::size_t tenths) {
    ASSERT_FALSE(took_.empty()) << "it never had to be waited for";
    std::ranges::sort(took_);
    const Milliseconds most = took_[(took_.size() * tenths + 9) / 10 - 1];
    std::string all;
    for (const Milliseconds took : took_) all += " " + std::to_string(took.count());
    std::cout << took_.size() << " times, ms:" << all << "\n";
    EXPECT_LE(most, limit) << "so long took " << tenths << " of 10:" << all;
  }

 private:
  std::vector<Milliseconds> took_;
};

class NothingLost : public Replication {
 protected:
  /// Read by changes and by snapshots, with children from their parents' lists and children of their own calls.
  static std::vector<std::string> tables() {
    return {"orders",    "order_products", "order_fees", "order_coupons",      "products", "product_images",
            "customers", "subscribers",    "brands",     "customer_addresses", "coupons",  "price_lists"};
  }

  static constexpr int page_size = 50;
  static constexpr int batch_rows = 200;

  /// One that takes its time, so that a load is under way most of the time.
  void open_slow_store(std::int64_t orders, Milliseconds latency, const std::string& address = "127.0.0.1") {
    SampleStoreOptions options;
    options.orders = orders;
    options.products = 100;
    options.customers = 200;
    options.subscribers = 100;
    options.latency = latency;
    options.address = address;
    // So that there are many pages all the same.
    options.max_page_size = page_size;
    options.over_limit = sample_store::OverLimit::clamp;
    open_store(options);
  }

  /// A few rows of several tables, added, changed and deleted.
  void change_store(std::mt19937& dice) {
    struct Member {
      const char* table;
      const char* name;
    };
    static constexpr std::array<Member, 5> members{{{"orders", "staff_notes"},
                                                    {"brands", "page_title"},
                                                    {"products", "name"},
                                                    {"customers", "company"},
                                                    {"coupons", "name"}}};
    for (const Member& member : members) {
      const std::string text = std::to_string(dice());
      store->control("modify", {{"table", member.table}, {"count", 1 + dice() % 5}, {"set", {{member.name, text}}}});
      store->control("add", {{"table", member.table}, {"count", 1 + dice() % 3}});
    }
    // The first two show their deletes without being read as a whole besides. Fewer than a tenth of any table between
    // two sweeps, or the guard would speak. No coupons: the orders that used one would change without a date that says
    // so.
    store->control("delete", {{"table", members[dice() % (reads_whole ? 4 : 2)].table}, {"count", 1}});
  }

  bool has_ended(const std::string& run) {
    return daemon->call("GET", "/v1/runs/" + run).body.value("result", Json()).is_string();
  }

  /// Until what was changed last is no longer within the safety lag.
  void let_the_lag_pass() { std::this_thread::sleep_for(Milliseconds(2500)); }

  /// Every row and column, as the runs so far left them. No further look comes before, which would mend what they lost.
  /// The store has stood still since the last of them began.
  void expect_nothing_lost() {
    const auto comparison = compare_catalogue(*store, warehouse(), "acme", options_.store_hash);
    EXPECT_EQ(comparison.differences, "");
    EXPECT_EQ(comparison.compared.size(), tables().size());
  }
  /// In a first load no batch is committed twice, or in part, or without its counters: each row that is there was
  /// written once, and read once, by the counters that are committed with it. Whoever dies between the last batch of a
  /// list and the end of its job reads it again, but then all of it, where nothing shows what changed.
  void expect_each_row_written_once() {
    for (const std::string& table : tables()) {
      const std::string name = "public.acme_" + table;
      if (ask("select to_regclass('" + name + "')").empty()) continue;
      EXPECT_EQ(ask("select concat_ws(' ', inserted - there, rows - there, updated, rejected, "
                    "read - inserted - unchanged, unchanged % greatest(there, 1)) "
                    "from _sluice.checkpoint, (select count(*) as there from " +
                    name + ") as found where table_name = '" + table + "'"),
                "0 0 0 0 0 0")
          << table << ": " << ask("select to_jsonb(c) from _sluice.checkpoint c where table_name = '" + table + "'");
    }
  }
  /// Whoever died between the destination's commit and the control database's: no batch is missing in what a job says.
  void expect_jobs_tell_what_was_written(const std::string& run) {
    for (const Json& job : items("/v1/jobs?limit=500&run=" + run)) {
      std::string told = job.at("id").get<std::string>();
      for (const char* figure : {"read", "inserted", "updated", "unchanged", "deleted", "rejected"})
        told += " " + job.at("rows").at(figure).dump();
      EXPECT_EQ(ask("select concat_ws(' ', job_id, read - before_job[1], inserted - before_job[2], "
                    "updated - before_job[3], unchanged - before_job[4], deleted - before_job[5], "
                    "rejected - before_job[6]) from _sluice.checkpoint where table_name = '" +
                    job.at("table").get<std::string>() + "'"),
                told);
    }
  }
  /// Of a run that may have been disturbed in every way.
  void expect_whole(const std::string& run) {
    EXPECT_EQ(wait_for(run), "succeeded");
    expect_nothing_lost();
    expect_jobs_tell_what_was_written(run);
    if (job_of(run, "orders").at("kind") == "initial") expect_each_row_written_once();
  }
  /// True once `run` has ended: then it left everything, the store has changed, and `run` is the next one.
  bool goes_on(std::string& run, std::mt19937& dice) {
    if (!has_ended(run)) return false;
    expect_whole(run);
    change_store(dice);
    run = sync();
    return true;
  }

  /// Settings under which changes are seen at each run, and deletes too if it reads everything.
  std::vector<std::string> attentive(std::vector<std::string> flags = {}) const {
    flags.insert(flags.end(), {"--bigcommerce.safety_lag", "1s", "--bigcommerce.sweep_interval",
                               reads_whole ? "0s" : "24h", "--scheduler.batch_rows", std::to_string(batch_rows)});
    return flags;
  }

  /// Whether each run reads all lists as a whole, or only what changed where a list shows that.
  bool reads_whole = true;
};

/// With a control database and a destination that are servers of their own.
class NothingLostOnServers : public NothingLost {
 protected:
  void add_warehouse(const std::string& hosts, const Json& ports) {
    destination = "warehouse";
    expect(201, "POST", "/v1/destinations",
           {{"name", "warehouse"},
            {"parameters",
             {{"host", hosts},
              {"port", ports},
              {"database", "warehouse"},
              {"user", "postgres"},
              {"sslmode", "disable"}}}});
  }
  void add_warehouse() { add_warehouse("127.0.0.1", warehouse_server.port()); }
  std::string warehouse() override { return serving->url("warehouse"); }
  std::string control(const std::string& sql) { return control_serving->ask("control", sql); }

  static constexpr const char* end_sessions =
      "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name like 'sluice%'";

  PostgresServer control_server;
  PostgresServer warehouse_server;
  PostgresServer* control_serving = &control_server;
  PostgresServer* serving = &warehouse_server;
};

}  // namespace sluice
