// The life of an integration over HTTP alone, in a person's order, with what is refused at each step of it.

#include "tests/e2e/story_fixture.hpp"

namespace sluice {
namespace {

const Headers no_version;

class WholeStory : public Story {
 protected:
  const Json new_acme{
      {"name", "acme"}, {"connector", "bigcommerce"}, {"frequency", "manual"}, {"start_date", "2025-01-01T00:00:00Z"}};

  Json acme_with(const char* member, Json value) const {
    Json body = new_acme;
    body[member] = std::move(value);
    return body;
  }
  static Json chosen(const char* table, Json fields) {
    return {{"tables", {{{"name", table}, {"fields", std::move(fields)}}}}};
  }
  Json credentials_with(const char* member, Json value) const {
    Json body = credentials();
    body[member] = std::move(value);
    return body;
  }

  void find_the_connector() {
    refused({{"a name that is slightly off", "GET connectors/bigcomerce", nullptr, 404, "not_found", "bigcomerce"},
             {"a parameter that is none", "GET connectors?p=big", nullptr, 400, "unknown_parameter", "\\\"p\\\""},
             {"a page of nothing", "GET connectors?limit=0", nullptr, 400, "invalid_parameter", "limit"},
             {"a cursor of nowhere", "GET connectors?cursor=x", nullptr, 400, "bad_cursor"}});

    EXPECT_EQ(items_of("connectors?q=BIG").at(0).at("name"), "bigcommerce");
    EXPECT_EQ(items_of("connectors?q=nothing"), Json::array());
    const Json connector = see("GET connectors/bigcommerce");
    EXPECT_TRUE(connector.at("credentials_schema").at("properties").contains("access_token"));
    EXPECT_EQ(connector.at("frequencies").at(0), "15m");
  }

  void configure() {
    const char* make = "POST integrations";
    refused(
        {{"a connector that is none", make, acme_with("connector", "bigcomerce"), 422, "unknown_connector",
          "did you mean \\\"bigcommerce\\\""},
         {"a name that cannot begin a table's", make, acme_with("name", "ac-me"), 422, "invalid_body", "/name"},
         {"a name too long for its tables", make, acme_with("name", std::string(60, 'a')), 422, "name_too_long"},
         {"a start in the future", make, acme_with("start_date", "2999-01-01T00:00:00Z"), 422, "start_date_in_future"},
         {"a start that is no date", make, acme_with("start_date", "soon"), 422, "invalid_body", "/start_date"},
         {"a frequency that is not offered", make, acme_with("frequency", "5m"), 422, "invalid_body", "15m"},
         {"a cron that is due too often", make, acme_with("frequency", {{"cron", "*/5 * * * *"}}), 422, "too_often",
          "/frequency/cron"},
         {"a cron in a zone that is none", make,
          acme_with("frequency", {{"cron", "0 6 * * *"}, {"time_zone", "Europe/Berlinn"}}), 422, "unknown_time_zone"},
         {"a member that is slightly off", make, acme_with("frequenzy", "1h"), 400, "unknown_member",
          "did you mean \\\"frequency\\\""},
         {"a later step in the first", make, acme_with("credentials", credentials()), 422, "invalid_body",
          "needs_confirm"},
         {"nothing at all", make, nullptr, 422, "invalid_body", "/name"}});

    const auto made = answer_to(make, new_acme, no_version);
    EXPECT_EQ(made.status, 201) << made.body.dump(2);
    EXPECT_EQ(made.body.at("state"), "draft");
    EXPECT_EQ(made.header("Location"), "/v1/integrations/" + made.body.at("id").get<std::string>());
    EXPECT_EQ(made.header("ETag"), etag());
    refused({{"a name that is taken, in other letters", make, acme_with("name", "ACME"), 409, "name_taken"}});
    EXPECT_EQ(see("GET /setup").at("next_step"), "authenticate");
  }

