// The product as its users meet it: the real executable, its embedded PostgreSQL, and a store behind HTTP.

#include "tests/e2e/daemon_process.hpp"
#include "tests/e2e/oracle.hpp"
#include "tests/sample_store/sample_store.hpp"
#include "tests/support/eventually.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <set>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using sample_store::SampleStore;
using sample_store::SampleStoreOptions;

class Replication : public testing::Test {
 protected:
  void open_store(SampleStoreOptions options) {
    options_ = options;
    store = SampleStore::start(std::move(options));
  }
  void start_daemon(std::vector<std::string> flags = {}) {
    daemon = std::make_unique<DaemonProcess>(directory.path(), store->base_url(), std::move(flags));
  }

  ApiAnswer expect(int status, const std::string& method, const std::string& path, const Json& body = nullptr) {
    auto answer = daemon->call(method, path, body);
    EXPECT_EQ(answer.status, status) << method << ' ' << path << '\n' << answer.body.dump(2);
    return answer;
  }

  Json credentials() const {
    return {{"store_hash", options_.store_hash},
            {"client_id", options_.client_id},
            {"access_token", options_.access_token}};
  }

  /// The set-up in a person's order; returns the first run.
  std::string set_up(const std::vector<std::string>& tables) {
    expect(201, "POST", "/v1/integrations",
           {{"name", "acme"},
            {"connector", "bigcommerce"},
            {"frequency", "manual"},
            {"start_date", "2010-01-01T00:00:00Z"}});
    expect(200, "POST", "/v1/integrations/acme/authenticate", credentials());
    Json selection{{"tables", Json::array()}};
    for (const auto& table : tables) selection["tables"].push_back({{"name", table}, {"fields", "*"}});
    expect(200, "PUT", "/v1/integrations/acme/selection", selection);
    expect(200, "PUT", "/v1/integrations/acme/destination", {{"destination", "embedded"}, {"schema", "public"}});
    const auto confirmed = expect(202, "POST", "/v1/integrations/acme/confirm", Json::object());
    EXPECT_EQ(confirmed.body.value("state", ""), "pending");
    return confirmed.body.at("run").at("id").get<std::string>();
  }
  std::vector<std::string> all_tables() {
    std::vector<std::string> names;
    const auto answer = expect(200, "GET", "/v1/connectors/bigcommerce/tables?limit=500");
    for (const auto& table : answer.body.at("items")) names.push_back(table.at("name").get<std::string>());
    return names;
  }

  std::string sync() {
    const auto answer = daemon->call("POST", "/v1/integrations/acme/sync", Json::object());
    EXPECT_TRUE(answer.status == 202 || answer.status == 200) << answer.body.dump(2);
    return answer.body.at("id").get<std::string>();
  }
  std::string wait_for(const std::string& run, std::chrono::milliseconds limit = 120s) {
    std::string result;
    EXPECT_TRUE(eventually(limit, [&] {
      const auto answer = daemon->call("GET", "/v1/runs/" + run);
      result = answer.body.value("result", Json()).is_string() ? answer.body["result"].get<std::string>() : "";
      return !result.empty();
    })) << daemon->log();
    return result;
  }
  Json job_of(const std::string& run, const std::string& table) {
    const auto answer = daemon->call("GET", "/v1/jobs?run=" + run + "&table=" + table);
    return answer.body.at("items").at(0);
  }
  std::int64_t calls_of(const std::string& run) {
    std::int64_t calls = 0;
    for (const auto& job : daemon->call("GET", "/v1/jobs?limit=500&run=" + run).body.at("items")) {
      calls += job.at("source_calls").get<std::int64_t>();
    }
    return calls;
  }
  std::string state() { return daemon->call("GET", "/v1/integrations/acme").body.value("state", ""); }
  std::string ask(const std::string& sql) { return query_one(daemon->warehouse_url(), sql); }
  void expect_equal() {
    EXPECT_EQ(count_differences(*store, daemon->warehouse_url(), "acme"), "");
    EXPECT_EQ(content_differences(*store, daemon->warehouse_url(), "acme"), "");
  }
  /// Until some batch of orders is durable, but not all of them.
  bool loading(std::int64_t at_least) {
    return eventually(60s, [&] {
      return std::stoll("0" + ask("select case when to_regclass('public.acme_orders') is null then 0 else "
                                  "(select coalesce(max(rows), 0) from _sluice.checkpoint) end")) >= at_least;
    });
  }

  SampleStoreOptions options_;
  TemporaryDirectory directory;
  std::unique_ptr<SampleStore> store;
  std::unique_ptr<DaemonProcess> daemon;
};

