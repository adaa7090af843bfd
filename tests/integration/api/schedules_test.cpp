// Frequencies, quiet hours and pauses as requests give and answers show them.
#include "tests/integration/api/api_fixture.hpp"

#include "core/time.hpp"

namespace sluice {
namespace {

class ApiSchedules : public ApiFixture {
 protected:
  Answer change(const Json& patch) { return ask("PATCH", "/v1/integrations/acme", patch, any_version); }
  static std::string errors(const Answer& answer) {
    std::string all = std::to_string(answer.status) + " " + answer.code();
    for (const Json& error : answer.json.value("errors", Json::array()))
      all += " " + error["pointer"].get<std::string>();
    return all;
  }
};

const Json at_six{{"cron", "0 6 * * *"}, {"time_zone", "America/Chicago"}};

TEST_F(ApiSchedules, take_a_cron_from_the_beginning) {
  const Json quiet = Json::array({{{"from", "22:00"}, {"to", "05:00"}, {"time_zone", "Europe/Berlin"}}});

  const auto made = ask("POST", "/v1/integrations",
                        {{"name", "acme"}, {"connector", "shop"}, {"frequency", at_six}, {"quiet_hours", quiet}});

  EXPECT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.json["frequency"], at_six);
  EXPECT_EQ(made.json["quiet_hours"][0]["time_zone"], "Europe/Berlin");
  EXPECT_EQ(made.json["quiet_hours"][0]["days"].size(), 7U);
  EXPECT_EQ(ask("GET", "/v1/integrations/acme").json["frequency"], at_six);
}

TEST_F(ApiSchedules, change_and_merge_the_parts_of_a_cron) {
  confirmed("acme");
  const auto changed = change({{"frequency", at_six}});
  EXPECT_EQ(changed.json["frequency"], at_six) << changed.text;
  EXPECT_EQ(changed.json["next_run_at"].get<std::string>().substr(14), "00:00Z");
  const auto merged = change({{"frequency", {{"time_zone", "Asia/Kolkata"}}}});
  EXPECT_EQ(merged.json["frequency"], (Json{{"cron", "0 6 * * *"}, {"time_zone", "Asia/Kolkata"}})) << merged.text;
  EXPECT_EQ(merged.json["next_run_at"].get<std::string>().substr(11), "00:30:00Z");
  EXPECT_EQ(change({{"frequency", "manual"}}).json["next_run_at"], nullptr);
  EXPECT_EQ(change({{"frequency", "PT45M"}}).json["frequency"], "PT45M");
}

TEST_F(ApiSchedules, refuse_what_makes_no_sense_and_say_where) {
  confirmed("acme");
  const std::string before = row_counts();
  struct Case {
    Json patch;
    const char* errors;
  };
  const Case cases[] = {
      {{{"frequency", {{"cron", "0 25 * * *"}}}}, "422 bad_cron /frequency/cron"},
      {{{"frequency", {{"cron", "0 0 30 2 *"}}}}, "422 bad_cron /frequency/cron"},
      {{{"frequency", {{"cron", "* * * * *"}}}}, "422 too_often /frequency/cron"},
      {{{"frequency", {{"cron", "0 6 * * *"}, {"time_zone", "America/Chikago"}}}},
       "422 unknown_time_zone /frequency/time_zone"},
      {{{"frequency", {{"cron", "0 6"}, {"time_zone", "x"}}}}, "422 invalid_body /frequency/cron /frequency/time_zone"},
      {{{"frequency", {{"cron", "0 6 * * *"}, {"timezone", "UTC"}}}}, "400 unknown_member /frequency/timezone"},
      {{{"frequency", "7m"}}, "422 invalid_body /frequency"},
      {{{"quiet_hours", {{{"from", "22:00"}, {"to", "22:00"}}}}}, "422 bad_window /quiet_hours/0"},
      {{{"quiet_hours", {{{"from", "00:00"}, {"to", "24:00"}}}}}, "422 no_time_left /quiet_hours"},
      {{{"quiet_hours", "22:00-06:00"}}, "422 invalid_body /quiet_hours"},
  };
  for (const Case& each : cases) EXPECT_EQ(errors(change(each.patch)), each.errors) << each.patch;
  EXPECT_EQ(errors(ask("POST", "/v1/integrations",
                       {{"name", "other"}, {"connector", "shop"}, {"frequency", {{"cron", "x"}}}})),
            "422 bad_cron /frequency/cron");
  EXPECT_EQ(row_counts(), before);
}

TEST_F(ApiSchedules, set_and_end_quiet_hours) {
  confirmed("acme");
  const Json weekend =
      Json::array({{{"from", "00:00"}, {"to", "24:00"}, {"time_zone", "UTC"}, {"days", {"sun", "sat"}}}});

  const auto set = change({{"quiet_hours", weekend}});

  EXPECT_EQ(set.json["quiet_hours"], weekend) << set.text;
  EXPECT_EQ(change({{"quiet_hours", nullptr}}).json["quiet_hours"], Json::array());
}

TEST_F(ApiSchedules, give_a_table_a_frequency_of_its_own) {
  confirmed("acme");
  const auto choose = [this](const Json& tables) {
    return ask("PUT", "/v1/integrations/acme/selection", {{"tables", tables}}, any_version);
  };
  const Json tables{{{"name", "orders"}, {"frequency", "15m"}},
                    {{"name", "brands"}, {"frequency", at_six}},
                    {{"name", "customers"}, {"frequency", nullptr}}};

  const auto chosen = choose(tables);

  EXPECT_EQ(chosen.status, 200) << chosen.text;
  EXPECT_EQ(chosen.json["tables"][0]["frequency"], "15m");
  EXPECT_EQ(chosen.json["tables"][1]["frequency"], at_six);
  EXPECT_EQ(chosen.json["tables"][2]["frequency"], nullptr);
  const auto status = ask("GET", "/v1/integrations/acme/tables").json["items"];
  EXPECT_EQ(status[0]["frequency"], "15m");
  EXPECT_LT(status[0]["next_due"].get<std::string>(), status[2]["next_due"].get<std::string>());
  EXPECT_EQ(errors(choose({{{"name", "orders"}, {"frequency", {{"cron", "0 6 * * *"}, {"time_zone", "Nowhere"}}}}})),
            "422 unknown_time_zone /tables/0/frequency/time_zone");
  EXPECT_EQ(errors(choose({{{"name", "orders"}, {"frequency", "1m"}}})), "422 invalid_body /tables/0/frequency");
}

TEST_F(ApiSchedules, pause_until_a_time) {
  confirmed("acme");
  const std::string path = "/v1/integrations/acme/pause";
  const std::string tomorrow =
      format_rfc3339(std::chrono::floor<std::chrono::seconds>(clock_.now()) + std::chrono::hours(24));

  const auto paused = ask("POST", path, {{"until", tomorrow}, {"reason", "stocktaking"}});

  EXPECT_EQ(paused.json["paused_until"], tomorrow) << paused.text;
  EXPECT_EQ(ask("POST", path).json["paused_until"], nullptr);
  EXPECT_EQ(errors(ask("POST", path, {{"until", "2020-01-01T00:00:00Z"}})), "422 time_in_past /until");
  EXPECT_EQ(errors(ask("POST", path, {{"mode", "later"}})), "422 invalid_body /mode");
  ask("POST", path, {{"until", tomorrow}});
  EXPECT_EQ(ask("POST", "/v1/integrations/acme/resume").json["paused_until"], nullptr);
}

TEST_F(ApiSchedules, pause_now_cancels_the_run_and_drain_does_not) {
  const std::string run = confirmed("acme");
  ask("POST", "/v1/integrations/acme/pause", {{"mode", "drain"}});
  EXPECT_EQ(ask("GET", "/v1/runs/" + run).json["open"], true);

  EXPECT_EQ(ask("POST", "/v1/integrations/acme/pause", {{"mode", "now"}}).status, 200);

  EXPECT_EQ(ask("GET", "/v1/runs/" + run).json["result"], "cancelled");
  EXPECT_EQ(ask("GET", "/v1/jobs?run=" + run).json["items"][0]["state"], "cancelled");
}

}  // namespace
}  // namespace sluice
