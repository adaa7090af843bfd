#include "api/plan.hpp"
#include "core/time.hpp"
#include "tests/integration/api/fake_connector.hpp"

#include <gtest/gtest.h>

namespace sluice::api {
namespace {

const Time now = *parse_iso8601("2026-01-01T00:00:00Z");
const std::string token = "good-token-of-the-shop";

SelectedTable orders() { return {"orders", {"id", "total", "date_modified"}}; }

/// The daemon's own destination, a warehouse with a password, an active integration, and a draft.
KnownState some_state() {
  KnownState state;
  KnownDestination own;
  own.record.id = DestinationId("dst_own");
  own.record.name = "embedded";
  own.record.embedded = true;
  KnownDestination warehouse;
  warehouse.record.id = DestinationId("dst_w");
  warehouse.record.name = "warehouse";
  warehouse.record.parameters = {{"host", "h"}, {"database", "d"}, {"user", "u"}};
  warehouse.record.has_password = true;
  warehouse.password = Secret("pw");
  state.destinations = {own, warehouse};
  KnownIntegration running;
  running.integration.id = IntegrationId("int_1");
  running.integration.name = "acme";
  running.integration.connector = "shop";
  running.integration.state = IntegrationState::active;
  running.integration.frequency = *parse_frequency("1h");
  running.integration.account = "acme1";
  running.integration.account_facts = Json::object();
  running.integration.selection = {orders()};
  running.integration.destination = DestinationId("dst_w");
  running.integration.schema = "shop";
  running.integration.confirmed_at = now;
  running.access_token = Secret(token);
  KnownIntegration draft;
  draft.integration.id = IntegrationId("int_2");
  draft.integration.name = "sketch";
  draft.integration.connector = "shop";
  draft.integration.frequency = *parse_frequency("1h");
  state.integrations = {running, draft};
  return state;
}

/// A document that says what there is.
Json same_document() {
  return {
      {"version", 1},
      {"destinations", {{{"name", "warehouse"}, {"parameters", {{"host", "h"}, {"database", "d"}, {"user", "u"}}}}}},
      {"integrations",
       {{{"name", "acme"},
         {"connector", "shop"},
         {"frequency", "1h"},
         {"start_date", nullptr},
         {"on_new_fields", "ask"},
         {"credentials", {{"store_hash", "acme1"}, {"access_token", token}}},
         {"selection", {{"tables", {{{"name", "sales"}, {"fields", "*"}}}}}},
         {"destination", {{"destination", "warehouse"}, {"schema", "shop"}}},
         {"paused", false}},
        {{"name", "sketch"}, {"connector", "shop"}, {"confirmed", false}}}}};
}

class Planning : public testing::Test {
 protected:
  Planning() { connectors_.push_back(std::make_unique<FakeConnector>()); }

  /// "create/update/delete/unchanged name[members that change] …", or the problems.
  std::string plan(const Json& document, bool prunes = false) {
    std::vector<Problem> problems;
    Declaration declaration = read_declaration(document, secrets_, connectors_, problems);
    for (auto& each : declaration.integrations) each.facts_of_login = Json::object();
    Plan plan = make_plan(declaration, state_, connectors_, {prunes, now});
    problems.insert(problems.end(), plan.problems.begin(), plan.problems.end());
    std::string all;
    for (const Problem& problem : problems) all += problem.pointer + ":" + problem.code + " ";
    if (!problems.empty()) return all;
    for (const auto& step : plan.destinations) all += show(step);
    for (const auto& step : plan.integrations) {
      all += show(step);
      for (const auto& table : step.creates) all += "+" + table + " ";
      for (const auto& missing : step.missing) all += "-" + missing + " ";
    }
    return all;
  }

  template <class Step>
  static std::string show(const Step& step) {
    std::string shown = std::string(to_string(step.action)) + " " + step.name + "[";
    for (const auto& change : step.changes) shown += change.member + ",";
    return shown + "] ";
  }

