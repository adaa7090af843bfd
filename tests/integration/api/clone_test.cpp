#include "tests/integration/api/api_fixture.hpp"

namespace sluice {
namespace {

class ApiClone : public ApiFixture {
 protected:
  Answer clone(const Json& body, const std::string& query = "") {
    return ask("POST", "/v1/integrations/acme/clone" + query, body);
  }
  std::string tables() {
    return destination_sql(
        "select coalesce(string_agg(table_schema || '.' || table_name, ' ' order by table_schema || '.' || "
        "table_name), '') from "
        "information_schema.tables where table_schema not in ('pg_catalog', 'information_schema', '_sluice')");
  }
  /// What is the configuration of an integration, as the export says it.
  Json configuration(const std::string& name) {
    const Json document = ask("GET", "/v1/export").json;
    for (const Json& item : document["integrations"]) {
      if (item["name"] == name) return item;
    }
    return nullptr;
  }
};

TEST_F(ApiClone, copies_everything_but_the_name_into_a_draft) {
  confirmed("acme");
  ask("PATCH", "/v1/integrations/acme", {{"frequency", "30m"}, {"start_date", "2020-01-01"}, {"on_new_fields", "add"}},
      any_version);
  ask("PUT", "/v1/integrations/acme/selection",
      {{"tables", {{{"name", "orders"}, {"fields", {"id"}}, {"on_new_fields", "ignore"}}, {{"name", "brands"}}}}},
      any_version);
  const int logins = shop_->logins;

  const auto made = clone({{"name", "copy"}});

  EXPECT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.json["state"], "draft");
  EXPECT_EQ(made.header("Location"), "/v1/integrations/" + made.json["id"].get<std::string>());
  EXPECT_NE(made.header("ETag"), "");
  EXPECT_EQ(made.json["account"]["id"], "acme1");
  Json expected = configuration("acme");
  expected["name"] = "copy";
  expected["confirmed"] = false;
  EXPECT_EQ(configuration("copy"), expected);
  EXPECT_EQ(shop_->logins, logins) << "a draft needs no source";
  EXPECT_EQ(ask("GET", "/v1/runs?integration=copy").json["items"].size(), 0U);
  EXPECT_EQ(ask("POST", "/v1/integrations/copy/confirm").status, 202);
}

TEST_F(ApiClone, seals_the_copied_credentials_for_their_new_owner) {
  confirmed("acme");
  const auto made = clone({{"name", "copy"}});

  const IntegrationId id(made.json["id"].get<std::string>());

  EXPECT_TRUE(integrations_.access_token(id).equals("good-token-of-the-shop"));
  ask("DELETE", "/v1/integrations/acme", nullptr, any_version);
  EXPECT_TRUE(integrations_.access_token(id).equals("good-token-of-the-shop"));
}

TEST_F(ApiClone, confirms_at_once_with_tables_of_its_own) {
  confirmed("acme");

  const auto made = clone({{"name", "Copy"}, {"confirm", true}});

  EXPECT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.json["state"], "pending");
  EXPECT_EQ(made.json["run"]["open"], true);
  EXPECT_EQ(tables(), "public.acme_orders public.copy_orders");
}

TEST_F(ApiClone, takes_overrides_of_each_part) {
  confirmed("acme");

  const auto made = clone({{"name", "copy"},
                           {"confirm", true},
                           {"frequency", "manual"},
                           {"start_date", "2021-01-01"},
                           {"on_new_fields", "ignore"},
                           {"selection", {{"tables", {{{"name", "brands"}}}}}},
                           {"credentials", {{"store_hash", "other1"}, {"access_token", "good-token-of-the-shop"}}},
                           {"destination",
                            {{"destination",
                              {{"name", "warehouse"},
                               {"parameters", {{"host", "test"}, {"database", "d"}, {"user", "u"}}},
                               {"password", "pw-never-shown"}}},
                             {"schema", "Mine"}}}});

  EXPECT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.json["frequency"], "manual");
  EXPECT_EQ(made.json["start_date"], "2021-01-01T00:00:00Z");
  EXPECT_EQ(made.json["account"]["id"], "other1");
  EXPECT_EQ(made.json["destination"]["destination"], "warehouse");
  EXPECT_EQ(tables(), "mine.copy_brands public.acme_orders");
  EXPECT_EQ(made.text.find("pw-never-shown"), std::string::npos);
}

