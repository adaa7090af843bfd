// What is done to one table of an integration.
#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/test_postgres.hpp"

namespace sluice {
namespace {

class ApiTables : public ApiFixture {
 protected:
  void SetUp() override {
    ApiFixture::SetUp();
    run_ = confirmed("acme");
    const Json both = {{"tables", {{{"name", "orders"}}, {{"name", "order_products"}}}}};
    EXPECT_EQ(ask("PUT", "/v1/integrations/acme/selection", both, any_version).status, 200);
  }
  /// As if the open run had loaded everything up to `cursor`.
  void loaded(const std::string& cursor) {
    TestPostgres::execute(control_url_,
                          "update sluice.jobs set state = 'succeeded', started_at = now(), finished_at = now(), "
                          "attempt = 1 where finished_at is null");
    TestPostgres::execute(control_url_,
                          "update sluice.integration_tables set state = 'active', "
                          "last_replicated_at = now(), position = '{\"version\":1,\"cursor\":\"" +
                              cursor + "\"}'");
    destination_sql("update _sluice.checkpoint set position = '{\"version\":1,\"cursor\":\"" + cursor + "\"}'");
  }
  static inline const std::string table = "/v1/integrations/acme/tables/orders";
  std::string run_;
};

TEST_F(ApiTables, a_paused_table_is_left_out_until_it_is_resumed) {
  loaded("2026-01-01T00:00:00Z");
  for (int i = 0; i < 2; ++i) {
    const auto paused = ask("POST", table + "/pause");
    EXPECT_EQ(paused.status, 200) << paused.text;
    EXPECT_EQ(paused.json["status"]["state"], "paused");
  }
  EXPECT_EQ(ask("POST", "/v1/integrations/acme/sync", {{"tables", {"orders"}}}).code(), "table_paused");
  EXPECT_EQ(ask("POST", table + "/reload").code(), "table_paused");
  const auto run = ask("POST", "/v1/integrations/acme/sync");
  EXPECT_EQ(run.status, 202) << run.text;
  EXPECT_EQ(ask("GET", "/v1/jobs?run=" + run.json["id"].get<std::string>() + "&table=orders").json["items"].size(), 0U);
  EXPECT_EQ(ask("POST", table + "/resume").json["status"]["state"], "active");
}

TEST_F(ApiTables, a_reload_waits_for_the_open_run_and_is_asked_for_once) {
  const auto asked = ask("POST", table + "/reload", {{"mode", "merge"}});
  EXPECT_EQ(asked.status, 202) << asked.text;
  EXPECT_EQ(asked.json["id"], run_) << "the first load is still open";
  EXPECT_EQ(asked.json["queued_behind"], true);
  loaded("2026-01-01T00:00:00Z");

  const auto next = ask("POST", "/v1/integrations/acme/sync");

  EXPECT_EQ(next.status, 202);
  const auto job = ask("GET", "/v1/jobs?kind=reload&run=" + next.json["id"].get<std::string>()).json["items"].at(0);
  EXPECT_EQ(job["table"], "orders");
  EXPECT_EQ(ask("POST", table + "/reload").code(), "reloading");
}

TEST_F(ApiTables, a_reload_s_plan_changes_nothing) {
  loaded("2026-01-01T00:00:00Z");
  const std::string before = row_counts();

  const auto plan = ask("POST", table + "/reload?dry_run=true");

  EXPECT_EQ(plan.status, 200) << plan.text;
  EXPECT_EQ(plan.json["mode"], "swap");
  EXPECT_EQ(plan.json["keeps_rollback"], true);
  EXPECT_EQ(row_counts(), before);
}

TEST_F(ApiTables, foreign_keys_forbid_a_swap_and_not_a_merge) {
  loaded("2026-01-01T00:00:00Z");
  destination_sql("create table public.notes (o bigint references public.acme_orders)");
  EXPECT_EQ(ask("POST", table + "/reload").code(), "table_referenced");
  EXPECT_EQ(ask("POST", table + "/reload", {{"mode", "merge"}}).status, 202);
}

TEST_F(ApiTables, a_checkpoint_is_set_while_the_table_is_paused) {
  const std::string path = table + "/checkpoint";
  EXPECT_EQ(ask("PUT", path, {{"cursor", "2025-06-01"}}).code(), "no_cursor") << "not loaded yet";
  loaded("2026-01-01T00:00:00Z");
  EXPECT_EQ(ask("GET", path).json["cursor"], "2026-01-01T00:00:00Z");
  EXPECT_EQ(ask("PUT", path, {{"cursor", "2025-06-01"}}).code(), "not_paused");
  ask("POST", table + "/pause");
  EXPECT_EQ(ask("PUT", path, {{"cursor", "2999-01-01"}}).status, 422);
  const auto plan = ask("PUT", path + "?dry_run=true", {{"cursor", "2025-06-01"}});
  EXPECT_EQ(plan.json["reads_again"], true) << plan.text;
  EXPECT_EQ(ask("GET", path).json["cursor"], "2026-01-01T00:00:00Z");

  const auto set = ask("PUT", path, {{"cursor", "2025-06-01"}});

  EXPECT_EQ(set.status, 200) << set.text;
  EXPECT_EQ(set.json["cursor"], "2025-06-01T00:00:00Z");
  EXPECT_EQ(destination_sql("select position ->> 'cursor' from _sluice.checkpoint where table_name = 'orders'"),
            "2025-06-01T00:00:00Z");
  EXPECT_EQ(ask("DELETE", path).json["position"], nullptr);
  EXPECT_EQ(destination_sql("select position is null from _sluice.checkpoint where table_name = 'orders'"), "t");
}

TEST_F(ApiTables, going_back_needs_something_kept) {
  EXPECT_EQ(ask("POST", table + "/rollback").code(), "table_busy");
  loaded("2026-01-01T00:00:00Z");
  EXPECT_EQ(ask("POST", table + "/rollback").code(), "nothing_kept");
}

TEST_F(ApiTables, an_earlier_start_date_reads_again_what_it_cuts) {
  ask("PATCH", "/v1/integrations/acme", {{"start_date", "2025-01-01"}}, any_version);
  loaded("2026-01-01T00:00:00Z");
  ask("PATCH", "/v1/integrations/acme", {{"start_date", "2025-06-01"}}, any_version);
  EXPECT_EQ(TestPostgres::execute(control_url_, "select count(reload_asked) from sluice.integration_tables"), "0");
  ask("PATCH", "/v1/integrations/acme", {{"start_date", "2024-01-01"}}, any_version);
  EXPECT_EQ(TestPostgres::execute(control_url_,
                                  "select string_agg(table_name, ',' order by table_name) from "
                                  "sluice.integration_tables where reload_asked is not null"),
            "order_products,orders");
}

}  // namespace
}  // namespace sluice
