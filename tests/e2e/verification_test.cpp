// A table against its source: what really differs is told and mended, and nothing else is.

#include "tests/e2e/replication_fixture.hpp"

namespace sluice {
namespace {

class VerificationE2e : public Replication {
 protected:
  void begin(const std::vector<std::string>& tables, SampleStoreOptions options = small()) {
    open_store(std::move(options));
    start_daemon({"--bigcommerce.safety_lag", "1s"});
    ASSERT_EQ(wait_for(set_up(tables)), "succeeded") << daemon->log();
  }
  static SampleStoreOptions small() {
    SampleStoreOptions options;
    options.orders = 400;
    options.products = 60;
    options.customers = 80;
    return options;
  }
  static std::string path(const std::string& table) { return "/v1/integrations/acme/tables/" + table; }

  Json job(const std::string& table, bool repair) {
    const auto asked = expect(202, "POST", path(table) + "/verify", {{"repair", repair}});
    const std::string run = asked.body.at("id").get<std::string>();
    wait_for(run);
    return expect(200, "GET", "/v1/jobs/" + job_of(run, table).at("id").get<std::string>()).body;
  }
  Json verify(const std::string& table, bool repair = false) {
    const Json ended = job(table, repair);
    EXPECT_EQ(ended.at("state"), "succeeded") << ended.dump(2) << daemon->log();
    return ended.at("verification");
  }
  void insert(const std::string& table, const std::string& columns, const std::string& values) {
    ask("insert into public.acme_" + table + " (" + columns + ", _sluice_synced_at, _sluice_job_id) values (" + values +
        ", now(), 'job_0')");
  }
  std::string live(const std::string& table, const std::string& condition) {
    return ask("select count(*) from public.acme_" + table + " where _sluice_deleted_at is null and " + condition);
  }
};

TEST_F(VerificationE2e, finds_nothing_where_nothing_differs) {
  const std::vector<std::string> tables{"orders",
                                        "order_products",
                                        "order_taxes",
                                        "products",
                                        "product_variants",
                                        "product_bulk_pricing_rules",
                                        "product_options",
                                        "brands",
                                        "categories",
                                        "customers",
                                        "customer_addresses",
                                        "customer_form_field_values",
                                        "price_lists",
                                        "price_list_records",
                                        "currencies",
                                        "store_information",
                                        "channel_active_themes",
                                        "subscribers",
                                        "coupons"};
  begin(tables);

  for (const std::string& table : tables) {
    const Json found = verify(table);
    EXPECT_TRUE(found.at("equal")) << table << found.dump(2);
    EXPECT_EQ(found.at("source_rows"), found.at("destination_rows")) << table;
    EXPECT_EQ(found.at("missing_keys"), Json::array()) << table;
  }
  expect_equal();
  const Json status = expect(200, "GET", path("orders")).body.at("status");
  EXPECT_EQ(status.at("verification").at("equal"), true);
  EXPECT_TRUE(status.at("verified_at").is_string());
}

TEST_F(VerificationE2e, tells_what_differs_and_mends_it_when_asked_to) {
  begin({"orders", "order_products", "products", "product_bulk_pricing_rules", "brands", "customers"});
  const std::string order = ask("select min(id) from public.acme_orders");
  const std::string line = ask("select min(id) from public.acme_order_products");
  const std::string rule = ask("select product_id || ',' || id from public.acme_product_bulk_pricing_rules limit 1");
  ask("delete from public.acme_orders where id = " + order);
  insert("orders", "id, date_modified", "987654321, '2020-01-01'");
  ask("delete from public.acme_order_products where id = " + line);
  insert("order_products", "id, order_id", "987654321, " + order);
  ask("delete from public.acme_product_bulk_pricing_rules where (product_id, id) = (" + rule + ")");
  ask("update public.acme_brands set _sluice_deleted_at = now() where id = (select min(id) from public.acme_brands)");

  const Json orders = verify("orders");
  EXPECT_FALSE(orders.at("equal"));
  EXPECT_EQ(orders.at("missing"), 1);
  EXPECT_EQ(orders.at("missing_keys"), (Json{{{"id", std::stoll(order)}}}));
  EXPECT_EQ(orders.at("surplus_keys"), (Json{{{"id", 987654321}}}));
  EXPECT_EQ(live("orders", "id = 987654321"), "1") << "nothing was to be mended";

  for (const char* table : {"orders", "order_products", "product_bulk_pricing_rules", "brands"}) {
    const auto checkpoint = expect(200, "GET", path(table) + "/checkpoint").body;
    const Json found = verify(table, true);
    EXPECT_EQ(found.at("missing"), 1) << table << found.dump(2);
    EXPECT_EQ(found.at("repaired").at("missing"), 1) << table;
    EXPECT_TRUE(found.at("equal")) << table << found.dump(2);
    EXPECT_EQ(expect(200, "GET", path(table) + "/checkpoint").body.at("position"), checkpoint.at("position")) << table;
    EXPECT_TRUE(verify(table).at("equal")) << table;
  }
  EXPECT_EQ(live("orders", "id = 987654321"), "0");
  EXPECT_EQ(live("order_products", "id = 987654321"), "0");
  expect_equal();
  EXPECT_EQ(expect(200, "GET", path("orders") + "/checkpoint").body.at("rows"),
            std::stoll(ask("select count(*) from public.acme_orders where _sluice_deleted_at is null")));
}

TEST_F(VerificationE2e, asks_for_the_records_that_differ_and_not_for_all_again) {
  SampleStoreOptions options = small();
  options.orders = 3'000;
  begin({"orders"}, options);
  ask("delete from public.acme_orders where id in (select id from public.acme_orders order by id limit 3)");

  const Json ended = job("orders", true);

  EXPECT_EQ(ended.at("verification").at("repaired").at("missing"), 3);
  // Twelve pages, the question for the largest id, four ranges' ends; then two questions for three orders.
  EXPECT_LE(ended.at("source_calls"), 12 + 1 + 4 + 2 + 2) << ended.dump(2);
}

TEST_F(VerificationE2e, leaves_what_changed_after_the_checkpoint_to_the_next_load) {
  begin({"orders", "order_products", "products", "customers"});
  store->control("add", {{"table", "orders"}, {"count", 3}});
  store->control("delete", {{"table", "products"}, {"count", 2}});

  const Json orders = verify("orders");
  EXPECT_TRUE(orders.at("equal")) << orders.dump(2);
  EXPECT_EQ(orders.at("newer"), 3);
  EXPECT_TRUE(verify("order_products").at("equal"));
  const Json products = verify("products", true);
  EXPECT_EQ(products.at("surplus"), 2) << "their delete shows by their absence alone";
  EXPECT_EQ(products.at("repaired").at("surplus"), 2);
  EXPECT_EQ(wait_for(sync()), "succeeded");
  EXPECT_EQ(verify("orders").at("newer"), 0);
  expect_equal();
}

TEST_F(VerificationE2e, removes_no_more_than_a_sweep_would) {
  begin({"brands", "customers"});
  ask("insert into public.acme_customers (id, date_modified, _sluice_synced_at, _sluice_job_id) "
      "select 900000 + i, '2020-01-01', now(), 'job_0' from generate_series(1, 30) as i");

  const Json ended = job("customers", true);

  EXPECT_EQ(ended.at("state"), "failed");
  EXPECT_EQ(ended.at("error").at("code"), "destination.too_many_deletes");
  EXPECT_EQ(ended.at("verification").at("surplus"), 30);
  EXPECT_EQ(ended.at("verification").at("surplus_kept"), "too_many");
  EXPECT_EQ(live("customers", "id > 900000"), "30");
  EXPECT_EQ(expect(200, "GET", path("customers")).body.at("status").at("state"), "active");
}

TEST_F(VerificationE2e, is_repeated_when_it_is_cut) {
  SampleStoreOptions options = small();
  options.orders = 3'000;
  begin({"orders"}, options);
  ask("delete from public.acme_orders where id = (select min(id) from public.acme_orders)");
  store->control("options", {{"latency_ms", 300}});
  store->control("reset_calls", Json::object());
  const auto asked = expect(202, "POST", path("orders") + "/verify", {{"repair", true}});
  ASSERT_TRUE(eventually(30s, [&] { return store->calls().by_path["/v2/orders"] > 4; }));

  daemon->kill();
  daemon->start();

  const std::string run = asked.body.at("id").get<std::string>();
  EXPECT_EQ(wait_for(run), "succeeded") << daemon->log();
  EXPECT_EQ(job_of(run, "orders").at("verification").at("repaired").at("missing"), 1);
  EXPECT_EQ(count_differences(*store, daemon->warehouse_url(), "acme"), "");
}

}  // namespace
}  // namespace sluice
