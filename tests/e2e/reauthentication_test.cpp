// New credentials under a load that runs, in whatever order the store takes the old ones away.

#include "tests/e2e/replication_fixture.hpp"

namespace sluice {
namespace {

class Reauthenticating : public Replication {
 protected:
  static inline const std::string second = "second0000000000000000000000000";

  /// In the middle of a first load that takes some seconds.
  std::string begin_load() {
    SampleStoreOptions options;
    options.orders = 10'000;
    options.latency = 300ms;
    options.other_token = second;
    open_store(options);
    start_daemon({"--scheduler.batch_rows", "500"});
    const auto run = set_up({"orders", "order_products", "products", "customers"});
    EXPECT_TRUE(loading(500));
    return run;
  }
  void authenticate_with_second() {
    options_.access_token = second;
    expect(200, "POST", "/v1/integrations/acme/authenticate", credentials());
  }
  void revoke_first() { store->control("options", {{"access_token", second}}); }
  void make_fast() { store->control("options", {{"latency_ms", 0}}); }
  std::string health() { return daemon->call("GET", "/v1/integrations/acme").body.at("health").get<std::string>(); }
  void expect_one_attempt_each(const std::string& run) {
    const Json jobs = daemon->call("GET", "/v1/jobs?run=" + run).body.at("items");
    for (const Json& job : jobs) {
      EXPECT_EQ(job.at("state"), "succeeded") << job.dump(2);
      EXPECT_EQ(job.at("attempt"), 1) << job.dump(2);
    }
  }
};

TEST_F(Reauthenticating, a_load_goes_on_with_the_new_token_from_its_next_request_on) {
  const auto run = begin_load();

  authenticate_with_second();
  // Nothing was refused yet: the heartbeat told it.
  EXPECT_TRUE(eventually(20s, [&] { return daemon->log().find("credentials exchanged") != std::string::npos; }));
  revoke_first();
  make_fast();

  EXPECT_EQ(wait_for(run), "succeeded");
  expect_one_attempt_each(run);
  EXPECT_EQ(store->calls().by_status[401], 0U);
  EXPECT_EQ(health(), "ok");
  expect_equal();
}

/// Whether it is told of the new token in time, or is refused first and looks for it, is a matter of luck.
TEST_F(Reauthenticating, a_load_whose_token_is_revoked_goes_on_with_the_newer_one) {
  const auto run = begin_load();

  authenticate_with_second();
  revoke_first();

  make_fast();
  EXPECT_EQ(wait_for(run), "succeeded");
  expect_one_attempt_each(run);
  EXPECT_EQ(health(), "ok");
  expect_equal();
}

TEST_F(Reauthenticating, what_failed_for_a_revoked_token_runs_by_itself_and_repeats_little) {
  const auto run = begin_load();

  revoke_first();
  EXPECT_NE(wait_for(run), "succeeded");
  EXPECT_EQ(health(), "auth_required");
  EXPECT_EQ(job_of(run, "orders").at("error").at("code"), "source.auth_failed");
  const auto calls_before = store->calls().by_path["/v2/orders"];
  make_fast();
  authenticate_with_second();

  EXPECT_EQ(health() == "auth_required", false);
  EXPECT_TRUE(eventually(60s, [&] { return health() == "ok"; })) << daemon->log();
  const auto next = daemon->call("GET", "/v1/runs?integration=acme&limit=1").body.at("items").at(0);
  EXPECT_NE(next.at("id"), run);
  EXPECT_EQ(wait_for(next.at("id").get<std::string>()), "succeeded");
  expect_equal();
  // 40 pages, the login's probes, the question for the largest id, the ends of the ranges, and a page of each again.
  EXPECT_LE(store->calls().by_path["/v2/orders"], 40U + 4U + 1U + 8U + 8U) << calls_before;
}

TEST_F(Reauthenticating, warns_of_scopes_that_are_lost) {
  open_store({});
  start_daemon();
  ASSERT_EQ(wait_for(set_up({"orders", "customers"})), "succeeded");
  std::vector<std::string> scopes = sample_store::read_only_scopes();
  std::erase(scopes, "store_v2_customers_read_only");
  store->control("options", {{"scopes", scopes}});

  const Json warnings = expect(200, "POST", "/v1/integrations/acme/authenticate", credentials()).body.at("warnings");

  const auto customers = std::ranges::find(warnings, "customers", [](const Json& each) { return each.at("table"); });
  ASSERT_NE(customers, warnings.end()) << warnings.dump(2);
  EXPECT_EQ(customers->at("scope"), "store_v2_customers_read_only");
  EXPECT_EQ(customers->at("selected"), true);
  EXPECT_EQ(std::ranges::find(warnings, "orders", [](const Json& each) { return each.at("table"); }), warnings.end());
}

}  // namespace
}  // namespace sluice
