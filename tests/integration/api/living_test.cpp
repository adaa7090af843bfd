#include "tests/integration/api/api_fixture.hpp"

#include <set>

namespace sluice {
namespace {

class ApiLiving : public ApiFixture {};

TEST_F(ApiLiving, pauses_and_resumes_as_often_as_it_is_asked) {
  confirmed("acme");
  for (int i = 0; i < 2; ++i) {
    const auto paused = ask("POST", "/v1/integrations/acme/pause", {{"reason", "maintenance"}});
    EXPECT_EQ(paused.status, 200);
    EXPECT_EQ(paused.json["state"], "paused");
    EXPECT_EQ(paused.json["pause_reason"], "maintenance");
  }
  EXPECT_EQ(ask("GET", "/v1/integrations?state=paused").json["items"].size(), 1U);
  EXPECT_EQ(ask("GET", "/v1/integrations?state=pending,active").json["items"].size(), 0U);
  EXPECT_EQ(ask("GET", "/v1/integrations?state=paused,draft").json["items"].size(), 1U);
  EXPECT_EQ(ask("POST", "/v1/integrations/acme/sync").code(), "paused");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(ask("POST", "/v1/integrations/acme/resume").json["state"], "pending");
}

TEST_F(ApiLiving, answers_a_second_sync_with_the_open_run) {
  const std::string run = confirmed("acme");

  const auto again = ask("POST", "/v1/integrations/acme/sync", {{"tables", {"sales"}}});

  EXPECT_EQ(again.status, 200) << again.text;
  EXPECT_EQ(again.json["id"], run);
}

TEST_F(ApiLiving, waits_for_the_run_when_that_is_preferred) {
  confirmed("acme");

  const auto waited = ask("POST", "/v1/integrations/acme/sync", Json::object(), {{"Prefer", "respond-async, wait=1"}});

  EXPECT_EQ(waited.json["open"], true);
  EXPECT_EQ(waited.header("Preference-Applied"), "wait=1");
}

TEST_F(ApiLiving, lets_etags_decide_about_changes) {
  confirmed("acme");
  const std::string path = "/v1/integrations/acme";
  const auto first = ask("GET", path);
  const std::string tag = first.header("ETag");
  EXPECT_EQ(ask("GET", path, nullptr, {{"If-None-Match", tag}}).status, 304);
  EXPECT_EQ(ask("PATCH", path, {{"frequency", "30m"}}).code(), "precondition_required");
  const auto changed =
      ask("PATCH", path, {{"frequency", "30m"}}, {{"If-Match", tag}, {"Content-Type", "application/merge-patch+json"}});
  EXPECT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(changed.json["frequency"], "30m");
  EXPECT_NE(changed.header("ETag"), tag);
  EXPECT_EQ(ask("PATCH", path, {{"frequency", "1h"}}, {{"If-Match", tag}}).status, 412);
  EXPECT_EQ(ask("GET", path, nullptr, {{"If-None-Match", tag}}).status, 200);
  ask("POST", path + "/pause");
  EXPECT_EQ(ask("GET", path).header("ETag"), changed.header("ETag"));
  EXPECT_EQ(ask("PATCH", path, {{"start_date", "2021-01-01"}}, any_version).json["start_date"], "2021-01-01T00:00:00Z");
  EXPECT_EQ(ask("PATCH", path, {{"start_date", nullptr}}, any_version).json["start_date"], nullptr);
}

TEST_F(ApiLiving, changes_the_settings_of_one_table) {
  confirmed("acme");
  const std::string path = "/v1/integrations/acme/tables/orders";
  const auto first = ask("GET", path);
  EXPECT_EQ(first.status, 200) << first.text;
  EXPECT_EQ(first.json["status"]["name"], "orders");
  EXPECT_EQ(first.json["deletes"], "soft");
  EXPECT_EQ(first.json["sweep_interval"], nullptr);
  const Json wanted = {{"deletes", "hard"}, {"sweep_interval", "PT12H"}, {"on_new_fields", "ignore"}};
  EXPECT_EQ(ask("PATCH", path, wanted).code(), "precondition_required");

  const auto changed = ask("PATCH", path, wanted, {{"If-Match", first.header("ETag")}});

  EXPECT_EQ(changed.status, 200) << changed.text;
  for (const auto& [name, value] : wanted.items()) EXPECT_EQ(changed.json[name], value);
  EXPECT_EQ(ask("PATCH", path, wanted, {{"If-Match", first.header("ETag")}}).status, 412);
  const auto back = ask("PATCH", path, {{"deletes", nullptr}, {"sweep_interval", nullptr}}, any_version);
  EXPECT_EQ(back.json["deletes"], "soft");
  EXPECT_EQ(back.json["sweep_interval"], nullptr);
  EXPECT_EQ(back.json["on_new_fields"], "ignore") << "what is not named stays";

  EXPECT_EQ(ask("PATCH", path, {{"deletes", "never"}}, any_version).status, 422);
  EXPECT_EQ(ask("PATCH", path, {{"sweep_interval", "PT1M"}}, any_version).status, 422);
  EXPECT_EQ(ask("PATCH", path, {{"delets", "off"}}, any_version).code(), "unknown_member");
  EXPECT_EQ(ask("GET", "/v1/integrations/acme/tables/nothing").status, 404);
}

TEST_F(ApiLiving, deletes_and_keeps_the_tables) {
  confirmed("acme");
  EXPECT_EQ(ask("DELETE", "/v1/integrations/acme").status, 428);

  EXPECT_EQ(ask("DELETE", "/v1/integrations/acme", nullptr, any_version).status, 204);

  EXPECT_EQ(ask("GET", "/v1/integrations/acme").status, 404);
  EXPECT_EQ(destination_sql("select count(*) from information_schema.tables where table_name = 'acme_orders'"), "1");
  EXPECT_EQ(ask("POST", "/v1/integrations", {{"name", "acme"}, {"connector", "shop"}}).status, 201);
}

TEST_F(ApiLiving, deletes_and_drops_the_tables_when_the_name_is_repeated) {
  confirmed("acme");

  const auto gone = ask("DELETE", "/v1/integrations/acme?data=drop", {{"confirm_name", "acme"}}, any_version);

  EXPECT_EQ(gone.status, 204) << gone.text;
  EXPECT_EQ(destination_sql("select count(*) from information_schema.tables where table_name = 'acme_orders'"), "0");
}

TEST_F(ApiLiving, shows_the_log_of_a_job_in_two_forms) {
  confirmed("acme");
  const std::string job = ask("GET", "/v1/jobs").json["items"][0]["id"];
  queue_.append_log(JobId(job), {{0, clock_.now(), LogLevel::info, "first", {{"n", 1}}},
                                 {0, clock_.now(), LogLevel::warn, "second", nullptr}});
  const std::string path = "/v1/jobs/" + job + "/logs";

  const auto page = ask("GET", path + "?limit=1");
  EXPECT_EQ(page.json["items"][0]["message"], "first");
  const auto rest = ask("GET", path + "?cursor=" + page.json["next_cursor"].get<std::string>());
  EXPECT_EQ(rest.json["items"][0]["message"], "second");
  EXPECT_EQ(ask("GET", path + "?level=warn").json["items"].size(), 1U);
  const auto lines = ask("GET", path, nullptr, {{"Accept", "application/x-ndjson"}});
  EXPECT_EQ(lines.header("Content-Type"), "application/x-ndjson");
  EXPECT_EQ(Json::parse(lines.text.substr(0, lines.text.find('\n')))["message"], "first");
}

TEST_F(ApiLiving, pages_through_many_integrations_without_a_gap) {
  for (int i = 0; i < 120; ++i) integrations_.create("i" + std::to_string(i), "shop", Frequency{}, std::nullopt);
  std::set<std::string> seen;
  std::string target = "/v1/integrations?limit=50";
  int pages = 0;
  while (!target.empty() && pages < 10) {
    const auto page = ask("GET", target);
    ++pages;
    for (const auto& item : page.json["items"]) EXPECT_TRUE(seen.insert(item["name"]).second);
    const std::string link = page.header("Link");
    EXPECT_EQ(link.empty(), page.json["next_cursor"].is_null());
    target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
  }
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(seen.size(), 120U);
  EXPECT_EQ(ask("GET", "/v1/integrations?q=I11&limit=500").json["items"].size(), 11U);
}

TEST_F(ApiLiving, keeps_destinations_and_never_shows_a_password) {
  const Json body{{"name", "warehouse"},
                  {"parameters", {{"host", "db.example.com"}, {"database", "d"}, {"user", "u"}}},
                  {"password", "pw-never-shown"}};
  const auto made = ask("POST", "/v1/destinations", body);
  EXPECT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.json["has_password"], true);
  EXPECT_EQ(ask("POST", "/v1/destinations", body).code(), "name_taken");
  const auto changed = ask("PATCH", "/v1/destinations/warehouse", {{"parameters", {{"port", 5433}}}},
                           {{"If-Match", made.header("ETag")}});
  EXPECT_EQ(changed.json["parameters"]["port"], 5433) << changed.text;
  EXPECT_EQ(changed.json["parameters"]["host"], "db.example.com");
  EXPECT_EQ(ask("PATCH", "/v1/destinations/warehouse", {{"password", nullptr}}, any_version).json["has_password"],
            false);
  EXPECT_EQ(ask("PATCH", "/v1/destinations/warehouse", {{"name", "x"}}, any_version).code(), "immutable_field");
  EXPECT_EQ(ask("DELETE", "/v1/destinations/warehouse", nullptr, {{"If-Match", made.header("ETag")}}).status, 412);
  for (const char* path : {"/v1/destinations", "/v1/destinations/warehouse"}) {
    EXPECT_EQ(ask("GET", path).text.find("pw-never-shown"), std::string::npos);
  }
  EXPECT_EQ(ask("POST", "/v1/destinations/embedded/test").json["can_create"], true);
  EXPECT_EQ(ask("DELETE", "/v1/destinations/warehouse", nullptr, any_version).status, 204);
  EXPECT_EQ(ask("GET", "/v1/destinations/warehouse").status, 404);
}

TEST_F(ApiLiving, refuses_to_remove_a_destination_in_use) {
  ask("POST", "/v1/destinations",
      {{"name", "w"}, {"parameters", {{"host", "test"}, {"database", "d"}, {"user", "u"}}}});
  make_ready("acme");
  ask("PUT", "/v1/integrations/acme/destination", {{"destination", "w"}}, any_version);

  const auto answer = ask("DELETE", "/v1/destinations/w", nullptr, any_version);

  EXPECT_EQ(answer.code(), "destination_in_use");
  EXPECT_NE(answer.text.find("acme"), std::string::npos);
}

}  // namespace
}  // namespace sluice
