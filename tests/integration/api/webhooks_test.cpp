// Webhooks and the freshness gate, by HTTP.
#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/test_postgres.hpp"

#include <thread>

namespace sluice {
namespace {

using namespace std::chrono_literals;

class ApiWebhooks : public ApiFixture {
 protected:
  std::string made_hook(const Json& body = {{"url", "https://hooks.example.com/x"}, {"events", "*"}}) {
    const auto made = ask("POST", "/v1/webhooks", body);
    EXPECT_EQ(made.status, 201) << made.text;
    return made.json.value("id", "");
  }
  std::string sql(const std::string& statement) { return TestPostgres::execute(control_url_, statement); }
  /// The table was loaded that long ago.
  void load(const std::string& table, const std::string& interval) {
    sql("update sluice.integration_tables set state = 'active', last_replicated_at = now() - interval '" + interval +
        "' where table_name = '" + table + "'");
  }
};

TEST_F(ApiWebhooks, makes_shows_changes_and_removes_webhooks) {
  confirmed("acme");
  const auto made = ask("POST", "/v1/webhooks",
                        {{"url", "https://hooks.example.com/x"},
                         {"events", {"failure", "recovery"}},
                         {"integrations", {"acme"}},
                         {"stale_after", "PT6H"}});
  ASSERT_EQ(made.status, 201) << made.text;
  const std::string path = "/v1/webhooks/" + made.json["id"].get<std::string>();
  EXPECT_EQ(made.header("Location"), path);
  const std::string secret = made.json["secret"];
  EXPECT_TRUE(secret.starts_with("whsec_"));
  EXPECT_EQ(made.json["events"], Json({"failure", "recovery"}));
  EXPECT_EQ(made.json["integrations"][0], ask("GET", "/v1/integrations/acme").json["id"]);
  EXPECT_EQ(made.json["stale_after"], "PT6H");
  EXPECT_EQ(made.json["enabled"], true);

  const auto changed =
      ask("PATCH", path, {{"events", "*"}, {"integrations", nullptr}, {"stale_after", nullptr}, {"enabled", false}});
  EXPECT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(changed.json["url"], "https://hooks.example.com/x") << "what is not named stays";
  EXPECT_EQ(changed.json["events"], "*");
  EXPECT_EQ(changed.json["integrations"], nullptr);
  EXPECT_EQ(changed.json["stale_after"], nullptr);
  EXPECT_EQ(changed.json["enabled"], false);
  EXPECT_EQ(ask("POST", path + "/test", Json::object()).code(), "webhook_disabled");
  EXPECT_EQ(ask("PATCH", path, {{"enabled", true}}).json["enabled"], true);
  EXPECT_EQ(ask("PATCH", path, {{"secret", "whsec_x"}}).code(), "immutable_field");
  for (const std::string& shown : {path, std::string("/v1/webhooks")})
    EXPECT_EQ(ask("GET", shown).text.find(secret.substr(6)), std::string::npos);

  EXPECT_EQ(ask("DELETE", path).status, 204);
  for (const char* method : {"GET", "DELETE"}) EXPECT_EQ(ask(method, path).status, 404);
  EXPECT_EQ(ask("GET", path + "/deliveries").status, 404);
}

TEST_F(ApiWebhooks, refuses_webhooks_that_make_no_sense) {
  struct Case {
    Json body;
    int status;
    const char* code;
  };
  const std::string url = "https://hooks.example.com/x";
  const Case cases[] = {
      {{{"events", "*"}}, 422, "invalid_body"},
      {{{"url", url}}, 422, "invalid_body"},
      {{{"url", url}, {"events", Json::array()}}, 422, "invalid_body"},
      {{{"url", url}, {"events", {"failures"}}}, 422, "invalid_body"},
      {{{"url", url}, {"events", "failure"}}, 422, "invalid_body"},
      {{{"url", url}, {"events", "*"}, {"secret", "whsec_mine"}}, 400, "unknown_member"},
      {{{"url", url}, {"events", "*"}, {"stale_after", "soon"}}, 422, "invalid_body"},
      {{{"url", url}, {"events", "*"}, {"stale_after", "PT0S"}}, 422, "invalid_body"},
      {{{"url", url}, {"events", "*"}, {"integrations", {"nobody"}}}, 422, "unknown_integration"},
      {{{"url", "http://hooks.example.com/x"}, {"events", "*"}}, 422, "webhook_url_refused"},
      {{{"url", "https://127.0.0.1/x"}, {"events", "*"}}, 422, "webhook_url_refused"},
      {{{"url", "https://169.254.169.254/latest"}, {"events", "*"}}, 422, "webhook_url_refused"},
      {{{"url", "https://user:pass@hooks.example.com/"}, {"events", "*"}}, 422, "webhook_url_refused"},
      {{{"url", "no url"}, {"events", "*"}}, 422, "webhook_url_refused"},
  };
  for (const Case& each : cases) {
    const auto answer = ask("POST", "/v1/webhooks", each.body);
    EXPECT_EQ(answer.status, each.status) << each.body << answer.text;
    EXPECT_EQ(answer.code(), each.code) << each.body << answer.text;
  }
  EXPECT_EQ(ask("GET", "/v1/webhooks").json["items"].size(), 0U);
  EXPECT_EQ(ask("POST", "/v1/webhooks", {{"url", "http://127.0.0.1:9/x"}, {"events", "*"}}).status, 201)
      << "the operator allows it";
}

TEST_F(ApiWebhooks, shows_deliveries_page_by_page_and_makes_them_again) {
  const std::string path = "/v1/webhooks/" + made_hook();
  confirmed("acme");
  for (const char* health : {"failing", "ok", "failing"})
    sql("update sluice.integrations set health = '" + std::string(health) + "'");

  const auto first = ask("GET", path + "/deliveries?limit=2");
  ASSERT_EQ(first.json["items"].size(), 2U) << first.text;
  const auto rest = ask("GET", path + "/deliveries?cursor=" + first.json["next_cursor"].get<std::string>());
  ASSERT_EQ(rest.json["items"].size(), 1U) << rest.text;
  const Json oldest = rest.json["items"][0];
  EXPECT_EQ(oldest["event"], "failure");
  EXPECT_EQ(oldest["state"], "pending");

  const int wakes = wakes_;
  const auto again = ask("POST", path + "/deliveries/" + oldest["id"].get<std::string>() + "/redeliver");

  EXPECT_EQ(again.status, 202) << again.text;
  EXPECT_EQ(again.json["message"], oldest["message"]);
  EXPECT_NE(again.json["id"], oldest["id"]);
  EXPECT_EQ(wakes_, wakes + 1);
  EXPECT_EQ(ask("POST", path + "/deliveries/dlv_none/redeliver").status, 404);
}

TEST_F(ApiWebhooks, answers_a_test_with_what_came_of_it) {
  const std::string path = "/v1/webhooks/" + made_hook();
  const auto waited = ask("POST", path + "/test", Json::object(), {{"Prefer", "wait=1"}});
  EXPECT_EQ(waited.status, 202) << "nobody has tried yet " << waited.text;
  EXPECT_EQ(waited.json["event"], "test");

  std::thread courier([this] {
    for (int settled = 0; settled < 2;) {
      if (const auto claimed = webhooks_.claim("there", 1min)) {
        webhooks_.settle(*claimed, {DeliveryState::delivered, {}, false, {clock_.now(), 204, "", 12ms}});
        ++settled;
      }
    }
  });
  const auto tested = ask("POST", path + "/test");
  courier.join();

  EXPECT_EQ(tested.status, 200) << tested.text;
  EXPECT_EQ(tested.json["state"], "delivered");
  EXPECT_EQ(tested.json["attempts"][0]["status"], 204);
}

TEST_F(ApiWebhooks, is_a_gate_that_opens_when_every_table_is_fresh) {
  EXPECT_EQ(ask("GET", "/v1/freshness").status, 503) << "nothing stands behind it";
  ask("POST", "/v1/integrations", {{"name", "acme"}, {"connector", "shop"}, {"frequency", "1h"}});
  confirmed("bcme");
  const auto never = ask("GET", "/v1/freshness");
  EXPECT_EQ(never.status, 503);
  EXPECT_EQ(never.header("Content-Type"), "application/json");
  EXPECT_EQ(never.json["fresh"], false);
  EXPECT_EQ(never.json["checked"], 1) << "a draft is not asked unless it is named";
  EXPECT_EQ(never.json["stale"][0]["reason"], "never_loaded");
  EXPECT_EQ(never.json["stale"][0]["age_seconds"], nullptr);

  load("orders", "90 minutes");
  const auto open = ask("GET", "/v1/freshness");
  EXPECT_EQ(open.status, 200) << open.text;
  EXPECT_EQ(open.json,
            Json({{"fresh", true}, {"checked", 1}, {"stale", Json::array()}, {"without_expectation", Json::array()}}));
  for (const char* age : {"PT1H", "1h", "89m"}) {
    const auto late = ask("GET", "/v1/freshness?integration=bcme&table=orders&max_age=" + std::string(age));
    EXPECT_EQ(late.status, 503) << late.text;
    EXPECT_EQ(late.json["stale"][0]["table"], "orders");
    EXPECT_EQ(late.json["stale"][0]["integration"], "bcme");
    EXPECT_EQ(late.json["stale"][0]["reason"], "late");
    EXPECT_GE(late.json["stale"][0]["age_seconds"], 5400);
    EXPECT_LE(late.json["stale"][0]["max_age_seconds"], 5340);
  }
  EXPECT_EQ(ask("GET", "/v1/freshness?max_age=P1D").status, 200);
  EXPECT_EQ(ask("HEAD", "/v1/freshness?max_age=PT1H").status, 503);
  ask("POST", "/v1/integrations/bcme/pause");
  EXPECT_EQ(ask("GET", "/v1/freshness").status, 200) << "paused, and new enough";
  load("orders", "25 hours");
  EXPECT_EQ(ask("GET", "/v1/freshness").json["stale"][0]["reason"], "paused");
}

TEST_F(ApiWebhooks, expects_nothing_of_what_runs_only_when_asked_unless_told_and_says_so) {
  confirmed("acme");
  ask("PATCH", "/v1/integrations/acme", {{"frequency", "manual"}}, any_version);
  const auto never = ask("GET", "/v1/freshness");
  EXPECT_EQ(never.status, 503) << never.text;
  EXPECT_EQ(never.json["stale"][0]["reason"], "never_loaded");
  EXPECT_EQ(never.json["stale"][0]["max_age_seconds"], nullptr);
  load("orders", "100 days");

  const auto old = ask("GET", "/v1/freshness");

  EXPECT_EQ(old.status, 200) << old.text;
  EXPECT_EQ(old.json["stale"], Json::array());
  EXPECT_EQ(old.json["without_expectation"][0]["integration"], "acme");
  EXPECT_EQ(old.json["without_expectation"][0]["table"], "orders");
  EXPECT_GE(old.json["without_expectation"][0]["age_seconds"], 8'640'000);
  const auto judged = ask("GET", "/v1/freshness?max_age=P1D");
  EXPECT_EQ(judged.status, 503);
  EXPECT_EQ(judged.json["without_expectation"], Json::array());
}

TEST_F(ApiWebhooks, expects_of_a_cron_what_the_cron_says) {
  confirmed("acme");
  ask("PATCH", "/v1/integrations/acme", {{"frequency", {{"cron", "0 6 * * *"}}}}, any_version);
  load("orders", "47 hours");
  EXPECT_EQ(ask("GET", "/v1/freshness").status, 200);
  ask("PATCH", "/v1/integrations/acme/tables/orders", {{"frequency", {{"cron", "0 */6 * * *"}}}}, any_version);

  const auto late = ask("GET", "/v1/freshness");

  EXPECT_EQ(late.status, 503) << late.text;
  EXPECT_EQ(late.json["stale"][0]["max_age_seconds"], 12 * 3600);
}

TEST_F(ApiWebhooks, refuses_a_gate_for_what_there_is_not) {
  confirmed("acme");
  struct Case {
    const char* query;
    const char* hint;
  };
  constexpr Case cases[] = {
      {"integration=acmee", "did you mean \"acme\""},
      {"table=oders", "did you mean \"orders\""},
      {"integration=acme,nobody", "nobody"},
      {"max_age=soon", "max_age"},
      {"max_age=PT0S", "max_age"},
  };
  for (const Case& each : cases) {
    const auto answer = ask("GET", std::string("/v1/freshness?") + each.query);
    EXPECT_EQ(answer.status, 400) << each.query;
    EXPECT_EQ(answer.code(), "invalid_parameter") << each.query;
    EXPECT_NE(answer.json.value("detail", "").find(each.hint), std::string::npos) << answer.text;
  }
  EXPECT_EQ(ask("GET", "/v1/freshness?tables=x").code(), "unknown_parameter");
}

}  // namespace
}  // namespace sluice
