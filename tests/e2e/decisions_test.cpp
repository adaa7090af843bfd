// What people decide about work under way: jobs cancelled and done again, an integration deleted while it loads.

#include "tests/e2e/replication_fixture.hpp"

#include <csignal>

namespace sluice {
namespace {

class Decisions : public Replication {
 protected:
  void load_slowly(const std::vector<std::string>& tables, std::vector<std::string> flags = {}) {
    SampleStoreOptions options;
    options.orders = 20'000;
    options.latency = 600ms;  // much longer than a commit, even on a busy machine
    open_store(options);
    flags.insert(flags.end(), {"--scheduler.batch_rows", "1000"});
    start_daemon(std::move(flags));
    run = set_up(tables);
    ASSERT_TRUE(loading(2000));
  }
  std::string state_of(const std::string& table) { return job_of(run, table).at("state"); }
  std::string table_state(const std::string& table) {
    return daemon->call("GET", "/v1/integrations/acme/tables/" + table).body.at("status").at("state");
  }

  std::string run;
};

TEST_F(Decisions, a_cancelled_job_stops_soon_and_the_others_of_its_read_go_on) {
  load_slowly({"orders", "order_products", "products", "customers"});
  const std::string job = job_of(run, "order_products").at("id");

  expect(202, "POST", "/v1/jobs/" + job + "/cancel", Json::object());

  EXPECT_TRUE(eventually(4s, [&] { return state_of("order_products") == "cancelled"; })) << daemon->log();
  EXPECT_EQ(table_state("order_products"), "pending");
  EXPECT_EQ(wait_for(run), "partial");
  EXPECT_EQ(state_of("orders"), "succeeded");
  EXPECT_EQ(state_of("products"), "succeeded");
  EXPECT_EQ(job_of(run, "orders").at("rows").at("read"), 20'000) << "no row twice";
  const Json attempts =
      daemon->call("GET", "/v1/jobs/" + job_of(run, "orders").at("id").get<std::string>() + "/attempts")
          .body.at("items");
  ASSERT_EQ(attempts.size(), 2U);
  EXPECT_EQ(attempts[0].at("state"), "given_back");
  EXPECT_EQ(attempts[1].at("state"), "succeeded");
  EXPECT_EQ(daemon->call("POST", "/v1/jobs/" + job + "/cancel", Json::object()).body.value("code", ""), "job_ended");

  store->control("options", {{"latency_ms", 0}});
  const auto retried = expect(202, "POST", "/v1/jobs/" + job + "/retry", Json::object());
  EXPECT_EQ(retried.body.at("job").at("retry_of"), job);
  EXPECT_EQ(wait_for(retried.body.at("run").at("id")), "succeeded");
  expect_equal();
}

TEST_F(Decisions, a_table_whose_job_was_cancelled_goes_on_from_what_was_committed) {
  load_slowly({"orders"});

  expect(202, "POST", "/v1/jobs/" + job_of(run, "orders").at("id").get<std::string>() + "/cancel", Json::object());
  EXPECT_EQ(wait_for(run), "cancelled");

  const auto committed = std::stoll(ask("select count(*) from public.acme_orders"));
  EXPECT_GE(committed, 2000);
  EXPECT_EQ(ask("select rows from _sluice.checkpoint"), std::to_string(committed)) << "no batch by halves";
  store->control("options", {{"latency_ms", 0}});
  const auto next = sync();
  EXPECT_EQ(wait_for(next), "succeeded");
  EXPECT_LE(job_of(next, "orders").at("rows").at("inserted"), 20'000 - committed);
  EXPECT_EQ(ask("select count(*) || ' ' || count(distinct id) from public.acme_orders"), "20000 20000");
}

TEST_F(Decisions, an_integration_deleted_while_it_loads_goes_by_itself) {
  load_slowly({"orders", "brands"}, {"--scheduler.lease", "3s"});

  const auto begun = expect(202, "DELETE", "/v1/integrations/acme?data=drop", {{"confirm_name", "acme"}});
  EXPECT_EQ(begun.body.at("state"), "deleting");
  daemon->kill();
  daemon->start();

  EXPECT_TRUE(eventually(60s, [&] { return daemon->call("GET", "/v1/integrations/acme").status == 404; }))
      << daemon->log();
  EXPECT_EQ(ask("select to_regclass('public.acme_orders') is null"), "t");
  expect(201, "POST", "/v1/integrations", {{"name", "acme"}, {"connector", "bigcommerce"}});
}

}  // namespace
}  // namespace sluice
