// Who is told what: one message per change of state, in the transaction of the change.
#include "tests/integration/storage/webhooks_fixture.hpp"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(WebhooksTest, are_kept_with_a_secret_that_is_sealed) {
  const IntegrationId acme = draft("acme").id;

  const NewWebhook made = webhooks.create({"https://hooks.example.com/x", {"failure", "stale"}, {acme}, 6h, true});

  EXPECT_TRUE(made.secret.reveal().starts_with("whsec_"));
  EXPECT_EQ(made.secret.reveal().size(), 50U);
  EXPECT_NE(webhooks.create({"https://hooks.example.com/x", {"*"}, {}}).secret.reveal(), made.secret.reveal());
  const auto found = webhooks.find(made.webhook.id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->settings.url, "https://hooks.example.com/x");
  EXPECT_THAT(found->settings.events, ElementsAre("failure", "stale"));
  EXPECT_THAT(found->settings.integrations, ElementsAre(acme));
  EXPECT_EQ(found->settings.stale_after, Duration(6h));
  EXPECT_EQ(sql("select count(*) from sluice.secrets where position('" + made.secret.reveal().substr(6) +
                "' in encode(sealed, 'escape')) > 0"),
            "0");
  EXPECT_EQ(webhooks.list({1, {}}).items.size(), 1U);
  EXPECT_TRUE(webhooks.remove(made.webhook.id));
  EXPECT_FALSE(webhooks.remove(made.webhook.id));
  EXPECT_EQ(sql("select count(*) from sluice.secrets where owner = '" + made.webhook.id.str() + "'"), "0");
}

TEST_F(WebhooksTest, are_not_made_for_a_url_that_may_not_be_called) {
  EXPECT_EQ(code_thrown_by([&] { webhooks.create({"https://127.0.0.1/x", {"*"}, {}}); }), "http.forbidden_url");
  const Webhook one = hook();
  EXPECT_EQ(code_thrown_by([&] { webhooks.change(one.id, {.url = "http://hooks.example.com"}); }),
            "http.forbidden_url");
  EXPECT_EQ(sql("select count(*) from sluice.webhooks"), "1");
}

TEST_F(WebhooksTest, keep_what_a_change_does_not_name) {
  const Webhook one = webhooks.create({"https://hooks.example.com/x", {"failure"}, {}, 6h}).webhook;
  std::vector<std::future<void>> clients;
  clients.push_back(
      std::async(std::launch::async, [&] { webhooks.change(one.id, {.url = "https://other.example/y"}); }));
  clients.push_back(
      std::async(std::launch::async, [&] { webhooks.change(one.id, {.events = std::vector<std::string>{"*"}}); }));
  clients.push_back(std::async(std::launch::async, [&] { webhooks.change(one.id, {.enabled = false}); }));
  for (auto& client : clients) client.get();

  const WebhookSettings now = webhooks.find(one.id)->settings;
  EXPECT_EQ(now.url, "https://other.example/y");
  EXPECT_THAT(now.events, ElementsAre("*"));
  EXPECT_EQ(now.stale_after, Duration(6h));
  EXPECT_FALSE(now.enabled);
  EXPECT_EQ(webhooks.change(WebhookId("whk_none"), {}), std::nullopt);
}

TEST_F(WebhooksTest, are_told_once_per_change_of_health_and_of_nothing_else) {
  struct Step {
    Health health;
    const char* news;  // "" when there is none
  };
  constexpr Step steps[] = {
      {Health::ok, ""},  // the first success is no recovery
      {Health::degraded, "failure"},
      {Health::failing, ""},
      {Health::degraded, ""},
      {Health::ok, "recovery"},
      {Health::unknown, ""},
      {Health::ok, ""},
      {Health::failing, "failure"},
      {Health::auth_required, "auth_required"},
      {Health::failing, ""},  // credentials work again, the tables have not loaded yet
      {Health::auth_required, "auth_required"},
      {Health::unknown, ""},
      {Health::ok, "recovery"},
      {Health::auth_required, "auth_required"},
      {Health::ok, "recovery"},
      {Health::failing, "failure"},
      {Health::unknown, ""},  // what failed was deselected
      {Health::ok, "recovery"},
  };
  const Webhook all = hook();
  const IntegrationId id = confirmed("acme").id;
  std::vector<std::string> expected;
  for (const Step& step : steps) {
    set_health(id, step.health);
    if (*step.news != '\0') expected.emplace_back(step.news);
    ASSERT_EQ(told(all), expected) << "after " << to_string(step.health) << " at " << &step - steps;
  }
}

