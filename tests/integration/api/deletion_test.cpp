// Integrations that are deleted while a run of theirs is open, or while their tables cannot be dropped.
#include "scheduler/remover.hpp"
#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/test_postgres.hpp"

namespace sluice {
namespace {

using namespace std::chrono_literals;

class ApiDeletion : public ApiFixture {
 protected:
  const std::string path = "/v1/integrations/acme";

  /// What any daemon does by itself.
  Removal sweep() {
    const std::function<DestinationAddress(const DestinationRecord&)> address_of =
        [this](const DestinationRecord&) -> DestinationAddress {
      if (is_destination_down) throw Error(ErrorKind::transient, "destination.unreachable", "connection refused");
      return parse_connection_url(Secret(destination_url_));
    };
    return remove_next({integrations_, destinations_, connectors_, address_of}, std::nullopt, Log("remover"));
  }
  void let_it_be_due() {
    TestPostgres::execute(control_url_,
                          "update sluice.integrations set deletion_due_at = now() where state = 'deleting'");
  }
  std::string tables_left() {
    return destination_sql("select count(*) from information_schema.tables where table_name = 'acme_orders'");
  }

  bool is_destination_down = false;
};

TEST_F(ApiDeletion, goes_on_by_itself_when_the_run_is_over) {
  confirmed("acme");
  const auto run = queue_.claim("worker", 1h);
  ASSERT_TRUE(queue_.start_job(run->run.id, run->epoch, run->jobs[0].id, JobKind::initial));

  const auto begun = ask("DELETE", path + "?data=drop", {{"confirm_name", "acme"}}, any_version);

  EXPECT_EQ(begun.status, 202) << begun.text;
  EXPECT_EQ(begun.json["state"], "deleting");
  EXPECT_EQ(begun.json["deletion"]["data"], "drop");
  EXPECT_EQ(begun.header("Location"), "/v1/integrations/" + begun.json["id"].get<std::string>());
  EXPECT_EQ(sweep(), Removal::none) << "its run holds its lease";
  EXPECT_EQ(ask("POST", "/v1/integrations", {{"name", "acme"}, {"connector", "shop"}}).code(), "name_taken");
  TestPostgres::execute(control_url_, "update sluice.runs set lease_until = now() - interval '1 s'");
  EXPECT_EQ(sweep(), Removal::done);

  EXPECT_EQ(ask("GET", path).status, 404);
  EXPECT_EQ(tables_left(), "0");
  EXPECT_EQ(sweep(), Removal::none);
  EXPECT_EQ(ask("POST", "/v1/integrations", {{"name", "acme"}, {"connector", "shop"}}).status, 201);
}

TEST_F(ApiDeletion, waits_as_long_as_the_caller_prefers) {
  confirmed("acme");
  const auto run = queue_.claim("worker", 1h);
  ASSERT_TRUE(run);

  const auto waited = ask("DELETE", path, nullptr, {{"If-Match", "*"}, {"Prefer", "wait=1"}});

  EXPECT_EQ(waited.status, 202) << waited.text;
  EXPECT_EQ(waited.header("Preference-Applied"), "wait=1");
  TestPostgres::execute(control_url_, "update sluice.runs set lease_until = now() + interval '1 s'");
  EXPECT_EQ(ask("DELETE", path, nullptr, {{"If-Match", "*"}, {"Prefer", "wait=30"}}).status, 204);
}

TEST_F(ApiDeletion, says_what_holds_it_up_and_tries_again) {
  confirmed("acme");
  const auto run = queue_.claim("worker", 1h);
  ask("DELETE", path + "?data=drop", {{"confirm_name", "acme"}}, any_version);
  TestPostgres::execute(control_url_, "update sluice.runs set lease_until = now() - interval '1 s'");
  is_destination_down = true;

  EXPECT_EQ(sweep(), Removal::delayed);
  EXPECT_EQ(sweep(), Removal::none) << "not at once";

  const auto shown = ask("GET", path);
  EXPECT_EQ(shown.json["state"], "deleting");
  EXPECT_EQ(shown.json["deletion"]["failed_attempts"], 1);
  EXPECT_EQ(shown.json["deletion"]["error"]["code"], "destination.unreachable");
  let_it_be_due();
  is_destination_down = false;
  EXPECT_EQ(sweep(), Removal::done);
  EXPECT_EQ(tables_left(), "0");
}

TEST_F(ApiDeletion, lets_go_of_tables_that_cannot_be_dropped_when_told_so) {
  confirmed("acme");
  const auto run = queue_.claim("worker", 1h);
  ask("DELETE", path + "?data=drop", {{"confirm_name", "acme"}}, any_version);
  TestPostgres::execute(control_url_, "update sluice.runs set lease_until = now() - interval '1 s'");
  is_destination_down = true;
  ASSERT_EQ(sweep(), Removal::delayed);

  EXPECT_EQ(ask("DELETE", path + "?data=keep", nullptr, any_version).status, 204);

  EXPECT_EQ(tables_left(), "1");
}

TEST_F(ApiDeletion, is_rehearsed_without_a_trace) {
  confirmed("acme");
  const auto before = fingerprint();

  const auto plan = ask("DELETE", path + "?data=drop&dry_run=true", {{"confirm_name", "acme"}}, any_version);

  EXPECT_EQ(plan.status, 200) << plan.text;
  EXPECT_NE(plan.json["drops"].dump().find("public.acme_orders"), std::string::npos) << plan.text;
  EXPECT_EQ(fingerprint(), before);
  EXPECT_EQ(tables_left(), "1");
}

}  // namespace
}  // namespace sluice