TEST_F(Replication, a_store_arrives_whole_and_stays_equal) {
  open_store({});
  start_daemon({"--bigcommerce.safety_lag", "2s"});
  const auto tables = all_tables();
  EXPECT_EQ(tables.size(), 12U);

  EXPECT_EQ(wait_for(set_up(tables)), "succeeded");

  EXPECT_EQ(state(), "active");
  expect_equal();
  for (const auto& table : expect(200, "GET", "/v1/integrations/acme/tables?limit=500").body.at("items")) {
    EXPECT_EQ(table.at("state"), "active") << table.dump();
  }
  // Money to the last digit, dates as dates, nested values as jsonb, columns with comments.
  EXPECT_EQ(ask("select string_agg(format_type(atttypid, atttypmod), ' ' order by attname) from pg_attribute where "
                "attrelid = "
                "'public.acme_orders'::regclass and attname in ('date_created', 'id', 'is_deleted', 'products', "
                "'total_inc_tax')"),
            "timestamp with time zone bigint boolean jsonb numeric");
  EXPECT_EQ(
      ask("select count(*) from pg_attribute a where attrelid = 'public.acme_orders'::regclass and attnum > 0 and "
          "col_description(attrelid, attnum) is null"),
      "0");

  // Nothing changed: nothing is written.
  const std::string fingerprint =
      "select md5(string_agg(xmin::text || ctid::text, ',' order by id)) from public.acme_orders";
  const auto before = ask(fingerprint);
  const auto second = sync();
  EXPECT_EQ(wait_for(second), "succeeded");
  for (const auto& table : tables) {
    const Json rows = job_of(second, table).at("rows");
    EXPECT_EQ(rows.at("inserted"), 0) << table;
    EXPECT_EQ(rows.at("updated"), 0) << table;
    EXPECT_EQ(rows.at("deleted"), 0) << table;
  }
  EXPECT_EQ(ask(fingerprint), before);

  // What changes arrives, and is counted for what it is.
  store->control("add", {{"table", "orders"}, {"count", 3}});
  store->control("modify", {{"table", "orders"}, {"ids", {101, 102}}, {"set", {{"staff_notes", "call back"}}}});
  store->control("modify", {{"table", "brands"}, {"count", 1}, {"set", {{"page_title", "new"}}}});
  store->control("delete", {{"table", "brands"}, {"count", 1}});
  const auto third = sync();
  EXPECT_EQ(wait_for(third), "succeeded");
  EXPECT_EQ(job_of(third, "orders").at("rows").at("inserted"), 3);
  EXPECT_EQ(job_of(third, "orders").at("rows").at("updated"), 2);
  EXPECT_EQ(job_of(third, "brands").at("rows").at("deleted"), 1);
  expect_equal();
}

TEST_F(Replication, a_kill_in_the_middle_of_the_first_load_loses_nothing_and_repeats_little) {
  SampleStoreOptions options;
  options.orders = 20'000;
  options.latency = 60ms;  // slow enough that the kill surely comes in the middle
  open_store(options);
  start_daemon({"--scheduler.batch_rows", "1000"});
  const auto run = set_up({"orders", "order_products", "products", "customers"});
  ASSERT_TRUE(loading(4000));

  daemon->kill();
  const auto calls_before = store->calls().by_path["/v2/orders"];
  EXPECT_LT(calls_before, 80U);
  daemon->start();

  EXPECT_EQ(wait_for(run), "succeeded");
  expect_equal();
  // The list itself costs up to 88 calls: its pages, the question for the largest id, and the ends of four ranges. What
  // was read and not yet durable is read again: 24 pages ahead of the writer, one in flight per range, and the open
  // batch.
  EXPECT_LE(store->calls().by_path["/v2/orders"], 88U + 24U + 4U + 8U);
  EXPECT_EQ(ask("select count(*) - count(distinct id) from public.acme_orders"), "0");
}

TEST_F(Replication, being_asked_to_stop_commits_what_is_at_hand_and_gives_the_rest_back) {
  SampleStoreOptions options;
  options.orders = 20'000;
  options.latency = 20ms;
  open_store(options);
  start_daemon({"--scheduler.batch_rows", "1000"});
  const auto run = set_up({"orders", "order_products", "products", "customers"});
  ASSERT_TRUE(loading(2000));

  daemon->signal(SIGTERM);
  EXPECT_EQ(daemon->wait(10s), 0);
  daemon->start();

  EXPECT_EQ(wait_for(run), "succeeded");
  EXPECT_EQ(job_of(run, "orders").at("attempt"), 1) << "a release is no attempt";
  expect_equal();
}