TEST_F(WebhooksTest, hear_of_a_failing_run_once_and_of_its_recovery_once) {
  const Webhook all = hook();
  const ClaimedRun first = claim_new_run("acme", {"orders", "products", "customers"});
  start_and_finish(first, 0, success());
  EXPECT_THAT(told(all), IsEmpty()) << "the first success";
  start_and_finish(first, 1, failure());
  start_and_finish(first, 2, failure());
  release(first);

  ASSERT_THAT(told(all), ElementsAre("failure")) << "one message, not one per job";
  const Json body = last_body();
  EXPECT_EQ(body["type"], "failure");
  EXPECT_EQ(body["data"]["integration"]["name"], "acme");
  EXPECT_EQ(body["data"]["health"], "degraded");
  EXPECT_EQ(body["data"]["tables"][0]["name"], "products");
  EXPECT_EQ(body["data"]["tables"][0]["error_code"], "source.scope_missing");
  EXPECT_TRUE(body["timestamp"].get<std::string>().ends_with("Z"));

  queue.trigger(first.integration.id, RunTrigger::manual);
  const ClaimedRun second = *queue.claim("worker", lease);
  for (std::size_t job = 0; job < 3; ++job) start_and_finish(second, job, success());
  EXPECT_THAT(told(all), ElementsAre("failure", "recovery"));
  EXPECT_EQ(last_body()["data"]["recovered_from"], "failing");
}

TEST_F(WebhooksTest, hear_of_refused_credentials_until_something_loads_again) {
  const Webhook all = hook();
  const ClaimedRun run = claim_new_run("acme", {"orders"});
  start(run, 0);

  refuse_credentials(run.integration.id);
  refuse_credentials(run.integration.id);
  release(run);
  EXPECT_THAT(told(all), ElementsAre("auth_required"));
  integrations.set_credentials(run.integration.id, "store1", "client1", Secret("new"), Json::object());
  EXPECT_THAT(told(all), ElementsAre("auth_required")) << "nothing has loaded yet";
  queue.trigger(run.integration.id, RunTrigger::manual);
  start_and_finish(*queue.claim("worker", lease), 0, success());

  EXPECT_THAT(told(all), ElementsAre("auth_required", "recovery"));
}

TEST_F(WebhooksTest, get_what_they_asked_for) {
  const IntegrationId acme = confirmed("acme").id;
  const IntegrationId other = confirmed("other").id;
  const Webhook failures = hook({"failure"});
  const Webhook recoveries = hook({"recovery", "stale"});
  const Webhook of_other = hook({"*"}, {other});
  const Webhook disabled = hook();
  webhooks.change(disabled.id, {.enabled = false});

  set_health(acme, Health::failing);
  set_health(acme, Health::ok);
  set_health(other, Health::failing);

  EXPECT_THAT(told(failures), ElementsAre("failure", "failure"));
  EXPECT_THAT(told(recoveries), ElementsAre("recovery"));
  EXPECT_THAT(told(of_other), ElementsAre("failure"));
  EXPECT_THAT(told(disabled), IsEmpty());
}

TEST_F(WebhooksTest, cost_nothing_when_there_are_none) {
  set_health(confirmed("acme").id, Health::failing);

  EXPECT_EQ(messages(), "0");
}

TEST_F(WebhooksTest, hear_nothing_of_a_change_that_is_rolled_back) {
  const Webhook all = hook();
  const IntegrationId id = confirmed("acme").id;

  sql("begin; update sluice.integrations set health = 'failing' where id = '" + id.str() + "'; rollback");

  EXPECT_THAT(told(all), IsEmpty());
}

TEST_F(WebhooksTest, hear_nothing_of_an_integration_on_its_way_out) {
  const Webhook all = hook();
  const IntegrationId id = confirmed("acme").id;
  integrations.begin_delete(id, std::nullopt);

  set_health(id, Health::failing);

  EXPECT_THAT(told(all), IsEmpty());
}

TEST_F(WebhooksTest, number_their_messages_like_everything_else) {
  hook();
  set_health(confirmed("acme").id, Health::failing);

  const std::string id = sql("select id from sluice.webhook_messages");

  EXPECT_TRUE(is_ulid(id.substr(4))) << id;
  const std::string now = make_ulid(SystemClock().now());
  EXPECT_EQ(id.substr(4, 5), now.substr(0, 5)) << "the same half hour";
}

}  // namespace
}  // namespace sluice
