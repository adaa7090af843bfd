// A store arrives and stays equal, whatever stops, fails or is taken away meanwhile.

#include "tests/e2e/replication_fixture.hpp"

#include <csignal>

namespace sluice {
namespace {

TEST_F(Replication, a_store_arrives_whole_and_stays_equal) {
  open_store({});
  start_daemon({"--bigcommerce.safety_lag", "2s"});
  const std::vector<std::string> tables{"orders",  "order_products", "products",    "product_variants",
                                        "brands",  "categories",     "customers",   "subscribers",
                                        "coupons", "currencies",     "price_lists", "banners"};

  EXPECT_EQ(wait_for(set_up(tables)), "succeeded");

  EXPECT_EQ(state(), "active");
  expect_equal();
  for (const auto& table : items("/v1/integrations/acme/tables?limit=500")) {
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
  options.latency = 600ms;  // much longer than a commit, even on a busy machine
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
  RecordProperty("orders_calls", static_cast<int>(store->calls().by_path["/v2/orders"]));
  // The list itself costs up to 90 calls: the login's probe, 80 pages, the question for the largest id, and the ends of
  // eight ranges. Read again is at most one page per range; a second one where commits take as long as pages because
  // the machine has other things to do.
  EXPECT_LE(store->calls().by_path["/v2/orders"], 90U + 8U + 8U);
  EXPECT_EQ(ask("select count(*) - count(distinct id) from public.acme_orders"), "0");
}

TEST_F(Replication, a_reload_replaces_the_rows_at_once_and_can_be_taken_back) {
  open_store({});
  start_daemon();
  ASSERT_EQ(wait_for(set_up({"orders", "order_products", "products", "customers"})), "succeeded");
  ask("create view public.dear as select id from public.acme_products where price > 1");
  ask("update public.acme_products set name = 'drifted'");
  const std::string reload = "/v1/integrations/acme/tables/products/reload";

  const auto run = daemon->call("POST", reload, {{"mode", "swap"}}).body.at("id").get<std::string>();

  EXPECT_EQ(wait_for(run), "succeeded");
  EXPECT_EQ(job_of(run, "products").at("kind"), "reload");
  expect_equal();
  EXPECT_NE(ask("select count(*) from public.dear"), "0");
  expect(200, "POST", "/v1/integrations/acme/tables/products/rollback", Json::object());
  EXPECT_EQ(ask("select count(*) from public.acme_products where name <> 'drifted'"), "0");

  const auto merge = daemon->call("POST", reload, {{"mode", "merge"}}).body.at("id").get<std::string>();
  EXPECT_EQ(wait_for(merge), "succeeded");
  expect_equal();
  EXPECT_EQ(wait_for(sync()), "succeeded");
  expect_equal();
}

/// With a start date nothing but their parents tells of rows without a date that they are gone.
TEST_F(Replication, a_reload_takes_along_the_rows_below_what_is_gone) {
  SampleStoreOptions options;
  options.products = 50;
  open_store(options);
  start_daemon({"--bigcommerce.sweep_interval", "0s"});
  ASSERT_EQ(wait_for(set_up({"products", "product_images"})), "succeeded");
  store->control("delete", {{"table", "products"}, {"count", 10}});
  const auto refused = sync();
  EXPECT_EQ(wait_for(refused), "failed");
  EXPECT_EQ(job_of(refused, "products").at("error").at("code"), "destination.too_many_deletes");

  const auto reload = daemon->call("POST", "/v1/integrations/acme/tables/products/reload", {{"mode", "swap"}});
  EXPECT_EQ(wait_for(reload.body.at("id").get<std::string>()), "succeeded");

  const std::string left =
      "select count(*) from public.acme_product_images where _sluice_deleted_at is null and product_id not in "
      "(select id from public.acme_products)";
  EXPECT_EQ(ask(left), "0");
  EXPECT_EQ(wait_for(sync()), "succeeded");
  EXPECT_EQ(ask(left), "0");
}

TEST_F(Replication, a_reload_that_lacks_records_takes_nothing_along) {
  SampleStoreOptions options;
  options.products = 300;  // more than a page
  open_store(options);
  start_daemon();
  ASSERT_EQ(wait_for(set_up({"products", "product_images"})), "succeeded");
  const std::string live = "select count(*) from public.acme_product_images where _sluice_deleted_at is null";
  const std::string images = ask(live);

  store->control("faults", Json::array({{{"kind", "no_content"}, {"path_contains", "greater="}}}));
  const auto reload = daemon->call("POST", "/v1/integrations/acme/tables/products/reload", {{"mode", "swap"}});
  EXPECT_EQ(wait_for(reload.body.at("id").get<std::string>()), "succeeded");
  ASSERT_EQ(ask("select count(*) < 300 from public.acme_products"), "t");
  EXPECT_EQ(ask(live), images);

  store->control("faults", Json::array());
  EXPECT_EQ(wait_for(sync()), "succeeded");
  EXPECT_EQ(ask("select count(*) from public.acme_products where _sluice_deleted_at is null"), "300");
  EXPECT_EQ(ask(live), images);
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
  // A machine that runs other tests beside this one may take its time.
  EXPECT_EQ(daemon->wait(25s), 0);
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
