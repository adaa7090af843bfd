// What the API says about ranges and columns that tables lack.

#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/test_postgres.hpp"

namespace sluice {
namespace {

class ApiBackfill : public ApiFixture {
 protected:
  /// Orders and brands, loaded since 2020; a date cuts only the first.
  void SetUp() override {
    confirmed("acme");
    ask("PATCH", path, {{"start_date", "2020-01-01T00:00:00Z"}}, any_version);
    select({"id", "total"}, {"id"}, "none");
    TestPostgres::execute(control_url_,
                          "update sluice.jobs set state = 'cancelled', finished_at = now() where finished_at is null");
    TestPostgres::execute(control_url_, "update sluice.runs set finished_at = now(), result = 'cancelled'");
    loaded(R"({"v":1,"cursor":"2026-01-01T00:00:00Z","read_from":"2020-01-01T00:00:00Z"})");
  }
  void loaded(const std::string& position) {
    TestPostgres::execute(control_url_,
                          "update sluice.integration_tables set state = 'active', last_replicated_at = now(), position "
                          "= case table_name when 'orders' then '" +
                              position + "'::jsonb else '{\"v\":1}' end");
  }
  Answer select(const Json& of_orders, const Json& of_brands, const Json& backfill, const std::string& query = "") {
    Json body{{"tables", {{{"name", "orders"}, {"fields", of_orders}}, {{"name", "brands"}, {"fields", of_brands}}}}};
    if (!backfill.is_null()) body["backfill"] = backfill;
    return ask("PUT", path + "/selection" + query, body, any_version);
  }
  Json reads_of_moving_to(const Json& date) {
    const auto plan = ask("PATCH", path + "?dry_run=true", {{"start_date", date}}, any_version);
    EXPECT_EQ(plan.status, 200) << plan.text;
    return plan.json.value("reads", Json::array());
  }

  static inline const std::string path = "/v1/integrations/acme";
};

TEST_F(ApiBackfill, a_plan_says_which_range_would_be_read) {
  EXPECT_EQ(reads_of_moving_to("2018-01-01T00:00:00Z"), Json::parse(R"([
    {"table": "orders", "kind": "backfill", "mode": null,
     "window": {"from": "2018-01-01T00:00:00Z", "until": "2020-01-01T00:00:00Z"}}])"));
  EXPECT_EQ(reads_of_moving_to(nullptr), Json::parse(R"([
    {"table": "orders", "kind": "backfill", "mode": null, "window": {"from": null, "until": "2020-01-01T00:00:00Z"}}])"));
  EXPECT_EQ(reads_of_moving_to("2022-01-01T00:00:00Z"), Json::array());
}

TEST_F(ApiBackfill, a_job_shows_its_window) {
  ask("PATCH", path, {{"start_date", "2018-01-01T00:00:00Z"}}, any_version);
  EXPECT_EQ(queue_.enqueue_due(Duration{0}), 1);

  const auto jobs = ask("GET", "/v1/jobs?kind=backfill");

  ASSERT_EQ(jobs.json["items"].size(), 1U) << jobs.text;
  EXPECT_EQ(jobs.json["items"][0]["window"],
            (Json{{"from", "2018-01-01T00:00:00Z"}, {"until", "2020-01-01T00:00:00Z"}}));
  EXPECT_EQ(ask("GET", "/v1/jobs?kind=initial").json["items"][0]["window"], nullptr);
}

TEST_F(ApiBackfill, a_table_of_unknown_reach_is_read_whole) {
  loaded(R"({"v":1,"cursor":"2026-01-01T00:00:00Z"})");

  EXPECT_EQ(reads_of_moving_to("2018-01-01T00:00:00Z"),
            Json::parse(R"([{"table": "orders", "kind": "reload", "mode": "merge", "window": null}])"));
  EXPECT_EQ(reads_of_moving_to("2022-01-01T00:00:00Z"), Json::array());
}

TEST_F(ApiBackfill, a_date_in_the_future_is_refused) {
  EXPECT_EQ(ask("PATCH", path, {{"start_date", "2999-01-01T00:00:00Z"}}, any_version).code(), "start_date_in_future");
}

TEST_F(ApiBackfill, a_selection_says_how_added_fields_are_filled) {
  const auto reads = [&](const Json& backfill) {
    const auto plan = select({"id", "total"}, {"id", "name"}, backfill, "?dry_run=true");
    EXPECT_EQ(plan.status, 200) << plan.text;
    return plan.json.value("reads", Json::array());
  };
  const Json column = Json::parse(R"([{"table": "brands", "kind": "backfill", "mode": null, "window": null}])");
  EXPECT_EQ(reads("none"), Json::array());
  EXPECT_EQ(reads("column"), column);
  EXPECT_EQ(reads(nullptr), column) << "without a word columns are filled";
  EXPECT_EQ(reads("table"), Json::parse(R"([{"table": "brands", "kind": "reload", "mode": "swap", "window": null}])"));

  EXPECT_EQ(select({"id", "total"}, {"id", "name"}, "rows").status, 422);
  EXPECT_EQ(select({"id", "total"}, {"id", "name"}, "column").status, 200);
  EXPECT_EQ(queue_.planned_reads(integrations_.find("acme")->id).size(), 1U);
}

TEST_F(ApiBackfill, a_table_that_others_refer_to_is_not_replaced) {
  destination_sql("create table public.mine (order_id bigint references public.acme_orders (id))");

  EXPECT_EQ(select({"id", "total", "date_modified"}, {"id"}, "table").status, 200) << "it gets no field";
  ask("PUT", path + "/selection", {{"tables", {{{"name", "orders"}, {"fields", {"id"}}}}}}, any_version);
  const auto refused = select({"id", "total"}, {"id"}, "table");

  EXPECT_EQ(refused.code(), "table_referenced") << refused.text;
  EXPECT_NE(refused.text.find("public.mine"), std::string::npos);
}

}  // namespace
}  // namespace sluice
