#include "tests/integration/api/api_fixture.hpp"

#include <cstdlib>
#include <fstream>

namespace sluice {
namespace {

class ApiApply : public ApiFixture {
 protected:
  ApiApply() {
    write_secret("acme.token", "good-token-of-the-shop\n");
    write_secret("warehouse.password", "pw-never-shown\n");
  }
  void write_secret(const std::string& file, const std::string& text) const {
    std::ofstream(secret_files_ / file) << text;
  }
  Answer apply(const Json& document, const std::string& query = "", const Extra& extra = {}) {
    return ask("POST", "/v1/apply" + query, document, extra);
  }
  Json exported() { return ask("GET", "/v1/export").json; }
  /// PostgreSQL keeps the members of an object in an order of its own.
  static nlohmann::json sorted(const Json& value) { return value; }
  std::string tables() {
    return destination_sql(
        "select coalesce(string_agg(table_schema || '.' || table_name, ' ' order by table_schema || '.' || "
        "table_name), '') from "
        "information_schema.tables where table_schema not in ('pg_catalog', 'information_schema', '_sluice')");
  }
  /// "name:action[members]…" of both kinds.
  static std::string steps(const Answer& answer) {
    std::string all;
    for (const char* kind : {"destinations", "integrations"}) {
      for (const Json& step : answer.json.value(kind, Json::array())) {
        all += step["name"].get<std::string>() + ":" + step["action"].get<std::string>();
        for (const Json& change : step["changes"]) all += "," + change["member"].get<std::string>();
        all += " ";
      }
    }
    return all;
  }