  std::vector<std::unique_ptr<Connector>> connectors_;
  KnownState state_ = some_state();
  ReadSecrets secrets_;
};

const std::string all_the_same = "unchanged warehouse[] unchanged acme[] unchanged sketch[] ";

TEST_F(Planning, finds_nothing_to_do_when_all_is_as_it_should_be) {
  EXPECT_EQ(plan(same_document()), all_the_same);
  EXPECT_EQ(plan(same_document(), true), all_the_same);
}

TEST_F(Planning, leaves_alone_what_the_document_does_not_say) {
  EXPECT_EQ(plan({{"version", 1}}), "");
  EXPECT_EQ(plan({{"version", 1}, {"integrations", {{{"name", "acme"}, {"connector", "shop"}}}}}), "unchanged acme[] ");
}

TEST_F(Planning, compares_member_by_member) {
  struct Case {
    const char* pointer;
    Json value;
    const char* plan;
  };
  const Json two_tables{{{"name", "orders"}}, {{"name", "brands"}}};
  const Case cases[] = {
      {"/integrations/0/frequency", "PT1H", "unchanged warehouse[] unchanged acme[] unchanged sketch[] "},
      {"/integrations/0/frequency", "30m", "unchanged warehouse[] update acme[frequency,] unchanged sketch[] "},
      {"/integrations/0/start_date", "2020-01-01",
       "unchanged warehouse[] update acme[start_date,] unchanged sketch[] "},
      {"/integrations/0/on_new_fields", "add", "unchanged warehouse[] update acme[on_new_fields,] unchanged sketch[] "},
      {"/integrations/0/paused", true, "unchanged warehouse[] update acme[paused,] unchanged sketch[] "},
      {"/integrations/0/selection/tables", two_tables,
       "unchanged warehouse[] update acme[selection,] unchanged sketch[] "},
      {"/integrations/0/credentials/access_token", "another",
       "unchanged warehouse[] update acme[credentials,] unchanged sketch[] "},
      {"/integrations/0/credentials", nullptr, "unchanged warehouse[] unchanged acme[] unchanged sketch[] "},
      {"/destinations/0/parameters/port", 5433, "update warehouse[parameters,] unchanged acme[] unchanged sketch[] "},
      {"/destinations/0/password", "pw", "unchanged warehouse[] unchanged acme[] unchanged sketch[] "},
      {"/destinations/0/password", "other", "update warehouse[password,] unchanged acme[] unchanged sketch[] "},
      {"/destinations/0/password", nullptr, "update warehouse[password,] unchanged acme[] unchanged sketch[] "},
      {"/integrations/1/confirmed", true,
       "unchanged warehouse[] unchanged acme[] update sketch[destination,] -authenticate -select "},
      {"/integrations/1/destination",
       {{"destination", "warehouse"}},
       "unchanged warehouse[] unchanged acme[] update sketch[destination,] "},
  };
  for (const Case& each : cases) {
    Json document = same_document();
    document[Json::json_pointer(each.pointer)] = each.value;
    EXPECT_EQ(plan(document), each.plan) << each.pointer << " " << each.value;
  }
}

TEST_F(Planning, refuses_what_cannot_be_with_pointers) {
  struct Case {
    const char* pointer;
    Json value;
    const char* problems;
  };
  const Case cases[] = {
      {"/integrations/0/connector", "shopp",
       "/integrations/0/connector:unknown_connector /integrations/0/connector:immutable_field "},
      {"/integrations/0/name", "Acme", "/integrations/0/name:immutable_field "},
      {"/integrations/0/confirmed", false, "/integrations/0/confirmed:immutable_field "},
      {"/integrations/0/destination/schema", "other", "/integrations/0/destination/schema:immutable_field "},
      {"/integrations/0/destination/destination", "embedded",
       "/integrations/0/destination/destination:immutable_field "},
      {"/integrations/1/destination",
       {{"destination", "nowhere"}},
       "/integrations/1/destination/destination:unknown_destination "},
      {"/integrations/0/start_date", "2030-01-01", "/integrations/0/start_date:start_date_in_future "},
      {"/integrations/0/selection/tables/0/name", "nope", "/integrations/0/selection/tables/0/name:unknown_table "},
      {"/integrations/0/credentials/store_hash", "other1", "/integrations/0/credentials:different_store "},
      {"/integrations/0/credentials",
       {{"store_hash", "acme1"}},
       "/integrations/0/credentials/access_token:invalid_credentials "},
      {"/integrations/1/name", "ACME",
       "/integrations/1/name:duplicate_name /integrations/1/name:immutable_field "
       "/integrations/1/confirmed:immutable_field "},
      {"/integrations/1/name", std::string(60, 'x'), "/integrations/1/name:name_too_long "},
      {"/destinations/0/name", "embedded", "/destinations/0/name:embedded_destination "},
      {"/destinations/0/parameters/hst", "x", "/destinations/0/parameters/hst:invalid_destination "},
  };
  for (const Case& each : cases) {
    Json document = same_document();
    document[Json::json_pointer(each.pointer)] = each.value;
    EXPECT_EQ(plan(document), each.problems) << each.pointer << " " << each.value;
  }
}

TEST_F(Planning, makes_what_is_missing_and_says_which_tables_that_creates) {
  Json document = same_document();
  document["integrations"][0]["name"] = "other";
  document["integrations"][0]["destination"] = {{"destination", "lake"}};
  document["destinations"][0]["name"] = "lake";

  EXPECT_EQ(plan(document),
            "create lake[parameters,] create other[frequency,on_new_fields,credentials,selection,"
            "destination,paused,confirmed,] +public.other_orders unchanged sketch[] ");
}

TEST_F(Planning, chooses_the_daemons_own_destination_for_what_names_none) {
  Json document = same_document();
  document["integrations"][0]["name"] = "other";
  document["integrations"][0].erase("destination");

  EXPECT_NE(plan(document).find("+public.other_orders"), std::string::npos) << plan(document);
}

TEST_F(Planning, prunes_what_is_not_named_but_not_what_is_used) {
  const Json only_acme{{"version", 1}, {"integrations", {{{"name", "acme"}, {"connector", "shop"}}}}};

  EXPECT_EQ(plan(only_acme, true), "unchanged acme[] delete sketch[] ");
  EXPECT_EQ(plan({{"version", 1}}, true), "delete warehouse[] delete acme[] delete sketch[] ");
}

TEST_F(Planning, remembers_references_and_only_where_secrets_belong) {
  Json document = same_document();
  Json& credentials = document["integrations"][0]["credentials"];
  credentials["access_token"] = {{"from_env", "SLUICE_SECRET_ACME"}};
  secrets_["/integrations/0/credentials/access_token"] = Secret(token);
  // The same secret, now by reference: worth remembering, though no login.
  EXPECT_EQ(plan(document), "unchanged warehouse[] update acme[credentials,] unchanged sketch[] ");
  state_.integrations[0].reference = credentials;
  EXPECT_EQ(plan(document), all_the_same);
  credentials["store_hash"] = {{"from_env", "SLUICE_SECRET_HASH"}};
  secrets_["/integrations/0/credentials/store_hash"] = Secret("acme1");

  EXPECT_EQ(plan(document), "/integrations/0/credentials/store_hash:no_secret_here ");
}

}  // namespace
}  // namespace sluice::api
