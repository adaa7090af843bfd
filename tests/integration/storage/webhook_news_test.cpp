// News of schemas and of tables that are not as new as they should be.
#include "storage/freshness.hpp"
#include "storage/schema_changes.hpp"
#include "tests/integration/storage/webhooks_fixture.hpp"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class WebhookNews : public WebhooksTest {
 protected:
  /// An hourly integration whose tables have been loaded.
  IntegrationId loaded(const std::string& name, const std::vector<std::string>& tables = {"orders", "products"}) {
    const ClaimedRun run = claim_new_run(name, tables);
    for (std::size_t job = 0; job < run.jobs.size(); ++job) start_and_finish(run, job, success());
    release(run);
    return run.integration.id;
  }
  void look() { webhooks.announce_staleness(); }

  SchemaChanges changes{database};
};

TEST_F(WebhookNews, of_schemas_come_once_per_change_and_together_per_page) {
  const Webhook all = hook({"schema_change"});
  const IntegrationId id = ready_draft("acme").id;
  const auto seen = [](const char* field) {
    return SeenChange{SchemaChangeKind::new_field, field, "\"sample\"", ColumnType::text};
  };

  changes.note(id, "orders", {seen("gift_note"), seen("gift_wrap")});
  changes.note(id, "orders", {seen("gift_note")});
  ASSERT_THAT(told(all), ElementsAre("schema_change"));
  EXPECT_EQ(last_body()["data"]["table"], "orders");
  EXPECT_EQ(last_body()["data"]["changes"].size(), 2U);
  EXPECT_EQ(last_body()["data"]["changes"][0]["field"], "gift_note");
  EXPECT_FALSE(last_body().dump().find("sample") != std::string::npos) << "no value of a record leaves the daemon";
  changes.note(id, "orders", {seen("gift_note"), seen("gift_card")});

  EXPECT_THAT(told(all), ElementsAre("schema_change", "schema_change"));
  EXPECT_EQ(last_body()["data"]["changes"].size(), 1U);
}

TEST_F(WebhookNews, of_stale_tables_come_once_and_so_does_their_recovery) {
  const Webhook all = hook();
  loaded("acme");
  look();
  EXPECT_THAT(told(all), IsEmpty());

  age("orders", "2 hours 59 minutes");
  look();
  EXPECT_THAT(told(all), IsEmpty()) << "three times the frequency is not over";
  age("orders", "3 hours 1 minute");
  age("products", "4 hours");
  for (int i = 0; i < 3; ++i) look();
  ASSERT_THAT(told(all), ElementsAre("stale")) << "both tables in one message";
  EXPECT_EQ(last_body()["data"]["tables"].size(), 2U);
  EXPECT_EQ(last_body()["data"]["tables"][0]["name"], "orders");
  EXPECT_TRUE(last_body()["data"]["tables"][0]["replicated_until"].get<std::string>().ends_with("Z"));

  age("orders", "1 minute");
  for (int i = 0; i < 3; ++i) look();
  ASSERT_THAT(told(all), ElementsAre("stale", "recovery"));
  EXPECT_EQ(last_body()["data"]["recovered_from"], "stale");
  EXPECT_EQ(last_body()["data"]["tables"].size(), 1U);
  age("products", "1 minute");
  look();
  EXPECT_THAT(told(all), ElementsAre("stale", "recovery", "recovery"));
}

TEST_F(WebhookNews, of_stale_tables_survive_a_restart_and_a_second_daemon) {
  const Webhook all = hook();
  loaded("acme");
  age("orders", "4 hours");
  look();

  Database another({.url = Secret(url), .connections = 2});
  Webhooks after_restart(another, box, OutgoingGuard({}));
  after_restart.announce_staleness();
  std::vector<std::future<void>> daemons;
  age("products", "4 hours");
  for (int i = 0; i < 6; ++i) daemons.push_back(std::async(std::launch::async, [&] { look(); }));
  for (auto& daemon : daemons) daemon.get();

  EXPECT_THAT(told(all), ElementsAre("stale", "stale"));
}

TEST_F(WebhookNews, of_stale_tables_go_by_the_time_that_the_webhook_chose) {
  WebhookSettings patient{"https://hooks.example.com/x", {"stale"}, {}, 48h};
  const Webhook slow = webhooks.create(patient).webhook;
  const Webhook usual = hook({"stale"});
  loaded("acme");
  age("orders", "4 hours");

  look();
  EXPECT_THAT(told(slow), IsEmpty());
  EXPECT_THAT(told(usual), ElementsAre("stale"));
  age("orders", "49 hours");
  look();

  EXPECT_THAT(told(slow), ElementsAre("stale"));
  EXPECT_THAT(told(usual), ElementsAre("stale"));
}

TEST_F(WebhookNews, of_a_table_that_never_loads_come_when_it_should_have) {
  const Webhook all = hook({"stale"});
  confirmed("acme", {"orders"});
  look();
  EXPECT_THAT(told(all), IsEmpty());

  age("orders", "4 hours");
  look();

  ASSERT_THAT(told(all), ElementsAre("stale"));
  EXPECT_EQ(last_body()["data"]["tables"][0]["replicated_until"], nullptr);
}

TEST_F(WebhookNews, of_staleness_leave_out_what_is_paused_and_give_it_time_afterwards) {
  const Webhook all = hook({"stale", "recovery"});
  const IntegrationId id = loaded("acme");
  integrations.pause(id, "maintenance");
  age("orders", "50 hours");
  age("products", "50 hours");
  look();
  EXPECT_THAT(told(all), IsEmpty());

  integrations.resume(id);
  look();
  EXPECT_THAT(told(all), IsEmpty()) << "its run has not begun yet";
  age("orders", "51 hours");
  look();

  EXPECT_THAT(told(all), ElementsAre("stale"));
}

TEST_F(WebhookNews, of_staleness_end_quietly_with_the_table) {
  const Webhook all = hook({"stale", "recovery"});
  const IntegrationId id = loaded("acme");
  age("orders", "4 hours");
  look();

  integrations.begin_delete(id, std::nullopt);
  look();

  EXPECT_THAT(told(all), ElementsAre("stale"));
  EXPECT_EQ(sql("select count(*) from sluice.stale_notices"), "0");
}

TEST_F(WebhookNews, show_freshness_of_confirmed_integrations_or_of_the_one_named) {
  const IntegrationId id = ready_draft("a_draft").id;
  loaded("acme");

  const auto all = table_freshness(database, std::nullopt);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].integration_name, "acme");
  EXPECT_EQ(all[0].table, "orders");
  EXPECT_EQ(all[0].frequency.interval, Duration(1h));
  EXPECT_TRUE(all[0].last_replicated_at);
  EXPECT_EQ(table_freshness(database, id).size(), 2U);
}

TEST_F(WebhookNews, show_freshness_with_the_schedule_that_a_table_follows) {
  const IntegrationId id = loaded("acme");
  const Cron at_six{"0 6 * * *", "Europe/Berlin"};
  const QuietHours night{{22h, 6h, "UTC"}};
  integrations.change(id, {.frequency = Frequency{.interval = {}, .cron = at_six}, .quiet_hours = night}, std::nullopt);
  integrations.set_table_settings(id, "orders", {.frequency = Frequency{30min}}, std::nullopt);

  const auto tables = table_freshness(database, id);

  ASSERT_EQ(tables.size(), 2U);
  EXPECT_EQ(tables[0].frequency, Frequency{30min});
  EXPECT_EQ(tables[1].frequency.cron, at_six);
  EXPECT_EQ(tables[1].quiet_hours, night);
}

}  // namespace
}  // namespace sluice