  void authenticate() {
    refused(
        {{"to confirm before that", "POST /confirm", Json::object(), 409, "setup_incomplete", "authenticate, select"},
         {"to run a draft", "POST /sync", Json::object(), 409, "not_confirmed"},
         {"to pause a draft", "POST /pause", Json::object(), 409, "not_confirmed"},
         {"to see what the account may read", "GET /catalog", nullptr, 409, "not_authenticated"},
         {"a token that the store does not know", "POST /authenticate",
          credentials_with("access_token", "wrong0000000000000000000000000"), 422, "source_auth_failed"},
         {"no token", "POST /authenticate", {{"store_hash", "sample"}}, 422, "invalid_credentials", "access_token"},
         {"a member that is slightly off", "POST /authenticate", credentials_with("acess_token", "x"), 422,
          "invalid_credentials", "did you mean"}});

    const Json seen = done(200, "POST /authenticate", credentials());
    EXPECT_FALSE(seen.at("account").at("name").get<std::string>().empty());
    EXPECT_EQ(seen.at("tables").at(0).at("access"), "granted");
    EXPECT_EQ(seen.dump().find(options_.access_token), std::string::npos);
    EXPECT_EQ(see("GET /setup").at("next_step"), "select");
  }

  void choose_tables_and_fields() {
    const std::string before = etag();
    const char* put = "PUT /selection";
    refused(
        {{"a table that is slightly off", put, chosen("oders", "*"), 422, "unknown_table",
          "did you mean \\\"orders\\\""},
         {"a field that is slightly off", put, chosen("customers", {"emial"}), 422, "unknown_field",
          "did you mean \\\"email\\\""},
         {"no table", put, {{"tables", Json::array()}}, 422, "no_table_selected"},
         {"a table twice", put, {{"tables", {{{"name", "orders"}}, {{"name", "orders"}}}}}, 422, "duplicate_table"},
         {"a member that is slightly off", put, {{"table", Json::array()}}, 400, "unknown_member", "tables"},
         {"without saying what was read", put, chosen("orders", "*"), 428, "precondition_required", "", no_version},
         {"what was read is of long ago", put, chosen("orders", "*"), 412, "changed", "", {{"If-Match", "\"0\""}}}});

    const Json wanted{{"tables",
                       {{{"name", "orders"}, {"fields", "*"}},
                        {{"name", "customers"}, {"fields", {"id", "email"}}},
                        {{"name", "brands"}}}}};
    const Json kept = done(200, put, wanted, unchanged_since(before));
    EXPECT_EQ(kept.at("tables").size(), 3U);
    EXPECT_NE(etag(), before);
    refused({{"the same once more, as it was read first", put, wanted, 412, "changed", "", unchanged_since(before)}});
    EXPECT_EQ(see("GET /setup").at("next_step"), "confirm") << "the daemon's own destination is there for want of one";
  }

  void choose_a_destination() {
    const char* put = "PUT /destination";
    refused({{"a destination that is none", put, {{"destination", "warehouse"}}, 422, "unknown_destination"},
             {"a schema of PostgreSQL's own",
              put,
              {{"destination", "embedded"}, {"schema", "pg_catalog"}},
              422,
              "invalid_body",
              "/schema"},
             {"without saying what was read",
              put,
              {{"destination", "embedded"}},
              428,
              "precondition_required",
              "",
              no_version},
             {"parameters that are slightly off",
              "POST destinations",
              {{"name", "away"}, {"parameters", {{"hosst", "x"}}}},
              422,
              "invalid_destination",
              "hosst"},
             {"to change the daemon's own", "DELETE destinations/embedded", nullptr, 409, "embedded_destination"}});

    EXPECT_EQ(done(200, put, {{"destination", "embedded"}, {"schema", "public"}}).at("destination"), "embedded");
    EXPECT_EQ(see("GET /setup").at("next_step"), "confirm");
  }

  void confirm() {
    ask("create table public.acme_brands (mine int)");
    refused({{"while a table of others is in the way", "POST /confirm", Json::object(), 409, "foreign_table",
              "acme_brands"}});
    ask("drop table public.acme_brands");
    const Json plan = done(200, "POST /confirm?dry_run=true", Json::object());
    EXPECT_EQ(plan.at("creates").size(), 4U) << "three tables and a run: " << plan.dump(2);
    EXPECT_EQ(rows_in("public.acme_orders"), -1) << "a plan is only a plan";

    const Json confirmed = done(202, "POST /confirm", Json::object());
    EXPECT_EQ(confirmed.at("state"), "pending");
    EXPECT_GE(rows_in("public.acme_orders"), 0) << "the tables are there as soon as it is pending";
    first_run_ = confirmed.at("run").at("id");
    refused({{"to confirm again", "POST /confirm", Json::object(), 409, "already_confirmed"},
             {"another destination", "PUT /destination", {{"destination", "embedded"}}, 409, "already_confirmed"}});

    EXPECT_TRUE(becomes("state", "active"));
    EXPECT_EQ(wait_for(first_run_), "succeeded");
    EXPECT_TRUE(becomes("health", "ok"));
    EXPECT_EQ(rows_in("public.acme_brands"), in_store("brands"));
    EXPECT_GT(rows_in("public.acme_orders"), 0);
    EXPECT_LT(rows_in("public.acme_orders"), in_store("orders")) << "older ones are left out";
    EXPECT_EQ(ask("select count(*) from public.acme_orders where date_modified < '2025-01-01'"), "0");
    EXPECT_EQ(ask("select string_agg(attname, ' ' order by attname) from pg_attribute where attnum > 0 and attrelid = "
                  "'public.acme_customers'::regclass and attname in ('id', 'email', 'first_name', 'phone')"),
              "email id")
        << "only the chosen fields";
  }

