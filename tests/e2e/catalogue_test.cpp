// All of BigCommerce: every table the connector knows, against a store with rows in every one.

#include "tests/e2e/catalogue_oracle.hpp"
#include "tests/e2e/replication_fixture.hpp"

#include <cstdlib>
#include <iterator>
#include <map>
#include <random>
#include <thread>

namespace sluice {
namespace {

class WholeCatalogue : public Replication {
 protected:
  void open_small_store() {
    SampleStoreOptions options;
    options.orders = 150;
    options.products = 60;
    options.customers = 80;
    options.subscribers = 40;
    // One list is for tokens that may change customers only.
    options.scopes.emplace_back("store_v2_customers");
    open_store(std::move(options));
  }
  /// Not so many between two runs that the guard against implausible deletes would speak.
  bool may_lose_a_row(const std::string& table) {
    const auto rows = store->counts().at(table).get<std::int64_t>();
    return rows > 1 && ++deleted_[table] * 20 <= rows;
  }
  Comparison compare() { return compare_catalogue(*store, daemon->warehouse_url(), "acme", options_.store_hash); }
  /// Every job that did not succeed, with its error.
  /// What an operator does who knows that so many rows are really gone: with a product go its prices in every list.
  void reload_refused(const std::string& run) {
    const Json jobs = daemon->call("GET", "/v1/jobs?limit=500&state=failed&run=" + run).body;
    for (const Json& job : jobs.at("items")) {
      if (job.at("error").at("code") != "destination.too_many_deletes") continue;
      const std::string table = "/v1/integrations/acme/tables/" + job.at("table").get<std::string>();
      const auto reload = daemon->call("POST", table + "/reload", {{"mode", "swap"}});
      EXPECT_EQ(wait_for(reload.body.at("id").get<std::string>()), "succeeded");
    }
  }
  std::string failures_of(const std::string& run) {
    std::string failures;
    const Json jobs = daemon->call("GET", "/v1/jobs?limit=500&run=" + run).body.at("items");
    EXPECT_FALSE(jobs.empty());
    for (const auto& job : jobs) {
      if (job.at("state") != "succeeded")
        failures += job.at("table").get<std::string>() + ": " + job.at("error").dump() + "\n";
    }
    return failures;
  }

