#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/test_postgres.hpp"

namespace sluice {
namespace {

class ApiEvents : public ApiFixture {
 protected:
  Json newest(const std::string& query = "") { return ask("GET", "/v1/events" + query).json["items"][0]; }
};

TEST_F(ApiEvents, tell_who_changed_what_from_what_to_what) {
  confirmed("acme");
  const auto integration = ask("GET", "/v1/integrations/acme");

  ask("PATCH", "/v1/integrations/acme", {{"frequency", "30m"}}, {{"If-Match", "*"}, {"X-Request-Id", "mine-1"}});

  const Json event = newest();
  EXPECT_EQ(event["action"], "integrations.update");
  EXPECT_EQ(event["object"], (Json{{"kind", "integration"}, {"id", integration.json["id"]}}));
  EXPECT_EQ(event["integration"], integration.json["id"]);
  EXPECT_EQ(event["token"]["name"], "test");
  EXPECT_EQ(event["request_id"], "mine-1");
  EXPECT_EQ(event["client"], "192.0.2.1");
  EXPECT_EQ(event["before"]["frequency"], "1h");
  EXPECT_EQ(event["after"]["frequency"], "30m");
}

TEST_F(ApiEvents, show_no_before_of_what_was_made_and_no_after_of_what_is_gone) {
  const auto made = ask("POST", "/v1/integrations", {{"name", "acme"}, {"connector", "shop"}});
  const Json creation = newest();
  EXPECT_EQ(creation["action"], "integrations.create");
  EXPECT_EQ(creation["before"], nullptr);
  EXPECT_EQ(creation["after"]["name"], "acme");
  EXPECT_EQ(creation["integration"], made.json["id"]);

  ask("DELETE", "/v1/integrations/acme", nullptr, any_version);

  const Json deletion = newest();
  EXPECT_EQ(deletion["action"], "integrations.delete");
  EXPECT_EQ(deletion["before"]["name"], "acme");
  EXPECT_EQ(deletion["after"], nullptr);
  EXPECT_EQ(deletion["object"]["id"], made.json["id"]);
}

TEST_F(ApiEvents, come_of_every_step_and_never_with_a_secret) {
  ask("POST", "/v1/destinations",
      {{"name", "w"},
       {"parameters", {{"host", "test"}, {"database", "d"}, {"user", "u"}}},
       {"password", "pw-never-shown"}});
  const auto made = ask("POST", "/v1/tokens", {{"name", "ci"}, {"scope", "read"}});
  confirmed("acme");
  ask("POST", "/v1/integrations/acme/pause");

  std::vector<std::string> actions;
  const auto all = ask("GET", "/v1/events");
  for (const Json& event : all.json["items"]) actions.insert(actions.begin(), event["action"].get<std::string>());

  EXPECT_EQ(actions, (std::vector<std::string>{"destinations.create", "tokens.create", "integrations.create",
                                               "integrations.authenticate", "integrations.selection.replace",
                                               "integrations.destination.replace", "integrations.confirm",
                                               "integrations.pause"}));
  for (const std::string& secret : {std::string("pw-never-shown"), made.json["token"].get<std::string>(),
                                    good_credentials["access_token"].get<std::string>()}) {
    EXPECT_EQ(all.text.find(secret), std::string::npos);
    EXPECT_EQ(TestPostgres::execute(
                  control_url_, "select count(*) from sluice.events e where position('" + secret + "' in e::text) > 0"),
              "0");
  }
}

TEST_F(ApiEvents, do_not_come_of_reads_refusals_and_dry_runs) {
  make_ready("acme");
  const auto count = [&] { return TestPostgres::execute(control_url_, "select count(*) from sluice.events"); };
  const std::string before = count();

  ask("GET", "/v1/integrations/acme");
  ask("POST", "/v1/destinations/embedded/test");
  ask("POST", "/v1/integrations", {{"name", "acme"}, {"connector", "shop"}});
  ask("POST", "/v1/integrations/acme/confirm?dry_run=true");
  ask("POST", "/v1/tokens", Json::object(), {{"Authorization", "Bearer slc_none"}});

  EXPECT_EQ(count(), before);
}

TEST_F(ApiEvents, are_filtered_and_paged) {
  make_ready("acme");
  make_ready("other");
  const std::string acme = ask("GET", "/v1/integrations/acme").json["id"];
  const auto all = ask("GET", "/v1/events").json["items"];
  ASSERT_EQ(all.size(), 8U);

  EXPECT_EQ(ask("GET", "/v1/events?integration=acme").json["items"].size(), 4U);
  EXPECT_EQ(ask("GET", "/v1/integrations/acme/events").json["items"].size(), 4U);
  EXPECT_EQ(ask("GET", "/v1/events?action=integrations.create").json["items"].size(), 2U);
  EXPECT_EQ(ask("GET", "/v1/events?token=tok_none").json["items"].size(), 0U);
  EXPECT_EQ(ask("GET", "/v1/events?since=2999-01-01").json["items"].size(), 0U);
  EXPECT_EQ(ask("GET", "/v1/events?until=" + all[4]["at"].get<std::string>()).json["items"].size(), 3U);
  const auto page = ask("GET", "/v1/events?limit=5");
  const auto rest = ask("GET", "/v1/events?limit=5&cursor=" + page.json["next_cursor"].get<std::string>());
  EXPECT_EQ(page.json["items"][4]["id"].get<int>(), rest.json["items"][0]["id"].get<int>() + 1);
  EXPECT_EQ(rest.json["next_cursor"], nullptr);

  ask("DELETE", "/v1/integrations/acme", nullptr, any_version);
  EXPECT_EQ(ask("GET", "/v1/integrations/acme/events").status, 404);
  EXPECT_EQ(ask("GET", "/v1/integrations/" + acme + "/events").json["items"].size(), 5U);
}

TEST_F(ApiEvents, of_tokens_are_for_admins) {
  ask("POST", "/v1/tokens", {{"name", "ci"}, {"scope", "read"}});
  ask("POST", "/v1/integrations", {{"name", "acme"}, {"connector", "shop"}});
  const Extra as_reader{{"Authorization", "Bearer " + token(TokenScope::read)}};

  EXPECT_EQ(ask("GET", "/v1/events").json["items"].size(), 2U);
  const auto seen = ask("GET", "/v1/events", nullptr, as_reader).json["items"];
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0]["action"], "integrations.create");
}

TEST_F(ApiEvents, cannot_be_rewritten_but_only_forgotten_when_old) {
  ask("POST", "/v1/integrations", {{"name", "acme"}, {"connector", "shop"}});
  for (const char* statement :
       {"update sluice.events set client = ''", "delete from sluice.events", "truncate sluice.events"}) {
    EXPECT_ANY_THROW(TestPostgres::execute(control_url_, statement)) << statement;
  }
  EXPECT_EQ(events_.forget(clock_.now() - std::chrono::hours(1), 100), 0);

  EXPECT_EQ(events_.forget(clock_.now() + std::chrono::hours(1), 100), 1);

  EXPECT_EQ(ask("GET", "/v1/events").json["items"].size(), 0U);
}

}  // namespace
}  // namespace sluice