  void look_at_jobs_and_logs() {
    refused({{"a state that is none", "GET jobs?state=done", nullptr, 400, "invalid_parameter", "succeeded"},
             {"a parameter that is slightly off", "GET jobs?integraton=acme", nullptr, 400, "unknown_parameter",
              "did you mean \\\"integration\\\""},
             {"an integration that is none", "GET jobs?integration=nobody", nullptr, 400, "invalid_parameter"},
             {"a job that is none", "GET jobs/job_1/logs", nullptr, 404, "not_found"},
             {"a run that is none", "GET runs/run_1", nullptr, 404, "not_found"}});

    const Json jobs = items_of("jobs?integration=acme&run=" + first_run_);
    ASSERT_EQ(jobs.size(), 3U);
    for (const Json& job : jobs) {
      EXPECT_EQ(job.at("state"), "succeeded");
      EXPECT_EQ(job.at("kind"), "initial");
      EXPECT_TRUE(job.at("started").is_string() && job.at("ended").is_string()) << job.dump(2);
      EXPECT_EQ(job.at("rows").at("inserted"), rows_in(job.at("destination_table"))) << job.dump(2);
      const Json lines = items_of("jobs/" + job.at("id").get<std::string>() + "/logs");
      ASSERT_FALSE(lines.empty());
      EXPECT_EQ(lines.at(0).at("message"), "extraction begins");
    }
    for (const Json& table : items_of("integrations/acme/tables")) {
      EXPECT_EQ(table.at("state"), "active") << table.dump(2);
      EXPECT_EQ(table.at("rows"), rows_in(table.at("destination_table"))) << table.dump(2);
    }
  }

  void change_the_frequency() {
    const std::string before = etag();
    refused({{"another name", "PATCH ", {{"name", "other"}}, 422, "immutable_field", "clone"},
             {"another connector", "PATCH ", {{"connector", "other"}}, 422, "immutable_field"},
             {"a frequency that is not offered", "PATCH ", {{"frequency", "7 days"}}, 422, "invalid_body", "24h"},
             {"a member that is slightly off", "PATCH ", {{"frequencey", "1h"}}, 400, "unknown_member", "frequency"},
             {"without saying what was read",
              "PATCH ",
              {{"frequency", "1h"}},
              428,
              "precondition_required",
              "",
              no_version},
             {"quiet hours that leave no time",
              "PATCH ",
              {{"quiet_hours", {{{"from", "00:00"}, {"to", "24:00"}}}}},
              422,
              "no_time_left"}});

    const Json hourly = done(200, "PATCH ", {{"frequency", "1h"}}, unchanged_since(before));
    EXPECT_EQ(hourly.at("frequency"), "1h");
    EXPECT_TRUE(hourly.at("next_run_at").is_string());
    refused(
        {{"as it was read before that", "PATCH ", {{"frequency", "3h"}}, 412, "changed", "", unchanged_since(before)}});
    EXPECT_EQ(answer_to("GET ", nullptr, {{"If-None-Match", etag()}}).status, 304);
  }

  void reach_further_back() {
    refused({{"a start in the future", "PATCH ", {{"start_date", "2999-01-01T00:00:00Z"}}, 422, "start_date_in_future"},
             {"a start that is no date", "PATCH ", {{"start_date", "yesterday"}}, 422, "invalid_body", "/start_date"}});
    const auto before = rows_in("public.acme_orders");

    done(200, "PATCH ", {{"start_date", "2024-01-01T00:00:00Z"}}, unchanged_since(etag()));
    const auto since_2024 = [&] {
      return ask("select count(*) from public.acme_orders where date_modified < '2025-01-01'") != "0";
    };
    const auto runs_until = [&](auto reached) {
      return eventually(60s, [&] { return wait_for(sync()) == "succeeded" && reached(); });
    };
    EXPECT_TRUE(runs_until(since_2024));
    EXPECT_GT(rows_in("public.acme_orders"), before);
    EXPECT_EQ(ask("select count(*) from public.acme_orders where date_modified < '2024-01-01'"), "0");
    done(200, "PATCH ", {{"start_date", nullptr}}, unchanged_since(etag()));
    EXPECT_TRUE(runs_until([&] { return rows_in("public.acme_orders") == in_store("orders"); }));
    EXPECT_EQ(rows_in("public.acme_customers"), in_store("customers"));
  }