TEST_F(ApiClone, leaves_credentials_out_when_told_to) {
  confirmed("acme");

  const auto made = clone({{"name", "copy"}, {"credentials", false}});

  EXPECT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.json["account"], nullptr);
  EXPECT_EQ(ask("GET", "/v1/integrations/copy/setup").json["next_step"], "authenticate");
  const auto refused = clone({{"name", "copy2"}, {"credentials", false}, {"confirm", true}});
  EXPECT_EQ(refused.code(), "invalid_body") << refused.text;
  EXPECT_EQ(refused.json["errors"][0]["pointer"], "/credentials");
}

TEST_F(ApiClone, shows_its_plan_and_keeps_nothing_of_it) {
  confirmed("acme");
  const std::string before = control_dump();

  const auto plan = clone({{"name", "copy"}, {"confirm", true}}, "?dry_run=true");

  EXPECT_EQ(plan.status, 200) << plan.text;
  EXPECT_EQ(plan.json["creates"], Json::array({"public.copy_orders"}));
  EXPECT_EQ(control_dump(), before);
  EXPECT_EQ(tables(), "public.acme_orders");
}

TEST_F(ApiClone, refuses_and_keeps_nothing_of_what_fails_at_any_step) {
  confirmed("acme");
  make_ready("bare");
  destination_sql("create schema taken; create table taken.copy_orders (mine int)");
  const Json unreachable{{"name", "away"},
                         {"parameters", {{"host", "127.0.0.1"}, {"port", 1}, {"database", "d"}, {"user", "u"}}}};
  struct Case {
    const char* name;
    Json body;
    int status;
    const char* code;
  };
  const Case cases[] = {
      {"its own name", {{"name", "ACME"}}, 409, "name_taken"},
      {"the name of another", {{"name", "bare"}}, 409, "name_taken"},
      {"a name too long", {{"name", std::string(60, 'x')}}, 422, "name_too_long"},
      {"no name", Json::object(), 422, "invalid_body"},
      {"a future start", {{"name", "copy"}, {"start_date", "2999-01-01"}}, 422, "start_date_in_future"},
      {"an unknown table", {{"name", "copy"}, {"selection", {{"tables", {{{"name", "nope"}}}}}}}, 422, "unknown_table"},
      {"an unknown destination",
       {{"name", "copy"}, {"destination", {{"destination", "nope"}}}},
       422,
       "unknown_destination"},
      {"bad credentials",
       {{"name", "copy"}, {"credentials", {{"store_hash", "a"}, {"access_token", "wrong"}}}},
       422,
       "source_auth_failed"},
      {"incomplete credentials",
       {{"name", "copy"}, {"credentials", {{"store_hash", "a"}}}},
       422,
       "invalid_credentials"},
      {"a foreign table",
       {{"name", "copy"}, {"confirm", true}, {"destination", {{"destination", "embedded"}, {"schema", "taken"}}}},
       409,
       "foreign_table"},
      {"a destination that is away",
       {{"name", "copy"}, {"confirm", true}, {"destination", {{"destination", unreachable}}}},
       502,
       "destination_unreachable"},
      {"the name of a destination",
       {{"name", "copy"},
        {"destination", {{"destination", {{"name", "embedded"}, {"parameters", unreachable["parameters"]}}}}}},
       409,
       "name_taken"},
  };
  const std::string counts = ask("GET", "/v1/export").text;
  const std::string there = tables();
  for (const Case& each : cases) {
    const auto answer = clone(each.body);
    EXPECT_EQ(answer.status, each.status) << each.name << ": " << answer.text;
    EXPECT_EQ(answer.code(), each.code) << each.name << ": " << answer.text;
    EXPECT_EQ(ask("GET", "/v1/export").text, counts) << each.name;
    EXPECT_EQ(tables(), there) << each.name;
  }
  shop_->denied_tables = {"orders"};
  EXPECT_EQ(clone({{"name", "copy"}, {"confirm", true}}).code(), "scope_missing");
  shop_->is_down = true;
  EXPECT_EQ(clone({{"name", "copy"}, {"confirm", true}}).code(), "source_unreachable");
  EXPECT_EQ(ask("GET", "/v1/export").text, counts);
  shop_->denied_tables.clear();
  shop_->is_down = false;
  EXPECT_EQ(clone({{"name", "copy"}, {"confirm", true}}).status, 201);
}

}  // namespace
}  // namespace sluice
