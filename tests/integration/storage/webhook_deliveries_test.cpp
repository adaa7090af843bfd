// How messages are claimed, tried and settled.
#include "tests/integration/storage/webhooks_fixture.hpp"

#include <set>

namespace sluice {
namespace {

class WebhookDeliveries : public WebhooksTest {
 protected:
  /// Oldest first.
  std::vector<Delivery> all(const Webhook& webhook) {
    auto deliveries = webhooks.deliveries(webhook.id, {500, {}})->items;
    std::ranges::sort(deliveries, {}, &Delivery::created_at);
    return deliveries;
  }
  static DeliveryOutcome delivered() { return {DeliveryState::delivered, {}, false, {Time{}, 204, "", 12ms}}; }
  static DeliveryOutcome again(Duration after) {
    return {DeliveryState::pending, after, false, {Time{}, 500, "", 1ms}};
  }
  static DeliveryOutcome gone() { return {DeliveryState::failed, {}, true, {Time{}, 410, "", 1ms}}; }
};

TEST_F(WebhookDeliveries, are_claimed_with_all_that_an_attempt_needs) {
  const NewWebhook made = webhooks.create({"https://hooks.example.com/x", {"*"}, {}});
  const Delivery queued = webhooks.send_test(made.webhook.id);

  const auto claimed = webhooks.claim("a", lease);

  ASSERT_TRUE(claimed);
  EXPECT_EQ(claimed->id, queued.id);
  EXPECT_EQ(claimed->url, "https://hooks.example.com/x");
  EXPECT_EQ(claimed->event, "test");
  EXPECT_EQ(claimed->secret.reveal(), made.secret.reveal());
  EXPECT_EQ(Json::parse(claimed->body)["type"], "test");
  EXPECT_EQ(claimed->attempt, 1);
  EXPECT_FALSE(webhooks.claim("b", lease)) << "one attempt is one daemon's";
  EXPECT_TRUE(webhooks.settle(*claimed, delivered()));
  EXPECT_FALSE(webhooks.settle(*claimed, delivered())) << "once";
  EXPECT_EQ(all(made.webhook)[0].state, DeliveryState::delivered);
  EXPECT_EQ(all(made.webhook)[0].attempts[0].status, 204);
  EXPECT_EQ(all(made.webhook)[0].attempts[0].taken, 12ms);
}

TEST_F(WebhookDeliveries, are_made_by_one_of_many_daemons_each) {
  constexpr int count = 40;
  for (int i = 0; i < count; ++i) webhooks.send_test(hook().id);
  const auto daemon = [this](const std::string& name) {
    std::vector<std::string> mine;
    while (const auto claimed = webhooks.claim(name, lease)) mine.push_back(claimed->id.str());
    return mine;
  };

  std::vector<std::future<std::vector<std::string>>> daemons;
  for (int i = 0; i < 6; ++i) daemons.push_back(std::async(std::launch::async, daemon, "d" + std::to_string(i)));
  std::set<std::string> seen;
  for (auto& each : daemons) {
    for (const auto& id : each.get()) EXPECT_TRUE(seen.insert(id).second) << id << " was claimed twice";
  }
  // A claim that finds its candidate locked may give up early; what is left is claimed at the next look.
  while (const auto claimed = webhooks.claim("late", lease)) EXPECT_TRUE(seen.insert(claimed->id.str()).second);

  EXPECT_EQ(seen.size(), static_cast<std::size_t>(count));
}

TEST_F(WebhookDeliveries, wait_for_their_next_attempt) {
  const Webhook one = hook();
  webhooks.send_test(one.id);
  EXPECT_EQ(webhooks.until_next_due(), Duration(0));
  webhooks.settle(*webhooks.claim("a", lease), again(1h));

  EXPECT_FALSE(webhooks.claim("a", lease));
  EXPECT_GT(*webhooks.until_next_due(), 59min);
  sql("update sluice.webhook_deliveries set next_attempt_at = now()");
  const auto second = webhooks.claim("a", lease);

  ASSERT_TRUE(second);
  EXPECT_EQ(second->attempt, 2);
  EXPECT_TRUE(webhooks.settle(*second, delivered()));
  EXPECT_EQ(all(one)[0].attempts.size(), 2U);
  EXPECT_EQ(webhooks.until_next_due(), std::nullopt);
}

TEST_F(WebhookDeliveries, are_taken_over_when_their_daemon_is_lost) {
  webhooks.send_test(hook().id);
  const auto lost = webhooks.claim("a", lease);
  sql("update sluice.webhook_deliveries set lease_until = now() - interval '1 s'");

  const auto taken = webhooks.claim("b", lease);

  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->id, lost->id);
  EXPECT_EQ(taken->message, lost->message) << "the receiver can tell that it is the same";
  EXPECT_FALSE(webhooks.settle(*lost, delivered()));
  EXPECT_TRUE(webhooks.settle(*taken, delivered()));
}

TEST_F(WebhookDeliveries, go_one_at_a_time_to_one_receiver) {
  const Webhook slow = hook();
  webhooks.send_test(slow.id);
  webhooks.send_test(slow.id);
  const Webhook other = hook();
  webhooks.send_test(other.id);

  const auto first = webhooks.claim("a", lease);
  const auto second = webhooks.claim("a", lease);

  EXPECT_EQ(first->webhook, slow.id);
  EXPECT_EQ(second->webhook, other.id);
  EXPECT_FALSE(webhooks.claim("a", lease));
  webhooks.settle(*first, delivered());
  EXPECT_TRUE(webhooks.claim("a", lease));
}

TEST_F(WebhookDeliveries, end_with_a_receiver_that_is_gone_until_it_is_enabled) {
  const Webhook one = hook();
  webhooks.send_test(one.id);
  webhooks.send_test(one.id);

  EXPECT_TRUE(webhooks.settle(*webhooks.claim("a", lease), gone()));

  EXPECT_FALSE(webhooks.find(one.id)->settings.enabled);
  EXPECT_EQ(webhooks.find(one.id)->disabled_reason, "gone");
  EXPECT_EQ(all(one)[0].state, DeliveryState::failed);
  EXPECT_EQ(all(one)[1].state, DeliveryState::cancelled);
  EXPECT_EQ(code_thrown_by([&] { webhooks.send_test(one.id); }), "webhook.disabled");
  EXPECT_EQ(code_thrown_by([&] { webhooks.redeliver(one.id, all(one)[1].id); }), "webhook.disabled");
  EXPECT_EQ(webhooks.change(one.id, {.enabled = true})->disabled_reason, "");
  webhooks.send_test(one.id);
  EXPECT_TRUE(webhooks.claim("a", lease));
}

TEST_F(WebhookDeliveries, are_made_again_under_the_same_message) {
  const Webhook one = hook();
  webhooks.send_test(one.id);
  webhooks.settle(*webhooks.claim("a", lease), delivered());
  const Delivery first = all(one)[0];

  const auto again = webhooks.redeliver(one.id, first.id);

  ASSERT_TRUE(again);
  EXPECT_NE(again->id, first.id);
  EXPECT_EQ(again->message, first.message);
  EXPECT_EQ(webhooks.claim("a", lease)->id, again->id);
  EXPECT_EQ(webhooks.redeliver(one.id, DeliveryId("dlv_none")), std::nullopt);
  EXPECT_EQ(webhooks.redeliver(hook().id, first.id), std::nullopt) << "of another webhook";
}

TEST_F(WebhookDeliveries, are_forgotten_when_old_and_over) {
  const Webhook one = hook();
  webhooks.send_test(one.id);
  webhooks.settle(*webhooks.claim("a", lease), delivered());
  webhooks.send_test(one.id);
  sql("update sluice.webhook_messages set created_at = now() - interval '31 days'");

  webhooks.forget_old(30 * 24h);

  ASSERT_EQ(all(one).size(), 1U);
  EXPECT_EQ(all(one)[0].state, DeliveryState::pending);
}

TEST_F(WebhookDeliveries, do_not_hold_up_the_removal_of_their_webhook) {
  const Webhook one = hook();
  webhooks.send_test(one.id);
  const auto claimed = webhooks.claim("a", lease);

  EXPECT_TRUE(webhooks.remove(one.id));

  EXPECT_FALSE(webhooks.settle(*claimed, delivered()));
  EXPECT_EQ(webhooks.deliveries(one.id, {}), std::nullopt);
  EXPECT_EQ(code_thrown_by([&] { webhooks.send_test(one.id); }), "webhook.unknown");
}

}  // namespace
}  // namespace sluice