TEST_F(Replication, a_hundred_thousand_orders_with_their_lines_cost_few_calls) {
  SampleStoreOptions options;
  options.orders = 100'000;
  open_store(options);
  start_daemon();

  const auto run = set_up({"orders", "order_products"});

  EXPECT_EQ(wait_for(run, 300s), "succeeded");
  EXPECT_LE(calls_of(run), 405);
  EXPECT_EQ(count_differences(*store, daemon->warehouse_url(), "acme"), "");
}

TEST_F(Replication, the_quota_is_used_and_never_overdrawn) {
  SampleStoreOptions options;
  options.orders = 10'000;
  options.quota = 15;
  options.window = 3s;
  open_store(options);
  start_daemon();

  const auto run = set_up({"orders", "order_products", "products"});

  EXPECT_EQ(wait_for(run), "succeeded");
  EXPECT_EQ(store->calls().refused, 0U);
  EXPECT_EQ(count_differences(*store, daemon->warehouse_url(), "acme"), "");
}

TEST_F(Replication, a_missing_scope_stops_its_tables_and_no_other) {
  open_store({});
  start_daemon();
  const auto run = set_up({"orders", "customers", "brands"});
  EXPECT_EQ(wait_for(run), "succeeded");
  std::vector<std::string> scopes = sample_store::read_only_scopes();
  std::erase(scopes, "store_v2_customers_read_only");
  store->control("options", {{"scopes", scopes}});
  store->control("add", {{"table", "orders"}, {"count", 1}});

  const auto second = sync();

  EXPECT_EQ(wait_for(second), "partial");
  EXPECT_EQ(job_of(second, "customers").at("state"), "failed");
  EXPECT_EQ(job_of(second, "customers").at("error").at("code"), "source.scope_missing");
  EXPECT_NE(job_of(second, "customers").at("error").at("detail").get<std::string>().find("store_v2_customers"),
            std::string::npos);
  EXPECT_EQ(job_of(second, "orders").at("rows").at("inserted"), 1);
  EXPECT_EQ(daemon->call("GET", "/v1/integrations/acme").body.at("health"), "degraded");
}

TEST_F(Replication, a_token_that_is_refused_asks_for_another_and_goes_on_with_it) {
  open_store({});
  start_daemon();
  EXPECT_EQ(wait_for(set_up({"orders", "brands"})), "succeeded");
  store->control("options", {{"access_token", "another0000000000000000000000000"}});

  EXPECT_EQ(wait_for(sync()), "failed");
  EXPECT_EQ(daemon->call("GET", "/v1/integrations/acme").body.at("health"), "auth_required");
  EXPECT_EQ(daemon->call("POST", "/v1/integrations/acme/sync", Json::object()).status, 409);

  expect(422, "POST", "/v1/integrations/acme/authenticate", credentials());
  options_.access_token = "another0000000000000000000000000";
  expect(200, "POST", "/v1/integrations/acme/authenticate", credentials());
  EXPECT_EQ(wait_for(sync()), "succeeded");
  EXPECT_EQ(daemon->call("GET", "/v1/integrations/acme").body.at("health"), "ok");
}

TEST_F(Replication, a_list_that_is_suddenly_empty_is_not_believed) {
  SampleStoreOptions options;
  options.coupons = 100;
  open_store(options);
  start_daemon();
  EXPECT_EQ(wait_for(set_up({"coupons", "brands"})), "succeeded");
  store->control("faults", {{{"path_contains", "/v2/coupons"}, {"every", 1}, {"kind", "empty"}}});

  const auto refused = sync();
  EXPECT_EQ(wait_for(refused), "partial");
  EXPECT_EQ(job_of(refused, "coupons").at("error").at("code"), "destination.too_many_deletes");
  EXPECT_EQ(ask("select count(*) from public.acme_coupons where _sluice_deleted_at is null"), "100");

  // The source is itself again: the next pass begins anew and sees that.
  store->control("faults", Json::array());
  const auto again = sync();
  EXPECT_EQ(wait_for(again), "succeeded");
  EXPECT_EQ(job_of(again, "coupons").at("rows").at("unchanged"), 100);
}

TEST_F(Replication, a_failing_source_is_tried_again_within_the_job) {
  open_store({});
  start_daemon();
  store->control("faults", {{{"path_contains", "/v2/orders"}, {"every", 3}, {"kind", "status"}, {"status", 502}},
                            {{"path_contains", "/catalog"}, {"every", 3}, {"kind", "truncate"}}});

  EXPECT_EQ(wait_for(set_up({"orders", "order_products", "products", "customers"})), "succeeded");

  expect_equal();
}

}  // namespace
}  // namespace sluice
