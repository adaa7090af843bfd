// Authenticating again: what the answer warns of, and what is put on record.

#include "tests/integration/api/api_fixture.hpp"

namespace sluice {
namespace {

class ApiReauthentication : public ApiFixture {
 protected:
  static inline const std::string path = "/v1/integrations/acme/authenticate";

  Json last_event() { return ask("GET", "/v1/integrations/acme/events?limit=1").json["items"].at(0); }
};

TEST_F(ApiReauthentication, names_the_tables_that_cannot_be_read_any_more) {
  confirmed("acme");
  shop_->denied_tables = {"orders", "customers"};

  const auto answer = ask("POST", path, good_credentials);

  EXPECT_EQ(answer.status, 200) << answer.text;
  const Json& warnings = answer.json["warnings"];
  ASSERT_EQ(warnings.size(), 2U) << answer.text;
  EXPECT_EQ(warnings[0]["code"], "scope_lost");
  EXPECT_EQ(warnings[0]["table"], "orders");
  EXPECT_EQ(warnings[0]["scope"], "store_v2_orders");
  EXPECT_EQ(warnings[0]["selected"], true);
  EXPECT_EQ(warnings[1]["table"], "customers");
  EXPECT_EQ(warnings[1]["selected"], false);
  EXPECT_EQ(last_event()["action"], "integrations.authenticate");
  // The database orders the members of what it keeps.
  const auto sorted = [](const Json& json) { return nlohmann::json::parse(json.dump()); };
  EXPECT_EQ(sorted(last_event()["after"]["warnings"]), sorted(warnings));
  EXPECT_EQ(last_event()["before"].contains("warnings"), false);

  EXPECT_EQ(ask("POST", path, good_credentials).json["warnings"], Json::array()) << "that was known by then";
  EXPECT_EQ(last_event()["after"].contains("warnings"), false);
}

TEST_F(ApiReauthentication, warns_of_nothing_at_the_first_login) {
  ask("POST", "/v1/integrations", {{"name", "acme"}, {"connector", "shop"}});
  shop_->denied_tables = {"orders"};

  EXPECT_EQ(ask("POST", path, good_credentials).json["warnings"], Json::array());
}

TEST_F(ApiReauthentication, warns_before_it_is_done) {
  confirmed("acme");
  shop_->denied_tables = {"orders"};

  const auto plan = ask("POST", path + "?dry_run=true", good_credentials);

  EXPECT_EQ(plan.json["answer"]["warnings"][0]["table"], "orders") << plan.text;
  EXPECT_EQ(integrations_.credentials_version(integrations_.find("acme")->id), 1);
}

TEST_F(ApiReauthentication, keeps_the_credentials_before_when_the_new_ones_are_no_good) {
  confirmed("acme");
  const IntegrationId id = integrations_.find("acme")->id;

  EXPECT_EQ(ask("POST", path, {{"store_hash", "acme1"}, {"access_token", "wrong"}}).code(), "source_auth_failed");
  EXPECT_EQ(ask("POST", path, {{"store_hash", "other"}, {"access_token", "good-token-of-the-shop"}}).code(),
            "different_store");
  EXPECT_EQ(ask("POST", path, {{"store_hash", "acme1"}}).code(), "invalid_credentials");
  shop_->is_down = true;
  EXPECT_EQ(ask("POST", path, good_credentials).code(), "source_unreachable");

  EXPECT_EQ(integrations_.credentials_version(id), 1);
}

TEST_F(ApiReauthentication, ends_auth_required_and_wakes_the_scheduler) {
  confirmed("acme");
  const IntegrationId id = integrations_.find("acme")->id;
  queue_.claim("worker", std::chrono::hours(1));
  queue_.refuse_credentials(id, 1, {}, {ErrorKind::auth, "source.auth_failed", "401", ""});
  EXPECT_EQ(ask("GET", "/v1/integrations/acme").json["health"], "auth_required");
  const int wakes = wakes_;

  EXPECT_EQ(ask("POST", path, good_credentials).status, 200);

  EXPECT_NE(ask("GET", "/v1/integrations/acme").json["health"], "auth_required");
  EXPECT_GT(wakes_, wakes);
}

}  // namespace
}  // namespace sluice
