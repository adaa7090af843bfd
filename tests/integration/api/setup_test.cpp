#include "tests/integration/api/api_fixture.hpp"

namespace sluice {
namespace {

class ApiSetup : public ApiFixture {};

TEST_F(ApiSetup, walks_from_the_list_of_connectors_to_the_first_run) {
  EXPECT_EQ(ask("GET", "/v1/connectors?q=SHO").json["items"][0]["name"], "shop");
  const auto draft =
      ask("POST", "/v1/integrations",
          {{"name", "Acme"}, {"connector", "shop"}, {"frequency", "15m"}, {"start_date", "2020-01-01T00:00:00Z"}});
  EXPECT_EQ(draft.status, 201);
  EXPECT_EQ(draft.json["state"], "draft");
  EXPECT_EQ(draft.header("ETag"), ask("GET", "/v1/integrations/acme").header("ETag"));
  EXPECT_EQ(ask("GET", "/v1/integrations/acme/setup").json["next_step"], "authenticate");

  const auto login = ask("POST", "/v1/integrations/Acme/authenticate", good_credentials);
  EXPECT_EQ(login.status, 200);
  EXPECT_EQ(login.json["account"]["name"], "Acme");
  const auto catalog = ask("GET", "/v1/integrations/Acme/catalog").json["tables"];
  EXPECT_EQ(catalog.size(), 4U);
  EXPECT_EQ(catalog[0]["access"], "granted");
  EXPECT_EQ(catalog[0]["fields"][0]["required"], true);

  const auto selection =
      ask("PUT", "/v1/integrations/Acme/selection",
          {{"tables", {{{"name", "sales"}, {"fields", {"total"}}}, {{"name", "order_products"}, {"fields", "*"}}}}},
          any_version);
  EXPECT_EQ(selection.json["tables"][0], (Json{{"name", "orders"},
                                               {"fields", {"id", "total", "date_modified"}},
                                               {"added_fields", Json::array()},
                                               {"on_new_fields", "ask"},
                                               {"deletes", "soft"},
                                               {"sweep_interval", nullptr},
                                               {"frequency", nullptr}}));
  EXPECT_EQ(
      ask("PUT", "/v1/integrations/Acme/destination", {{"destination", "embedded"}, {"schema", "shop"}}, any_version)
          .json["schema"],
      "shop");
  EXPECT_EQ(ask("GET", "/v1/integrations/Acme/setup").json["next_step"], "confirm");

  const auto confirmed = ask("POST", "/v1/integrations/Acme/confirm", Json::object());
  EXPECT_EQ(confirmed.status, 202) << confirmed.text;
  EXPECT_EQ(confirmed.json["state"], "pending");
  EXPECT_EQ(confirmed.header("Location"), "/v1/runs/" + confirmed.json["run"]["id"].get<std::string>());
  EXPECT_EQ(destination_sql("select count(*) from information_schema.tables where table_schema = 'shop'"), "2");
  const auto run = ask("GET", confirmed.header("Location"));
  EXPECT_EQ(run.json["trigger"], "confirm");
  const auto jobs = ask("GET", "/v1/jobs?integration=acme&state=queued,running&kind=initial");
  EXPECT_EQ(jobs.json["items"].size(), 2U);
  EXPECT_EQ(ask("GET", "/v1/integrations/Acme/tables").json["items"][0]["destination_table"], "shop.acme_orders");
  EXPECT_EQ(ask("GET", "/v1/integrations/Acme/setup").json["next_step"], nullptr);
  EXPECT_GT(wakes_, 0);
}

TEST_F(ApiSetup, loads_into_the_daemons_own_database_when_none_was_chosen) {
  ask("POST", "/v1/integrations", {{"name", "acme"}, {"connector", "shop"}});
  ask("POST", "/v1/integrations/acme/authenticate", good_credentials);
  ask("PUT", "/v1/integrations/acme/selection", {{"tables", "recommended"}}, any_version);

  const auto confirmed = ask("POST", "/v1/integrations/acme/confirm");

  EXPECT_EQ(confirmed.status, 202) << confirmed.text;
  EXPECT_EQ(confirmed.json["destination"]["destination"], "embedded");
  EXPECT_EQ(
      destination_sql(
          "select count(*) from information_schema.tables where table_schema = 'public' and table_name like 'acme%'"),
      "3");
}

struct Refusal {
  const char* name;
  const char* method;
  const char* path;
  Json body;
  int status;
  const char* code;
  const char* in_detail = "";
};

TEST_F(ApiSetup, refuses_with_the_member_and_the_remedy) {
  shop_->denied_tables = {"customers"};
  make_ready("ready");
  confirmed("running");
  ask("POST", "/v1/integrations", {{"name", "bare"}, {"connector", "shop"}});
  const Refusal refusals[] = {
      {"name taken in other letters",
       "POST",
       "/v1/integrations",
       {{"name", "READY"}, {"connector", "shop"}},
       409,
       "name_taken",
       "READY"},
      {"name too long for order_products",
       "POST",
       "/v1/integrations",
       {{"name", std::string(49, 'a')}, {"connector", "shop"}},
       422,
       "name_too_long",
       "48"},
      {"bad characters",
       "POST",
       "/v1/integrations",
       {{"name", "a-b"}, {"connector", "shop"}},
       422,
       "invalid_body",
       "/name"},
      {"wrong type",
       "POST",
       "/v1/integrations",
       {{"name", 7}, {"connector", "shop"}},
       422,
       "invalid_body",
       "/name must be a string"},
      {"missing member", "POST", "/v1/integrations", {{"name", "x"}}, 422, "invalid_body", "/connector"},
      {"unknown member",
       "POST",
       "/v1/integrations",
       {{"name", "x"}, {"connector", "shop"}, {"frequncy", "1h"}},
       400,
       "unknown_member",
       "frequency"},
      {"unknown connector",
       "POST",
       "/v1/integrations",
       {{"name", "x"}, {"connector", "shp"}},
       422,
       "unknown_connector",
       "shop"},
      {"bad frequency",
       "POST",
       "/v1/integrations",
       {{"name", "x"}, {"connector", "shop"}, {"frequency", "1m"}},
       422,
       "invalid_body",
       "15m"},
      {"future start",
       "POST",
       "/v1/integrations",
       {{"name", "x"}, {"connector", "shop"}, {"start_date", "2999-01-01"}},
       422,
       "start_date_in_future"},
      {"parts without confirm",
       "POST",
       "/v1/integrations",
       {{"name", "x"}, {"connector", "shop"}, {"selection", {{"tables", "*"}}}},
       422,
       "invalid_body",
       "confirm=true"},
      {"incomplete credentials",
       "POST",
       "/v1/integrations/bare/authenticate",
       {{"store_hash", "a"}},
       422,
       "invalid_credentials"},
      {"wrong token",
       "POST",
       "/v1/integrations/bare/authenticate",
       {{"store_hash", "a"}, {"access_token", "wrong"}},
       422,
       "source_auth_failed"},
      {"another store",
       "POST",
       "/v1/integrations/ready/authenticate",
       {{"store_hash", "other"}, {"access_token", "good-token-of-the-shop"}},
       409,
       "different_store",
       "acme1"},
      {"catalog before login", "GET", "/v1/integrations/bare/catalog", nullptr, 409, "not_authenticated"},
      {"unknown table",
       "PUT",
       "/v1/integrations/ready/selection",
       {{"tables", {{{"name", "order"}}}}},
       422,
       "unknown_table",
       "orders"},
      {"unknown field",
       "PUT",
       "/v1/integrations/ready/selection",
       {{"tables", {{{"name", "orders"}, {"fields", {"totl"}}}}}},
       422,
       "unknown_field",
       "total"},
      {"table twice by alias",
       "PUT",
       "/v1/integrations/ready/selection",
       {{"tables", {{{"name", "orders"}}, {{"name", "sales"}}}}},
       422,
       "duplicate_table"},
      {"no table", "PUT", "/v1/integrations/ready/selection", {{"tables", Json::array()}}, 422, "no_table_selected"},
      {"scope missing",
       "PUT",
       "/v1/integrations/ready/selection",
       {{"tables", {{{"name", "customers"}}}}},
       422,
       "scope_missing",
       "store_v2_customers"},
      {"unknown destination",
       "PUT",
       "/v1/integrations/ready/destination",
       {{"destination", "nope"}},
       422,
       "unknown_destination"},
      {"reserved schema",
       "PUT",
       "/v1/integrations/ready/destination",
       {{"destination", "embedded"}, {"schema", "pg_x"}},
       422,
       "invalid_body"},
      {"destination of a confirmed one",
       "PUT",
       "/v1/integrations/running/destination",
       {{"destination", "embedded"}},
       409,
       "already_confirmed"},
      {"confirm too early", "POST", "/v1/integrations/bare/confirm", Json::object(), 409, "setup_incomplete",
       "authenticate, select"},
      {"confirm twice", "POST", "/v1/integrations/running/confirm", Json::object(), 409, "already_confirmed"},
      {"immutable name", "PATCH", "/v1/integrations/running", {{"name", "other"}}, 422, "immutable_field", "clone"},
      {"sync of a draft", "POST", "/v1/integrations/ready/sync", Json::object(), 409, "not_confirmed"},
      {"sync of another table",
       "POST",
       "/v1/integrations/running/sync",
       {{"tables", {"brands"}}},
       422,
       "unknown_table"},
      {"pause of a draft", "POST", "/v1/integrations/ready/pause", Json::object(), 409, "not_confirmed"},
      {"no such integration", "GET", "/v1/integrations/nobody", nullptr, 404, "not_found", "nobody"},
      {"no such run", "GET", "/v1/runs/run_1", nullptr, 404, "not_found"},
      {"no such job", "GET", "/v1/jobs/job_1/logs", nullptr, 404, "not_found"},
      {"no such path", "GET", "/v2/integrations", nullptr, 404, "not_found"},
      {"unknown parameter", "GET", "/v1/jobs?integraton=ready", nullptr, 400, "unknown_parameter", "integration"},
      {"bad parameter", "GET", "/v1/jobs?state=done", nullptr, 400, "invalid_parameter", "succeeded"},
      {"limit too high", "GET", "/v1/jobs?limit=501", nullptr, 400, "invalid_parameter", "500"},
      {"foreign cursor", "GET", "/v1/jobs?cursor=abc", nullptr, 400, "bad_cursor"},
      {"drop unconfirmed",
       "DELETE",
       "/v1/integrations/ready?data=drop",
       {{"confirm_name", "other"}},
       422,
       "wrong_confirmation",
       "ready"},
      {"destination in use", "DELETE", "/v1/destinations/embedded", nullptr, 409, "embedded_destination"},
      {"unknown destination parameter",
       "POST",
       "/v1/destinations",
       {{"name", "w"}, {"parameters", {{"hst", "x"}}}},
       422,
       "invalid_destination"},
  };
  for (const Refusal& refusal : refusals) {
    const auto before = row_counts();
    const auto answer = ask(refusal.method, refusal.path, refusal.body, any_version);
    EXPECT_EQ(answer.status, refusal.status) << refusal.name << ": " << answer.text;
    EXPECT_EQ(answer.code(), refusal.code) << refusal.name << ": " << answer.text;
    EXPECT_NE(answer.text.find(refusal.in_detail), std::string::npos) << refusal.name << ": " << answer.text;
    EXPECT_EQ(answer.header("Content-Type"), "application/problem+json") << refusal.name;
    EXPECT_EQ(row_counts(), before) << refusal.name;
    EXPECT_EQ(answer.text.find("upstream-body"), std::string::npos) << refusal.name;
  }
}

TEST_F(ApiSetup, tells_a_source_that_is_down_from_a_destination_that_is) {
  make_ready("acme");
  shop_->is_down = true;
  EXPECT_EQ(ask("POST", "/v1/integrations/acme/authenticate", good_credentials).code(), "source_unreachable");
  ask("POST", "/v1/destinations",
      {{"name", "away"},
       {"parameters", {{"host", "127.0.0.1"}, {"port", 1}, {"database", "d"}, {"user", "u"}}},
       {"password", "pw-never-shown"}});

  const auto tested = ask("POST", "/v1/destinations/away/test", Json::object());

  EXPECT_EQ(tested.status, 502) << tested.text;
  EXPECT_EQ(tested.code(), "destination_unreachable");
  ask("PUT", "/v1/integrations/acme/destination", {{"destination", "away"}}, any_version);
  EXPECT_EQ(ask("POST", "/v1/integrations/acme/confirm").code(), "destination_unreachable");
  EXPECT_EQ(ask("GET", "/v1/integrations/acme").json["state"], "draft");
}

TEST_F(ApiSetup, keeps_off_tables_and_schemas_that_are_not_its_own) {
  make_ready("acme");
  destination_sql("create table public.acme_orders (mine int)");
  EXPECT_EQ(ask("POST", "/v1/integrations/acme/confirm").code(), "foreign_table");
  destination_sql(
      "drop table public.acme_orders; do $$ begin create role weak login; exception when duplicate_object then null; "
      "end $$; revoke create on schema public from public");
  ask("POST", "/v1/destinations",
      {{"name", "weak"}, {"parameters", {{"host", "weak"}, {"database", "d"}, {"user", "weak"}}}});
  ask("PUT", "/v1/integrations/acme/destination", {{"destination", "weak"}}, any_version);

  const auto answer = ask("POST", "/v1/integrations/acme/confirm");

  EXPECT_EQ(answer.status, 422) << answer.text;
  EXPECT_EQ(answer.code(), "no_create_right");
}

TEST_F(ApiSetup, asks_again_for_scopes_when_it_confirms) {
  make_ready("acme");
  shop_->denied_tables = {"orders"};
  ask("POST", "/v1/integrations/acme/authenticate", good_credentials);

  EXPECT_EQ(ask("POST", "/v1/integrations/acme/confirm").code(), "scope_missing");
}

Json whole(const std::string& name) {
  return {{"name", name},
          {"connector", "shop"},
          {"frequency", "1h"},
          {"credentials", {{"store_hash", "acme1"}, {"access_token", "good-token-of-the-shop"}}},
          {"selection", {{"tables", {{{"name", "orders"}, {"fields", "*"}}}}}},
          {"destination",
           {{"destination",
             {{"name", "warehouse"},
              {"parameters", {{"host", "test"}, {"database", "d"}, {"user", "u"}}},
              {"password", "pw-never-shown"}}},
            {"schema", "shop"}}}};
}

TEST_F(ApiSetup, takes_everything_in_one_call) {
  const auto answer = ask("POST", "/v1/integrations?confirm=true", whole("acme"));

  EXPECT_EQ(answer.status, 201) << answer.text;
  EXPECT_EQ(answer.json["state"], "pending");
  EXPECT_EQ(answer.json["run"]["open"], true);
  EXPECT_EQ(answer.json["destination"]["destination"], "warehouse");
  EXPECT_EQ(answer.text.find("pw-never-shown"), std::string::npos);
  EXPECT_EQ(destination_sql("select count(*) from information_schema.tables where table_schema = 'shop'"), "1");
}

TEST_F(ApiSetup, keeps_nothing_of_one_call_that_fails_at_any_step) {
  shop_->denied_tables = {"customers"};
  struct Step {
    const char* pointer;
    Json value;
    const char* code;
  };
  destination_sql("create schema taken; create table taken.acme_orders (mine int)");
  const Step steps[] = {
      {"/credentials/access_token", "wrong", "source_auth_failed"},
      {"/selection/tables/0/name", "nope", "unknown_table"},
      {"/selection/tables/0/name", "customers", "scope_missing"},
      {"/destination/destination", "nope", "unknown_destination"},
      {"/destination/destination/name", "embedded", "name_taken"},
      {"/destination/destination/parameters",
       {{"host", "127.0.0.1"}, {"port", 1}, {"database", "d"}, {"user", "u"}},
       "destination_unreachable"},
      {"/destination/schema", "taken", "foreign_table"},
  };
  for (const Step& step : steps) {
    Json body = whole("acme");
    body[Json::json_pointer(step.pointer)] = step.value;

    const auto answer = ask("POST", "/v1/integrations?confirm=true", body);

    EXPECT_EQ(answer.code(), step.code) << answer.text;
    EXPECT_EQ(ask("GET", "/v1/integrations").json["items"].size(), 0U) << step.code;
    EXPECT_EQ(ask("GET", "/v1/destinations").json["items"].size(), 1U) << step.code;
    EXPECT_EQ(destination_sql("select count(*) from information_schema.tables where table_schema = 'shop'"), "0")
        << step.code;
  }
  EXPECT_EQ(ask("POST", "/v1/integrations?confirm=true", whole("acme")).status, 201);
}

}  // namespace
}  // namespace sluice