  std::map<std::string, std::int64_t> deleted_;  // since the last run that was waited for
};

TEST_F(WholeCatalogue, arrives_equal_and_is_written_once) {
  open_small_store();
  start_daemon({"--bigcommerce.safety_lag", "2s"});
  const auto tables = all_tables();
  const auto first = set_up(tables);
  EXPECT_EQ(wait_for(first, 300s), "succeeded");
  EXPECT_EQ(failures_of(first), "");

  for (const auto& table : items("/v1/integrations/acme/tables?limit=500"))
    EXPECT_EQ(table.at("state"), "active") << table.dump();
  const auto comparison = compare();
  EXPECT_EQ(comparison.differences, "");
  EXPECT_GE(comparison.compared.size(), 110U);
  for (const auto& table : comparison.compared)
    EXPECT_NE(ask("select count(*) from public.acme_" + table), "0") << table << " has no rows in the store";
  EXPECT_EQ(expect(200, "GET", "/v1/integrations/acme/schema-changes?limit=500").body.at("items"), Json::array());
  EXPECT_EQ(query(daemon->warehouse_url(), "select table_name, key, field, reason from _sluice.rejected"),
            std::vector<std::string>{});

  const auto second = sync();
  EXPECT_EQ(wait_for(second, 300s), "succeeded");
  for (const auto& job : items("/v1/jobs?limit=500&run=" + second)) {
    const Json& rows = job.at("rows");
    // The store's clock is a table, too.
    if (job.at("table") == "store_time") continue;
    EXPECT_EQ(rows.at("inserted").get<int>() + rows.at("updated").get<int>() + rows.at("deleted").get<int>(), 0)
        << job.at("table") << " " << rows.dump();
  }
}

/// Tables whose rows come and go in the walk, with a member to change; "" when rows of it are only added and deleted.
struct WalkedTable {
  const char* name;
  const char* member;
};
constexpr WalkedTable walked_tables[] = {
    {"orders", "staff_notes"},
    {"products", "name"},
    {"product_images", "description"},
    {"product_custom_fields", "value"},
    {"customers", "company"},
    {"customer_addresses", "city"},
    {"subscribers", "first_name"},
    {"brands", "page_title"},
    {"coupons", "name"},
    {"price_lists", "name"},
    {"promotions", "name"},
    {"redirects", ""},
    {"gift_certificates", "to_name"},
    {"wishlists", "name"},
};

TEST_F(WholeCatalogue, ends_equal_after_a_random_walk_while_runs_go_on) {
  open_small_store();
  start_daemon({"--bigcommerce.safety_lag", "2s", "--bigcommerce.sweep_interval", "1s"});
  std::vector<std::string> tables{"order_products",  "order_consignments", "order_fees",      "order_taxes",
                                  "order_shipments", "product_variants",   "product_options", "product_option_values",
                                  "promotion_codes", "price_list_records"};
  for (const WalkedTable& table : walked_tables) tables.emplace_back(table.name);
  EXPECT_EQ(wait_for(set_up(tables)), "succeeded");

  const char* given = std::getenv("TEST_SEED");
  const auto seed = given != nullptr ? std::stoul(given) : std::random_device{}();
  SCOPED_TRACE("TEST_SEED=" + std::to_string(seed));
  std::mt19937 dice(static_cast<std::mt19937::result_type>(seed));
  constexpr int steps = 3'000;
  constexpr int steps_per_run = 150;
  for (int step = 0; step < steps; ++step) {
    const WalkedTable& table = walked_tables[dice() % std::size(walked_tables)];
    const auto action = dice() % 6;
    if (action < 3 && *table.member != '\0') {
      store->control("modify", {{"table", table.name}, {"count", 1}, {"set", {{table.member, std::to_string(step)}}}});
    } else if (action < 5 || !may_lose_a_row(table.name)) {
      store->control("add", {{"table", table.name}, {"count", 1}});
    } else {
      store->control("delete", {{"table", table.name}, {"count", 1}});
    }
    // The next run goes on while the walk does.
    if (step % steps_per_run == 0) {
      wait_for(sync());
      deleted_.clear();
    }
    if (step % steps_per_run == steps_per_run / 3) sync();
  }
  std::this_thread::sleep_for(2s);  // what changed last lies within the safety lag until then
  const auto after = sync();
  wait_for(after);
  reload_refused(after);
  const auto last = sync();
  EXPECT_EQ(wait_for(last), "succeeded") << failures_of(last);

  EXPECT_EQ(compare().differences, "");
}

TEST_F(WholeCatalogue, notices_new_fields_and_makes_them_columns_when_told_to) {
  open_small_store();
  start_daemon({"--bigcommerce.safety_lag", "2s"});
  EXPECT_EQ(wait_for(set_up({"gift_certificates", "redirects"})), "succeeded");
  store->control("modify", {{"table", "gift_certificates"}, {"count", 1}, {"set", {{"ribbon", "red"}}}});

  EXPECT_EQ(wait_for(sync()), "succeeded");
  const Json seen = expect(200, "GET", "/v1/integrations/acme/schema-changes").body.at("items").at(0);
  EXPECT_EQ(seen.at("table"), "gift_certificates");
  EXPECT_EQ(seen.at("field"), "ribbon");
  EXPECT_EQ(seen.at("proposed_type"), "text");
  EXPECT_EQ(seen.at("state"), "open");

  expect(200, "PATCH", "/v1/integrations/acme", {{"on_new_fields", "add"}});
  EXPECT_EQ(wait_for(sync()), "succeeded");
  EXPECT_EQ(wait_for(sync()), "succeeded") << "the column is there from the run after";
  EXPECT_EQ(ask("select string_agg(ribbon, ',') from public.acme_gift_certificates"), "red");
}

TEST_F(WholeCatalogue, fills_approved_columns_and_widens_types_with_what_did_not_fit) {
  open_small_store();
  start_daemon({"--bigcommerce.safety_lag", "2s"});
  EXPECT_EQ(wait_for(set_up({"gift_certificates"})), "succeeded");
  store->control("modify",
                 {{"table", "gift_certificates"}, {"count", 1}, {"set", {{"ribbon", "red"}, {"amount", "a lot"}}}});
  EXPECT_EQ(wait_for(sync()), "succeeded");
  EXPECT_EQ(ask("select count(*) from public.acme_gift_certificates where amount is null"), "1");
  const std::string rows = ask("select count(*) from public.acme_gift_certificates");
  const std::string amounts =
      ask("select string_agg(amount::text, ',' order by id) from public.acme_gift_certificates "
          "where amount is not null");

  const std::string path = "/v1/integrations/acme/schema-changes";
  const Json seen = expect(200, "GET", path).body.at("items");
  ASSERT_EQ(seen.size(), 2U) << seen.dump(2);
  for (const Json& change : seen) {
    const auto decided = expect(200, "POST", path + "/" + change.at("id").dump() + "/approve", {{"backfill", "table"}});
    EXPECT_EQ(decided.body.at("state"), "approved");
  }
  const auto run = sync();
  EXPECT_EQ(wait_for(run), "succeeded");

  EXPECT_EQ(job_of(run, "gift_certificates").at("kind"), "backfill");
  EXPECT_EQ(job_of(run, "gift_certificates").at("rows").at("inserted"), 0) << "rows stay where they are";
  EXPECT_EQ(
      ask("select string_agg(ribbon || ' ' || amount, ',') from public.acme_gift_certificates where ribbon is not "
          "null"),
      "red a lot");
  EXPECT_EQ(ask("select format_type(atttypid, atttypmod) from pg_attribute where attrelid = "
                "'public.acme_gift_certificates'::regclass and attname = 'amount'"),
            "text");
  EXPECT_EQ(
      ask("select string_agg(amount, ',' order by id) from public.acme_gift_certificates where amount <> 'a lot'"),
      amounts);
  EXPECT_EQ(ask("select count(*) from public.acme_gift_certificates where _sluice_deleted_at is null"), rows);
  const auto next = sync();
  EXPECT_EQ(wait_for(next), "succeeded");
  EXPECT_EQ(job_of(next, "gift_certificates").at("kind"), "incremental") << "once";
}

struct Budget {
  const char* name;
  std::vector<std::string> tables;
  std::int64_t most;
};

TEST_F(WholeCatalogue, costs_few_calls) {
  SampleStoreOptions options;
  options.orders = 10'000;
  options.products = 5'000;
  options.customers = 5'000;
  open_store(std::move(options));
  start_daemon({"--bigcommerce.safety_lag", "1s"});
  const std::vector<Budget> budgets{
      {"orders", {"orders", "order_products", "order_consignments", "order_fees"}, 45},
      {"products",
       {"products", "product_variants", "product_images", "product_custom_fields", "product_bulk_pricing_rules",
        "product_videos"},
       25},
      {"customers", {"customers", "customer_addresses", "customer_attributes", "customer_form_field_values"}, 25}};
  std::vector<std::string> tables;
  for (const Budget& budget : budgets) tables.insert(tables.end(), budget.tables.begin(), budget.tables.end());

  const auto first = set_up(tables);
  EXPECT_EQ(wait_for(first, 300s), "succeeded");
  std::this_thread::sleep_for(2s);
  const auto second = sync();
  EXPECT_EQ(wait_for(second), "succeeded");

  for (const Budget& budget : budgets) {
    std::int64_t calls = 0;
    for (const auto& table : budget.tables) calls += job_of(first, table).at("source_calls").get<std::int64_t>();
    EXPECT_LE(calls, budget.most) << budget.name;
  }
  // Nothing has changed. Orders are of V2 and do not count themselves: that there is nothing is asked for twice.
  EXPECT_LE(job_of(second, "orders").at("source_calls").get<std::int64_t>(), 2);
  for (const char* table : {"products", "customers"})
    EXPECT_LE(job_of(second, table).at("source_calls").get<std::int64_t>(), 1) << table;
}

}  // namespace
}  // namespace sluice
