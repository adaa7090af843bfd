#include "api/operation.hpp"
#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/test_postgres.hpp"

#include <algorithm>

namespace sluice {
namespace {

class ApiDryRun : public ApiFixture {
 protected:
  /// The plan; nothing of it may have been kept.
  Json plan(const std::string& method, const std::string& target, const Json& body = nullptr) {
    const std::string before = fingerprint();
    const int wakes = wakes_;
    const auto answer =
        ask(method, target + (target.find('?') == std::string::npos ? "?" : "&") + "dry_run=true", body, any_version);
    EXPECT_EQ(answer.status, 200) << answer.text;
    EXPECT_EQ(fingerprint(), before) << target;
    EXPECT_EQ(wakes_, wakes) << target;
    return answer.json;
  }
};

Json change(const char* what, Json from, Json to) {
  return {{"what", what}, {"from", std::move(from)}, {"to", std::move(to)}};
}

const Json new_warehouse{{"name", "w"}, {"parameters", {{"host", "test"}, {"database", "d"}, {"user", "u"}}}};

TEST(DryRun, is_offered_by_every_route_that_changes_something) {
  for (const api::Route& route : api::routes())
    EXPECT_EQ(route.can_rehearse || !route.plan.empty(), api::is_write(route)) << route.method << " " << route.path;
}

TEST_F(ApiDryRun, shows_what_would_be_made) {
  EXPECT_EQ(plan("POST", "/v1/integrations", {{"name", "acme"}, {"connector", "shop"}})["creates"],
            Json::parse(R"([{"kind": "integration", "name": "acme"}])"));
  EXPECT_EQ(plan("POST", "/v1/destinations", new_warehouse)["creates"],
            Json::parse(R"([{"kind": "destination", "name": "w"}])"));
  const Json token = plan("POST", "/v1/tokens", {{"name", "ci"}, {"scope", "read"}});
  EXPECT_EQ(token["creates"], Json::parse(R"([{"kind": "token", "name": "ci"}])"));
  EXPECT_EQ(token["status"], 201);
  EXPECT_EQ(token.dump().find("slc_"), std::string::npos);
}

TEST_F(ApiDryRun, shows_what_would_change) {
  confirmed("acme");
  const std::string path = "/v1/integrations/acme";
  const auto has = [](const Json& plan, const Json& change) {
    const Json& changes = plan["changes"];
    return std::find(changes.begin(), changes.end(), change) != changes.end();
  };

  EXPECT_TRUE(has(plan("PATCH", path, {{"frequency", "30m"}}), change("/frequency", "1h", "30m")));
  EXPECT_TRUE(has(plan("POST", path + "/pause", {{"reason", "tea"}}), change("/pause_reason", nullptr, "tea")));
  EXPECT_EQ(plan("POST", path + "/resume")["changes"], Json::array());
  const Json selection = plan("PUT", path + "/selection", {{"tables", "*"}});
  EXPECT_EQ(selection["changes"][0]["what"], "/tables");
  EXPECT_EQ(selection["answer"]["tables"].size(), 4U);
  const Json login = plan("POST", path + "/authenticate", good_credentials);
  EXPECT_EQ(login["answer"]["account"]["name"], "Acme");
  EXPECT_EQ(login["changes"][0]["what"], "/authenticated_at");
  ask("POST", "/v1/destinations", new_warehouse);
  EXPECT_TRUE(has(plan("PATCH", "/v1/destinations/w", {{"parameters", {{"port", 5433}}}}),
                  change("/parameters/port", nullptr, 5433)));
}

TEST_F(ApiDryRun, shows_what_would_be_gone) {
  confirmed("acme");
  const Json dropped = plan("DELETE", "/v1/integrations/acme?data=drop", {{"confirm_name", "acme"}});
  EXPECT_EQ(dropped["drops"], Json::parse(R"([{"kind": "destination_table", "name": "public.acme_orders"},
                                              {"kind": "integration", "name": "acme"}])"));
  EXPECT_EQ(destination_sql("select count(*) from information_schema.tables where table_name = 'acme_orders'"), "1");
  EXPECT_EQ(plan("DELETE", "/v1/integrations/acme")["drops"],
            Json::parse(R"([{"kind": "integration", "name": "acme"}])"));
  ask("POST", "/v1/destinations", new_warehouse);
  EXPECT_EQ(plan("DELETE", "/v1/destinations/w")["drops"], Json::parse(R"([{"kind": "destination", "name": "w"}])"));
  const auto made = ask("POST", "/v1/tokens", {{"name", "ci"}, {"scope", "read"}});
  EXPECT_EQ(plan("DELETE", made.header("Location"))["changes"][0]["what"], "/revoked_at");
}

TEST_F(ApiDryRun, rehearses_the_tables_of_confirm_at_the_destination) {
  make_ready("acme");
  const auto tables = [&] {
    return destination_sql(
        "select count(*) from information_schema.tables where table_schema in ('public', '_sluice')");
  };

  const Json confirmation = plan("POST", "/v1/integrations/acme/confirm");

  EXPECT_EQ(confirmation["creates"][0], (Json{{"kind", "destination_table"}, {"name", "public.acme_orders"}}));
  EXPECT_TRUE(confirmation["estimate"].is_object());
  EXPECT_EQ(confirmation["status"], 202);
  EXPECT_EQ(tables(), "0");
  destination_sql("create table public.acme_orders (mine int)");
  EXPECT_EQ(ask("POST", "/v1/integrations/acme/confirm?dry_run=true").code(), "foreign_table");
}

TEST_F(ApiDryRun, rehearses_the_whole_set_up_with_a_new_destination) {
  const Json body{{"name", "acme"},
                  {"connector", "shop"},
                  {"credentials", good_credentials},
                  {"selection", {{"tables", "recommended"}}},
                  {"destination", {{"destination", new_warehouse}, {"schema", "shop"}}}};

  const Json whole = plan("POST", "/v1/integrations?confirm=true", body);

  EXPECT_EQ(whole["creates"].size(), 4U) << whole;
  EXPECT_EQ(whole["creates"].back(), (Json{{"kind", "integration"}, {"name", "acme"}}));
  EXPECT_EQ(destination_sql("select count(*) from information_schema.schemata where schema_name = 'shop'"), "0");
}

TEST_F(ApiDryRun, shows_the_run_that_a_sync_would_open) {
  const std::string run = confirmed("acme");
  EXPECT_EQ(plan("POST", "/v1/integrations/acme/sync")["answer"]["id"], run);
  TestPostgres::execute(control_url_, R"(
update sluice.jobs set state = 'cancelled', finished_at = now();
update sluice.runs set result = 'cancelled', finished_at = now())");
  EXPECT_EQ(plan("POST", "/v1/integrations/acme/sync")["creates"][0]["kind"], "run");
}

TEST_F(ApiDryRun, refuses_what_the_call_would_refuse) {
  confirmed("acme");
  EXPECT_EQ(ask("POST", "/v1/integrations?dry_run=true", {{"name", "ACME"}, {"connector", "shop"}}).code(),
            "name_taken");
  EXPECT_EQ(ask("PATCH", "/v1/integrations/acme?dry_run=true", {{"frequency", "30m"}}).code(), "precondition_required");
  EXPECT_EQ(ask("PATCH", "/v1/integrations/acme?dry_run=true", {{"frequency", "30m"}}, {{"If-Match", "\"99\""}}).status,
            412);
  EXPECT_EQ(ask("DELETE", "/v1/destinations/embedded?dry_run=true", nullptr, any_version).code(),
            "embedded_destination");
  EXPECT_EQ(ask("GET", "/v1/integrations?dry_run=true").code(), "unknown_parameter");
}

}  // namespace
}  // namespace sluice
