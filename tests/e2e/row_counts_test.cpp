// At the end of a complete pass the source's own count is held against the destination's, and a difference is said.

#include "tests/e2e/replication_fixture.hpp"

namespace sluice {
namespace {

class RowCountsE2e : public Replication {
 protected:
  void begin(const std::vector<std::string>& tables) {
    SampleStoreOptions options;
    options.orders = 400;
    options.products = 300;  // more than a page
    options.customers = 80;
    open_store(options);
    start_daemon({"--bigcommerce.safety_lag", "1s"});
    ASSERT_EQ(wait_for(set_up(tables)), "succeeded") << daemon->log();
  }
  Json counts_of(const std::string& table) {
    return expect(200, "GET", "/v1/integrations/acme/tables/" + table).body.at("status").at("row_counts");
  }
  Json integration() { return expect(200, "GET", "/v1/integrations/acme").body; }
};

TEST_F(RowCountsE2e, agree_after_a_first_load) {
  begin({"orders", "order_products", "products", "customers", "brands", "coupons"});

  for (const char* table : {"orders", "products", "customers", "brands"}) {
    const Json counts = counts_of(table);
    ASSERT_TRUE(counts.is_object()) << table;
    EXPECT_EQ(counts.at("verdict"), "agree") << table << counts;
    EXPECT_EQ(counts.at("source_least"), counts.at("source_most")) << table;
    EXPECT_EQ(counts.at("destination"), counts.at("source_most")) << table;
    EXPECT_EQ(std::to_string(counts.at("destination").get<int>()),
              ask("select count(*) from public.acme_" + std::string(table)));
    EXPECT_TRUE(counts.at("counted_at").is_string());
  }
  EXPECT_TRUE(counts_of("order_products").is_null()) << "the source does not count what is inside of orders";
  EXPECT_TRUE(counts_of("coupons").is_null()) << "this list says nowhere how long it is";
  EXPECT_EQ(integration().at("health"), "ok");
  EXPECT_EQ(integration().at("health_reasons"), Json::array());
}

TEST_F(RowCountsE2e, that_differ_are_said_in_the_job_and_the_health_until_they_agree) {
  begin({"brands", "products"});
  const std::string lost = ask("select min(id) from public.acme_brands");
  const int rows = std::stoi(ask("select count(*) from public.acme_brands"));
  // A destination of its own mind.
  ask("create function public.swallow() returns trigger language plpgsql as 'begin return null; end'");
  ask("create trigger swallow before insert on public.acme_brands for each row when (new.id = " + lost +
      ") execute function public.swallow()");
  ask("delete from public.acme_brands where id = " + lost);

  const std::string run = sync();
  EXPECT_EQ(wait_for(run), "succeeded");

  const Json job = job_of(run, "brands");
  EXPECT_EQ(job.at("row_counts").at("verdict"), "differ") << job;
  EXPECT_EQ(job.at("row_counts").at("source_most"), rows);
  EXPECT_EQ(job.at("row_counts").at("destination"), rows - 1);
  EXPECT_NE(daemon->log().find("the source counts other records than there are rows"), std::string::npos);
  const Json degraded = integration();
  EXPECT_EQ(degraded.at("health"), "degraded");
  ASSERT_EQ(degraded.at("health_reasons").size(), 1U) << degraded;
  EXPECT_EQ(degraded.at("health_reasons")[0].at("table"), "brands");
  EXPECT_EQ(degraded.at("health_reasons")[0].at("code"), "source.counts_differ");

  ask("drop trigger swallow on public.acme_brands");
  EXPECT_EQ(wait_for(sync()), "succeeded");

  EXPECT_EQ(counts_of("brands").at("verdict"), "agree");
  EXPECT_EQ(integration().at("health"), "ok");
  EXPECT_EQ(integration().at("health_reasons"), Json::array());
  EXPECT_EQ(std::stoi(ask("select count(*) from public.acme_brands where _sluice_deleted_at is null")), rows);
}

/// Orders are read by their changes only: without another look at the whole list they would be missing for ever.
TEST_F(RowCountsE2e, that_differ_bring_what_a_false_end_hid_by_themselves) {
  SampleStoreOptions options;
  options.orders = 400;  // more than a page
  open_store(options);
  start_daemon({"--bigcommerce.safety_lag", "1s"});
  // Whatever is behind the first page.
  store->control("faults", Json::array({{{"kind", "no_content"}, {"path_contains", "min_id="}}}));
  const std::string first = set_up({"orders", "order_products", "order_coupons"});
  ASSERT_EQ(wait_for(first), "succeeded") << daemon->log();
  ASSERT_EQ(ask("select count(*) from public.acme_orders"), "250");
  EXPECT_EQ(counts_of("orders").at("verdict"), "differ");
  EXPECT_EQ(integration().at("health"), "degraded");
  for (const char* table : {"orders", "order_products", "order_coupons"}) {
    const std::string lines =
        items("/v1/jobs/" + job_of(first, table).at("id").get<std::string>() + "/logs?limit=500").dump();
    EXPECT_NE(lines.find("the next run reads the whole list again"), std::string::npos) << table << lines;
  }

  store->control("faults", Json::array());
  EXPECT_EQ(wait_for(sync()), "succeeded");

  EXPECT_EQ(ask("select count(*) from public.acme_orders"), "400");
  EXPECT_EQ(ask("select count(distinct order_id) from public.acme_order_products"), "400");
  EXPECT_EQ(ask("select count(distinct order_id) from public.acme_order_coupons"),
            ask("select count(*) from public.acme_orders where coupon_discount > 0"));
  EXPECT_EQ(counts_of("orders").at("verdict"), "agree");
  EXPECT_EQ(integration().at("health"), "ok");
  store->control("reset_calls", Json::object());
  EXPECT_EQ(wait_for(sync()), "succeeded");
  EXPECT_LE(store->calls().total, 6U) << "changes only";
}

TEST_F(RowCountsE2e, are_settled_by_a_verification_that_finds_every_key) {
  begin({"brands", "customers"});
  const std::string lost = ask("select min(id) from public.acme_customers");
  ask("create function public.swallow() returns trigger language plpgsql as 'begin return null; end'");
  ask("create trigger swallow before insert on public.acme_customers for each row when (new.id = " + lost +
      ") execute function public.swallow()");
  ask("delete from public.acme_customers where id = " + lost);
  expect(202, "POST", "/v1/integrations/acme/tables/customers/reload", {{"mode", "merge"}});
  EXPECT_EQ(wait_for(sync()), "succeeded");
  ASSERT_EQ(counts_of("customers").at("verdict"), "differ");

  ask("drop trigger swallow on public.acme_customers");
  const auto asked = expect(202, "POST", "/v1/integrations/acme/tables/customers/verify", {{"repair", true}});
  EXPECT_EQ(wait_for(asked.body.at("id").get<std::string>()), "succeeded");

  EXPECT_TRUE(counts_of("customers").is_null());
  EXPECT_EQ(integration().at("health"), "ok");
}

}  // namespace
}  // namespace sluice
