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

TEST_F(ApiTables, a_verification_runs_by_itself_and_is_asked_for_once) {
  const std::string path = table + "/verify";
  EXPECT_EQ(ask("POST", path).code(), "table_not_loaded");
  loaded("2026-01-01T00:00:00Z");
  EXPECT_EQ(ask("POST", path, {{"repairs", true}}).code(), "unknown_member");
  EXPECT_EQ(ask("POST", path, {{"repair", "yes"}}).code(), "invalid_body");
  EXPECT_EQ(ask("POST", "/v1/integrations/acme/tables/brands/verify").status, 404);
  const std::string before = control_dump();
  const auto plan = ask("POST", path + "?dry_run=true");
  EXPECT_EQ(plan.status, 200) << plan.text;
  EXPECT_EQ(plan.json["status"], 202);
  EXPECT_EQ(control_dump(), before);

  const auto asked = ask("POST", path, {{"repair", true}});

  EXPECT_EQ(asked.status, 202) << asked.text;
  EXPECT_EQ(asked.json["queued_behind"], false);
  EXPECT_EQ(asked.header("Location"), "/v1/runs/" + asked.json["id"].get<std::string>());
  const auto jobs = ask("GET", "/v1/jobs?run=" + asked.json["id"].get<std::string>()).json["items"];
  ASSERT_EQ(jobs.size(), 1U);
  EXPECT_EQ(jobs[0]["kind"], "verify");
  EXPECT_EQ(jobs[0]["table"], "orders");
  EXPECT_EQ(jobs[0]["verification"], nullptr) << "not known yet";
  EXPECT_EQ(ask("POST", path).code(), "verifying");
  EXPECT_EQ(ask("GET", table).json["status"]["verified_at"], nullptr);
  const auto behind = ask("POST", "/v1/integrations/acme/tables/order_products/verify");
  EXPECT_EQ(behind.json["queued_behind"], true) << behind.text;
}

TEST_F(ApiTables, what_a_verification_found_is_with_its_job_and_its_table) {
  loaded("2026-01-01T00:00:00Z");
  const auto run = ask("POST", table + "/verify").json["id"].get<std::string>();
  const auto job = ask("GET", "/v1/jobs?run=" + run).json["items"].at(0)["id"].get<std::string>();
  const std::string found =
      R"({"repair": false, "equal": false, "source_rows": 3, "destination_rows": 3, "not_judged": 0, "missing": 1,
          "surplus": 1, "newer": 0, "repaired": {"missing": 0, "surplus": 0}, "surplus_kept": null)";
  TestPostgres::execute(control_url_,
                        "update sluice.jobs set verification = '" + found +
                            R"(, "missing_keys": [{"id": 7}], "surplus_keys": [{"id": 9}]}' where id = ')" + job + "'");
  TestPostgres::execute(control_url_, "update sluice.integration_tables set verified_at = now(), verification = '" +
                                          found + "}' where table_name = 'orders'");

  EXPECT_EQ(ask("GET", "/v1/jobs/" + job).json["verification"]["missing_keys"], (Json{{{"id", 7}}}));
  EXPECT_FALSE(ask("GET", "/v1/jobs?run=" + run).json["items"].at(0)["verification"].contains("missing_keys"));
  EXPECT_EQ(ask("GET", table).json["status"]["verification"]["surplus"], 1);
  const auto list = ask("GET", "/v1/integrations/acme/tables").json["items"];
  EXPECT_EQ(list.at(0)["verification"]["equal"], false);
  EXPECT_NE(list.at(0)["verified_at"], nullptr);
}

TEST_F(ApiTables, a_verification_is_refused_where_a_reload_is) {
  make_ready("other");
  EXPECT_EQ(ask("POST", "/v1/integrations/other/tables/orders/verify").code(), "not_confirmed");
  loaded("2026-01-01T00:00:00Z");
  ask("POST", table + "/pause");
  EXPECT_EQ(ask("POST", table + "/verify").code(), "table_paused");
  ask("POST", table + "/resume");
  ask("POST", "/v1/integrations/acme/pause");
  EXPECT_EQ(ask("POST", table + "/verify").code(), "paused");
  ask("POST", "/v1/integrations/acme/resume");
  TestPostgres::execute(control_url_, "update sluice.integrations set health = 'auth_required'");
  EXPECT_EQ(ask("POST", table + "/verify").code(), "auth_required");
  const Extra reader{{"Authorization", "Bearer " + token(TokenScope::read)}};
  EXPECT_EQ(ask("POST", table + "/verify", nullptr, reader).code(), "scope_needed");
}

TEST_F(ApiTables, a_table_goes_back_to_an_earlier_checkpoint) {
  const std::string path = table + "/checkpoint";
  EXPECT_EQ(ask("GET", path + "s").json["items"].size(), 0U);
  loaded("2026-01-01T00:00:00Z");
  ask("POST", table + "/pause");
  ask("PUT", path, {{"cursor", "2025-06-01"}});
  ask("PUT", path, {{"cursor", "2025-09-01"}});

  const auto past = ask("GET", path + "s");
  ASSERT_EQ(past.json["items"].size(), 2U) << past.text;
  const Json first = past.json["items"].at(1);
  EXPECT_EQ(first["cause"], "set");
  EXPECT_EQ(first["cursor"], "2025-06-01T00:00:00Z");
  EXPECT_TRUE(first["request_id"].is_string());
  const auto page = ask("GET", path + "s?limit=1");
  EXPECT_EQ(page.json["items"].at(0)["cursor"], "2025-09-01T00:00:00Z");
  EXPECT_EQ(ask("GET", path + "s?limit=1&cursor=" + page.json["next_cursor"].get<std::string>()).json["items"].at(0),
            first);
  EXPECT_EQ(ask("PUT", path, Json::object()).status, 422);
  EXPECT_EQ(ask("PUT", path, {{"cursor", "2025-06-01"}, {"checkpoint", first["id"]}}).status, 422);
  EXPECT_EQ(ask("PUT", path, {{"checkpoint", 4711}}).code(), "unknown_checkpoint");
  const auto plan = ask("PUT", path + "?dry_run=true", {{"checkpoint", first["id"]}});
  EXPECT_EQ(plan.json["reads_again"], true) << plan.text;

  const auto rewound = ask("PUT", path, {{"checkpoint", first["id"]}});

  EXPECT_EQ(rewound.status, 200) << rewound.text;
  EXPECT_EQ(rewound.json["cursor"], "2025-06-01T00:00:00Z");
  EXPECT_EQ(destination_sql("select position ->> 'cursor' from _sluice.checkpoint where table_name = 'orders'"),
            "2025-06-01T00:00:00Z");
  EXPECT_EQ(ask("GET", path + "s").json["items"].at(0)["cause"], "rewound");
  ask("DELETE", path);
  EXPECT_EQ(ask("GET", path + "s").json["items"].at(0)["cause"], "cleared");
  TestPostgres::execute(control_url_,
                        "update sluice.checkpoints set position = '{\"ranges\": []}' where id = " + first["id"].dump());
  EXPECT_EQ(ask("PUT", path, {{"checkpoint", first["id"]}}).code(), "checkpoint_under_way");
  ask("POST", table + "/resume");
  EXPECT_EQ(ask("PUT", path, {{"checkpoint", past.json["items"].at(0)["id"]}}).code(), "not_paused");
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