  void authenticate_again() {
    const Json old = credentials();
    options_.access_token = "another0000000000000000000000000";
    store->control("options", {{"access_token", options_.access_token}});
    EXPECT_EQ(run_now(), "failed");
    EXPECT_TRUE(becomes("health", "auth_required"));
    refused(
        {{"to run with what is refused", "POST /sync", Json::object(), 409, "auth_required"},
         {"the old token again", "POST /authenticate", old, 422, "source_auth_failed"},
         {"another store's", "POST /authenticate", credentials_with("store_hash", "other"), 409, "different_store"}});

    done(200, "POST /authenticate", credentials());
    store->control("add", {{"table", "orders"}, {"count", 2}});
    EXPECT_TRUE(eventually(
        60s, [&] { return wait_for(sync()) == "succeeded" && rows_in("public.acme_orders") == in_store("orders"); }));
    EXPECT_EQ(see("GET ").at("health"), "ok");
  }

  void clone_it() {
    refused({{"under its own name", "POST /clone", {{"name", "Acme"}}, 409, "name_taken"},
             {"without a name", "POST /clone", Json::object(), 422, "invalid_body", "/name"},
             {"confirmed without credentials",
              "POST /clone",
              {{"name", "acme_test"}, {"credentials", false}, {"confirm", true}},
              422,
              "invalid_body",
              "needs_credentials"},
             {"of what is not there", "POST integrations/nobody/clone", {{"name", "x"}}, 404, "not_found"}});

    const Json made = done(201, "POST /clone", {{"name", "acme_test"}, {"frequency", "24h"}, {"confirm", true}});
    EXPECT_EQ(wait_for(made.at("run").at("id")), "succeeded");
    EXPECT_EQ(see("GET integrations/acme_test").at("state"), "active");
    EXPECT_EQ(rows_in("public.acme_test_orders"), in_store("orders"));
  }

  void read_a_table_anew() {
    const char* reload = "POST /tables/brands/reload";
    refused({{"a table that is not chosen", "POST /tables/products/reload", Json::object(), 404, "not_found"},
             {"a way that is none", reload, {{"mode", "swop"}}, 422, "invalid_body", "swap"},
             {"to go back when nothing is kept", "POST /tables/brands/rollback", Json::object(), 409, "nothing_kept"}});
    const auto drifted = [&] { return ask("select count(*) from public.acme_brands where name = 'drifted'"); };
    ask("update public.acme_brands set name = 'drifted'");

    EXPECT_EQ(wait_for(done(202, reload, {{"mode", "swap"}}).at("id")), "succeeded");
    EXPECT_EQ(drifted(), "0");
    done(200, "POST /tables/brands/rollback", Json::object());
    EXPECT_EQ(drifted(), std::to_string(in_store("brands")));
    EXPECT_EQ(wait_for(done(202, reload, {{"mode", "merge"}}).at("id")), "succeeded");
    EXPECT_EQ(drifted(), "0");
    EXPECT_EQ(rows_in("public.acme_brands"), in_store("brands"));
  }

  void pause_and_resume() {
    refused({{"until a time that has passed", "POST /pause", {{"until", "2020-01-01T00:00:00Z"}}, 422, "time_in_past"},
             {"in a way that is none", "POST /pause", {{"mode", "soon"}}, 422, "invalid_body", "drain"}});

    const Json paused = done(200, "POST /pause", {{"reason", "stocktaking"}});
    EXPECT_EQ(paused.at("state"), "paused");
    EXPECT_EQ(done(200, "POST /pause", {{"reason", "stocktaking"}}).at("pause_reason"), "stocktaking");
    refused({{"to run what is paused", "POST /sync", Json::object(), 409, "paused", "resume"},
             {"to reload a table of it", "POST /tables/brands/reload", Json::object(), 409, "paused"}});

    EXPECT_EQ(done(200, "POST /resume", Json::object()).at("state"), "active");
    EXPECT_EQ(done(200, "POST /resume", Json::object()).at("pause_reason"), nullptr);
    store->control("delete", {{"table", "brands"}, {"count", 1}});
    EXPECT_EQ(run_now(), "succeeded");
    EXPECT_EQ(rows_in("public.acme_brands"), in_store("brands"));
  }