  static Json document() {
    return {{"version", 1},
            {"destinations",
             {{{"name", "warehouse"},
               {"parameters", {{"host", "test"}, {"database", "d"}, {"user", "u"}}},
               {"password", {{"from_file", "warehouse.password"}}}}}},
            {"integrations",
             {{{"name", "acme"},
               {"connector", "shop"},
               {"frequency", "30m"},
               {"quiet_hours", Json::array()},
               {"start_date", "2020-01-01T00:00:00Z"},
               {"on_new_fields", "add"},
               {"credentials", {{"store_hash", "acme1"}, {"access_token", {{"from_file", "acme.token"}}}}},
               {"selection",
                {{"tables", {{{"name", "orders"}, {"fields", "*"}}, {{"name", "brands"}, {"fields", {"id"}}}}}}},
               {"destination", {{"destination", "warehouse"}, {"schema", "shop"}}},
               {"paused", true},
               {"confirmed", true}},
              {{"name", "sketch"},
               {"connector", "shop"},
               {"frequency", "manual"},
               {"quiet_hours", Json::array()},
               {"start_date", nullptr},
               {"on_new_fields", "ask"},
               {"credentials", nullptr},
               {"paused", false},
               {"confirmed", false}}}}};
  }
};

TEST_F(ApiApply, makes_everything_and_then_finds_nothing_to_do) {
  const auto made = apply(document());

  EXPECT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made.json["summary"], Json({{"create", 3}, {"update", 0}, {"delete", 0}, {"unchanged", 0}}));
  EXPECT_EQ(made.json["integrations"][0]["creates"], Json::array({"shop.acme_orders", "shop.acme_brands"}));
  EXPECT_NE(made.json["integrations"][0]["run"], nullptr);
  EXPECT_EQ(ask("GET", "/v1/integrations/acme").json["state"], "paused");
  EXPECT_EQ(ask("GET", "/v1/integrations/sketch").json["state"], "draft");
  EXPECT_EQ(tables(), "shop.acme_brands shop.acme_orders");
  EXPECT_EQ(sorted(exported()), sorted(document()));
  const std::string before = control_dump();
  const int logins = shop_->logins;
  const auto again = apply(document(), "?prune=true");
  EXPECT_EQ(again.json["summary"], Json({{"create", 0}, {"update", 0}, {"delete", 0}, {"unchanged", 3}})) << again.text;
  EXPECT_EQ(control_dump(), before);
  EXPECT_EQ(shop_->logins, logins) << "the source is asked about new credentials only";
  for (const std::string& text : {made.text, again.text, exported().dump()}) {
    EXPECT_EQ(text.find("pw-never-shown"), std::string::npos);
    EXPECT_EQ(text.find("good-token"), std::string::npos);
  }
}

TEST_F(ApiApply, restores_what_was_exported_and_wiped) {
  ASSERT_EQ(apply(document()).status, 200);
  const Json kept = exported();
  const auto wiped = apply({{"version", 1}}, "?prune=true");
  ASSERT_EQ(steps(wiped), "warehouse:delete acme:delete sketch:delete ") << wiped.text;
  EXPECT_EQ(exported(), Json({{"version", 1}, {"destinations", Json::array()}, {"integrations", Json::array()}}));
  EXPECT_EQ(tables(), "shop.acme_brands shop.acme_orders") << "data stays";
  destination_sql("drop schema shop cascade; drop schema _sluice cascade");

  const auto restored = apply(kept);

  EXPECT_EQ(restored.status, 200) << restored.text;
  EXPECT_EQ(exported(), kept);
  EXPECT_EQ(ask("GET", "/v1/destinations/warehouse").json["has_password"], true);
  EXPECT_EQ(tables(), "shop.acme_brands shop.acme_orders");
}

TEST_F(ApiApply, changes_what_differs_and_only_that) {
  ASSERT_EQ(apply(document()).status, 200);
  Json changed = document();
  changed["integrations"][0]["frequency"] = "2h";
  changed["integrations"][0]["paused"] = false;
  changed["integrations"][0]["selection"]["tables"].push_back({{"name", "customers"}, {"fields", "*"}});
  changed["integrations"][1]["destination"] = {{"destination", "embedded"}, {"schema", "public"}};
  changed["destinations"][0]["parameters"]["port"] = 5433;

  const auto answer = apply(changed);

  EXPECT_EQ(steps(answer),
            "warehouse:update,parameters acme:update,frequency,selection,paused sketch:update,destination ")
      << answer.text;
  EXPECT_EQ(answer.json["integrations"][0]["changes"][0],
            Json({{"member", "frequency"}, {"before", "30m"}, {"after", "2h"}}));
  EXPECT_EQ(sorted(exported()), sorted(changed));
  const auto partial = apply({{"version", 1}, {"integrations", {{{"name", "acme"}, {"connector", "shop"}}}}});
  EXPECT_EQ(steps(partial), "acme:unchanged ");
}

TEST_F(ApiApply, follows_a_rotated_secret) {
  ASSERT_EQ(apply(document()).status, 200);
  write_secret("acme.token", "wrong");
  const std::string before = control_dump();
  const auto refused = apply(document());
  EXPECT_EQ(refused.code(), "source_auth_failed") << refused.text;
  EXPECT_EQ(refused.json["errors"][0]["pointer"], "/integrations/0/credentials");
  EXPECT_EQ(control_dump(), before);
  ::setenv("SLUICE_SECRET_TEST_PASSWORD", "pw-of-the-environment", 1);
  write_secret("acme.token", "good-token-of-the-shop");
  Json moved = document();
  moved["destinations"][0]["password"] = {{"from_env", "SLUICE_SECRET_TEST_PASSWORD"}};

  EXPECT_EQ(steps(apply(moved)), "warehouse:update,password acme:unchanged sketch:unchanged ");

  const auto record = destinations_.find("warehouse");
  EXPECT_TRUE(destinations_.password(record->id).equals("pw-of-the-environment"));
  EXPECT_EQ(sorted(exported()), sorted(moved));
}

TEST_F(ApiApply, forgets_a_reference_when_the_secret_is_sent_itself) {
  ASSERT_EQ(apply(document()).status, 200);

  ask("POST", "/v1/integrations/acme/authenticate", good_credentials);

  EXPECT_EQ(exported()["integrations"][0]["credentials"], nullptr);
}

TEST_F(ApiApply, shows_its_plan_and_leaves_everything_untouched) {
  ASSERT_EQ(apply(document()).status, 200);
  make_ready("other");
  Json changed = document();
  changed["integrations"][0]["frequency"] = "2h";
  changed["integrations"].push_back(document()["integrations"][0]);
  changed["integrations"][2]["name"] = "second";
  changed["destinations"][0]["parameters"]["port"] = 5433;
  const std::string before = control_dump();
  const std::string there = tables();
  const int wakes = wakes_;

  const auto plan = apply(changed, "?dry_run=true&prune=true");

  EXPECT_EQ(plan.status, 200) << plan.text;
  EXPECT_EQ(steps(plan),
            "warehouse:update,parameters acme:update,frequency sketch:unchanged second:create,frequency,start_date,"
            "on_new_fields,credentials,selection,destination,paused,confirmed other:delete ");
  EXPECT_EQ(plan.json["integrations"][2]["creates"], Json::array({"shop.second_orders", "shop.second_brands"}));
  EXPECT_EQ(control_dump(), before);
  EXPECT_EQ(tables(), there);
  EXPECT_EQ(wakes_, wakes);
}

TEST_F(ApiApply, makes_a_draft_of_what_lacks_credentials_and_confirms_it_later) {
  Json bare = document();
  bare["integrations"][0]["credentials"] = nullptr;
  const auto made = apply(bare);
  EXPECT_EQ(made.json["integrations"][0]["missing"], Json::array({"authenticate"})) << made.text;
  EXPECT_EQ(ask("GET", "/v1/integrations/acme").json["state"], "draft");
  ask("POST", "/v1/integrations/acme/authenticate", good_credentials);

  const auto confirmed = apply(bare);

  EXPECT_EQ(steps(confirmed), "warehouse:unchanged acme:update,paused,confirmed sketch:unchanged ") << confirmed.text;
  EXPECT_EQ(tables(), "shop.acme_brands shop.acme_orders");
}

TEST_F(ApiApply, refuses_with_pointers_before_anything_is_done) {
  ASSERT_EQ(apply(document()).status, 200);
  write_secret("large", std::string(70'000, 'x'));
  std::filesystem::create_symlink("/etc/hostname", secret_files_ / "link");
  struct Case {
    const char* pointer;
    Json value;
    int status;
    const char* code;
  };
  const char* token = "/integrations/0/credentials/access_token";
  const Case cases[] = {
      {"/integrations/0/connector", "shopp", 422, "invalid_body"},
      {"/integrations/0/destination/schema", "other", 422, "immutable_field"},
      {"/integrations/0/destination/destination", "embedded", 422, "immutable_field"},
      {"/integrations/0/confirmed", false, 422, "immutable_field"},
      {"/integrations/0/credentials/store_hash", "other1", 409, "different_store"},
      {"/integrations/0/selection/tables/0/name", "nope", 422, "unknown_table"},
      {"/destinations/0/parameters/hst", "x", 422, "invalid_destination"},
      {"/destinations/0/name", "embedded", 409, "embedded_destination"},
      {token, {{"from_file", "../" + secret_files_.filename().string() + "x"}}, 422, "secret_reference_refused"},
      {token, {{"from_file", "/etc/hostname"}}, 422, "secret_reference_refused"},
      {token, {{"from_file", "link"}}, 422, "secret_reference_refused"},
      {token, {{"from_file", "missing"}}, 422, "secret_reference_refused"},
      {token, {{"from_file", "large"}}, 422, "secret_reference_refused"},
      {token, {{"from_env", "PATH"}}, 422, "secret_reference_refused"},
      {token, "wrong", 422, "source_auth_failed"},
      {"/version", 2, 422, "invalid_body"},
      {"/integration", Json::array(), 400, "unknown_member"},
  };
  const std::string before = control_dump();
  for (const Case& each : cases) {
    Json body = document();
    body["integrations"][1]["frequency"] = "1h";
    body[Json::json_pointer(each.pointer)] = each.value;
    const auto answer = apply(body, "?prune=true");
    EXPECT_EQ(answer.status, each.status) << each.pointer << " " << answer.text;
    EXPECT_EQ(answer.code(), each.code) << each.pointer << " " << answer.text;
    EXPECT_TRUE(answer.json["errors"][0]["pointer"].get<std::string>().starts_with(
        std::string(each.pointer).substr(0, std::string(each.pointer).rfind('/'))))
        << answer.text;
    EXPECT_EQ(control_dump(), before) << each.pointer;
  }
}

TEST_F(ApiApply, keeps_nothing_when_a_late_step_fails) {
  ASSERT_EQ(apply(document()).status, 200);
  const Json kept = exported();
  destination_sql("create schema taken; create table taken.second_orders (mine int)");
  Json changed = document();
  changed["destinations"].push_back({{"name", "lake"}, {"parameters", changed["destinations"][0]["parameters"]}});
  changed["destinations"][0]["parameters"]["port"] = 5433;
  changed["integrations"][0]["frequency"] = "2h";
  Json second = document()["integrations"][0];
  second["name"] = "first";
  changed["integrations"].push_back(second);
  second["name"] = "second";
  second["destination"] = {{"destination", "lake"}, {"schema", "taken"}};
  changed["integrations"].push_back(second);

  const auto answer = apply(changed, "?prune=true");

  EXPECT_EQ(answer.code(), "foreign_table") << answer.text;
  EXPECT_EQ(exported(), kept);
  EXPECT_EQ(tables(), "shop.acme_brands shop.acme_orders taken.second_orders");
  EXPECT_EQ(ask("GET", "/v1/integrations/first").status, 404);
}

TEST_F(ApiApply, takes_a_draft_s_first_settings_back_when_a_later_step_fails) {
  ASSERT_EQ(apply(document()).status, 200);
  const Json kept = exported();
  const Json draft = ask("GET", "/v1/integrations/sketch").json;
  destination_sql("create schema taken; create table taken.second_orders (mine int)");
  Json changed = document();
  Json& sketch = changed["integrations"][1];
  for (const char* member : {"credentials", "selection", "destination"})
    sketch[member] = document()["integrations"][0][member];
  Json second = document()["integrations"][0];
  second["name"] = "second";
  second["destination"]["schema"] = "taken";
  changed["integrations"].push_back(second);
  for (const char* confirmed : {"false", "true"}) {
    changed["integrations"][1]["confirmed"] = Json::parse(confirmed);

    const auto answer = apply(changed);

    EXPECT_EQ(answer.code(), "foreign_table") << answer.text;
    EXPECT_EQ(answer.json["errors"][0]["pointer"], "/integrations/2/destination") << answer.text;
    EXPECT_EQ(exported(), kept) << confirmed;
    Json now = ask("GET", "/v1/integrations/sketch").json;
    now["updated_at"] = draft["updated_at"];
    EXPECT_EQ(now, draft) << confirmed;
  }
  EXPECT_EQ(tables(), "shop.acme_brands shop.acme_orders taken.second_orders");
}

TEST_F(ApiApply, refuses_in_a_dry_run_what_would_be_refused_at_the_destination) {
  ASSERT_EQ(apply(document()).status, 200);
  destination_sql("create schema taken; create table taken.second_orders (mine int)");
  Json changed = document();
  changed["destinations"].push_back({{"name", "lake"}, {"parameters", changed["destinations"][0]["parameters"]}});
  Json second = document()["integrations"][0];
  second["name"] = "second";
  second["destination"] = {{"destination", "lake"}, {"schema", "taken"}};
  changed["integrations"].push_back(second);
  const std::string before = control_dump();

  const auto refused = apply(changed, "?dry_run=true");

  EXPECT_EQ(refused.code(), "foreign_table") << refused.text;
  EXPECT_EQ(refused.json["errors"][0]["pointer"], "/integrations/2/destination");
  changed["destinations"][1]["parameters"] = {{"host", "127.0.0.1"}, {"port", 1}, {"database", "d"}, {"user", "u"}};
  EXPECT_EQ(apply(changed, "?dry_run=true").code(), "destination_unreachable");
  EXPECT_EQ(control_dump(), before);
  EXPECT_EQ(tables(), "shop.acme_brands shop.acme_orders taken.second_orders");
}

TEST_F(ApiApply, tries_new_and_changed_destinations_in_a_dry_run_and_says_which_cannot_be_used) {
  ASSERT_EQ(apply(document()).status, 200);
  Json changed = document();
  const Json away{{"host", "127.0.0.1"}, {"port", 1}, {"database", "d"}, {"user", "u"}};
  changed["destinations"].push_back({{"name", "away"}, {"parameters", away}});
  changed["destinations"].push_back({{"name", "lake"}, {"parameters", changed["destinations"][0]["parameters"]}});
  const std::string before = control_dump();

  const auto plan = apply(changed, "?dry_run=true");

  EXPECT_EQ(plan.status, 200) << plan.text;
  EXPECT_EQ(plan.json["destinations"][0]["detail"], nullptr) << "unchanged";
  EXPECT_TRUE(plan.json["destinations"][1]["detail"].is_string()) << plan.text;
  EXPECT_EQ(plan.json["destinations"][2]["detail"], nullptr) << plan.text;
  EXPECT_EQ(plan.json["destinations"][2]["id"], nullptr) << "what is not made has no id";
  EXPECT_EQ(control_dump(), before);
}

TEST_F(ApiApply, keeps_nothing_when_something_changed_meanwhile) {
  ASSERT_EQ(apply(document()).status, 200);
  Json changed = document();
  changed["integrations"][0]["frequency"] = "2h";
  changed["integrations"].push_back(document()["integrations"][0]);
  changed["integrations"][2]["name"] = "second";
  const auto acme = integrations_.find("acme");
  shop_->on_login = [&] { integrations_.change(acme->id, {.frequency = parse_frequency("3h")}, std::nullopt); };

  const auto answer = apply(changed);

  EXPECT_EQ(answer.status, 412) << answer.text;
  EXPECT_EQ(answer.code(), "changed");
  EXPECT_EQ(ask("GET", "/v1/integrations/acme").json["frequency"], "3h");
  EXPECT_EQ(ask("GET", "/v1/integrations/second").status, 404);
  EXPECT_EQ(tables(), "shop.acme_brands shop.acme_orders");
}

TEST_F(ApiApply, wants_an_admin_for_references_and_a_writer_for_the_rest) {
  const auto as = [&](TokenScope scope) { return Extra{{"Authorization", "Bearer " + token(scope)}}; };
  Json plain = document();
  plain["destinations"][0].erase("password");
  plain["integrations"][0]["credentials"]["access_token"] = "good-token-of-the-shop";

  EXPECT_EQ(apply(document(), "?dry_run", as(TokenScope::write)).code(), "scope_needed");
  EXPECT_EQ(apply(plain, "", as(TokenScope::operate)).code(), "scope_needed");
  EXPECT_EQ(apply(plain, "", as(TokenScope::write)).status, 200);
  EXPECT_EQ(ask("GET", "/v1/export", nullptr, as(TokenScope::read)).json["integrations"][0]["credentials"], nullptr);
}

}  // namespace
}  // namespace sluice