  void ask_who_may() {
    const auto bearer = [&](const char* scope) {
      const Json token = done(201, "POST tokens", {{"name", scope}, {"scope", scope}});
      return "Bearer " + token.at("token").get<std::string>();
    };
    const Headers reader{{"Authorization", bearer("read")}, {"If-Match", "*"}};
    const Headers operating{{"Authorization", bearer("operate")}, {"If-Match", "*"}};
    refused({{"nobody", "POST /sync", Json::object(), 401, "unauthenticated", "", {{"Authorization", ""}}},
             {"somebody unknown",
              "POST /sync",
              Json::object(),
              401,
              "unauthenticated",
              "",
              {{"Authorization", "Bearer slc_" + std::string(43, 'x')}}},
             {"a reader who runs it", "POST /sync", Json::object(), 403, "scope_needed", "operate", reader},
             {"an operator who changes it", "PATCH ", {{"frequency", "3h"}}, 403, "scope_needed", "write", operating},
             {"an operator who makes tokens",
              "POST tokens",
              {{"name", "x"}, {"scope", "admin"}},
              403,
              "scope_needed",
              "admin",
              operating}});

    done(200, "GET ", nullptr, reader);
    done(200, "POST /pause", Json::object(), operating);
    done(200, "POST /resume", Json::object(), operating);
  }

  void delete_it() {
    const std::string id = see("GET ").at("id");
    const std::string drop = "DELETE ?data=drop";
    refused({{"without saying what was read", "DELETE ", nullptr, 428, "precondition_required", "", no_version},
             {"as it was long ago", "DELETE ", nullptr, 412, "changed", "", {{"If-Match", "\"0\""}}},
             {"with its data, unconfirmed", drop, nullptr, 422, "wrong_confirmation", "acme"},
             {"with its data, by another's name", drop, {{"confirm_name", "acme_test"}}, 422, "wrong_confirmation"},
             {"with what cannot be", "DELETE ?data=burn", nullptr, 400, "invalid_parameter", "drop"}});

    const auto dropped = answer_to(drop, {{"confirm_name", "acme"}}, unchanged_since(etag()));
    EXPECT_TRUE(dropped.status == 204 || dropped.status == 202) << dropped.body.dump(2);
    EXPECT_TRUE(is_gone("acme"));
    EXPECT_EQ(rows_in("public.acme_orders"), -1);
    EXPECT_GT(rows_in("public.acme_test_orders"), 0) << "the clone's are its own";
    const auto kept = answer_to("DELETE integrations/acme_test", nullptr, {{"If-Match", "*"}});
    EXPECT_TRUE(kept.status == 204 || kept.status == 202) << kept.body.dump(2);
    EXPECT_TRUE(is_gone("acme_test"));
    EXPECT_EQ(rows_in("public.acme_test_orders"), in_store("orders")) << "data stay unless told otherwise";
    refused({{"to see what is gone", "GET ", nullptr, 404, "not_found"},
             {"to run what is gone", "POST /sync", Json::object(), 404, "not_found"}});

    std::vector<std::string> deeds;
    for (const Json& event : items_of("integrations/" + id + "/events?limit=500"))
      deeds.insert(deeds.begin(), event.at("action").get<std::string>());
    ASSERT_FALSE(deeds.empty());
    EXPECT_EQ(deeds.front(), "integrations.create");
    EXPECT_EQ(deeds.back(), "integrations.delete");
    EXPECT_EQ(done(201, "POST integrations", new_acme).at("state"), "draft") << "the name is free again";
  }

  std::string first_run_;
};

TEST_F(WholeStory, of_an_integration_from_the_list_of_connectors_to_its_end) {
  begin({"--bigcommerce.safety_lag", "1s"});

  find_the_connector();
  configure();
  authenticate();
  choose_tables_and_fields();
  choose_a_destination();
  confirm();
  look_at_jobs_and_logs();
  change_the_frequency();
  reach_further_back();
  authenticate_again();
  clone_it();
  read_a_table_anew();
  pause_and_resume();
  ask_who_may();
  delete_it();
}

}  // namespace
}  // namespace sluice
