// Messages on their way to a receiver on the loopback interface.
#include "scheduler/webhook_courier.hpp"

#include "scheduler/webhook_signature.hpp"
#include "tests/integration/storage/control_fixture.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/raw_peer.hpp"
#include "tests/support/run_to_end.hpp"
#include "tests/support/running_listener.hpp"

#include <boost/asio/io_context.hpp>

#include <deque>
#include <mutex>
#include <thread>

namespace sluice {
namespace {

using namespace std::chrono_literals;

/// Answers from a script, 200 when that is over, and remembers what it was sent.
class Receiver {
 public:
  explicit Receiver(std::deque<HttpResponse> script) : script_(std::move(script)) {}

  std::string url(const std::string& target = "/hooks?from=sluice") const { return listener_.url() + target; }
  std::string authority() const { return "127.0.0.1:" + std::to_string(listener_.port()); }
  std::vector<HttpRequest> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  static Task<HttpAnswer> at_once(HttpResponse response) {
    HttpAnswer answer;
    answer.response = std::move(response);
    co_return answer;
  }
  Task<HttpAnswer> take(HttpRequest request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
    HttpResponse response;
    if (!script_.empty()) {
      response = std::move(script_.front());
      script_.pop_front();
    }
    return at_once(std::move(response));
  }

  std::mutex mutex_;
  std::deque<HttpResponse> script_;
  std::vector<HttpRequest> requests_;
  RunningListener listener_{[this](HttpRequest request, HttpPeer) { return take(std::move(request)); }};
};

class Courier : public ControlFixture {
 protected:
  /// A webhook at `url`, which the operator allows.
  NewWebhook hook(const std::string& url, const std::string& authority) {
    webhooks.emplace(database, box, OutgoingGuard({authority}));
    courier.emplace(WebhookCourierContext{pool, clock, stop, *webhooks}, settings(), Log("webhooks"));
    return webhooks->create({url, {"*"}, {}});
  }
  NewWebhook hook(const Receiver& receiver) { return hook(receiver.url(), receiver.authority()); }
  static WebhookCourierSettings settings() {
    WebhookCourierSettings settings;
    settings.worker = "here";
    settings.deadline = 3s;
    settings.look_for_stale = 100ms;
    return settings;
  }
  /// One attempt of whatever is next; false when nothing is due.
  bool deliver_next() {
    auto claimed = webhooks->claim("here", 1min);
    if (!claimed) return false;
    run_to_end(io, done(courier->deliver(std::move(*claimed))));
    return true;
  }
  static Task<bool> done(Task<void> task) {
    co_await std::move(task);
    co_return true;
  }
  void make_due() { sql("update sluice.webhook_deliveries set next_attempt_at = now() where state = 'pending'"); }
  void fail(const std::string& name) {
    sql("update sluice.integrations set health = 'failing' where name = '" + name + "'");
  }
  Delivery only_delivery(const Webhook& webhook) {
    const auto all = webhooks->deliveries(webhook.id, {})->items;
    EXPECT_EQ(all.size(), 1U);
    return all.at(0);
  }

  boost::asio::io_context io;
  BlockingPool pool{2};
  SystemClock clock;
  Stop stop;
  std::optional<Webhooks> webhooks;
  std::optional<WebhookCourier> courier;
};

TEST_F(Courier, sends_what_happened_with_a_signature_that_the_receiver_can_check) {
  Receiver receiver({});
  const NewWebhook made = hook(receiver);
  confirmed("acme");
  fail("acme");

  ASSERT_TRUE(deliver_next());

  ASSERT_EQ(receiver.requests().size(), 1U);
  const HttpRequest request = receiver.requests()[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/hooks?from=sluice");
  EXPECT_EQ(request.headers.find("Content-Type"), "application/json");
  const std::string id(request.headers.find("webhook-id").value_or(""));
  const std::int64_t at = std::stoll(std::string(request.headers.find("webhook-timestamp").value_or("0")));
  EXPECT_EQ(request.headers.find("webhook-signature"), webhook_signature(made.secret, id, at, request.body));
  const auto now = std::chrono::floor<std::chrono::seconds>(clock.now()).time_since_epoch().count();
  EXPECT_LE(std::abs(now - at), 60);
  const Json body = Json::parse(request.body);
  EXPECT_EQ(body["type"], "failure");
  EXPECT_EQ(body["data"]["integration"]["name"], "acme");
  const Delivery delivery = only_delivery(made.webhook);
  EXPECT_EQ(delivery.message, id);
  EXPECT_EQ(to_string(delivery.state), "delivered");
  EXPECT_EQ(delivery.attempts.at(0).status, 200);
}

TEST_F(Courier, tries_again_after_a_500_with_the_same_message) {
  Receiver receiver({{500, {}, "no"}, {503, {{"Retry-After", "7200"}}, "not yet"}, {204, {}, ""}});
  const NewWebhook made = hook(receiver);
  confirmed("acme");
  fail("acme");

  EXPECT_TRUE(deliver_next());
  EXPECT_FALSE(deliver_next()) << "not at once";
  EXPECT_EQ(to_string(only_delivery(made.webhook).state), "pending");
  make_due();
  EXPECT_TRUE(deliver_next());
  EXPECT_GT(*only_delivery(made.webhook).next_attempt_at - clock.now(), 119min) << "as the receiver asked";
  make_due();
  EXPECT_TRUE(deliver_next());

  const auto requests = receiver.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[1].headers.find("webhook-id"), requests[0].headers.find("webhook-id"));
  EXPECT_EQ(requests[1].body, requests[0].body);
  const Delivery delivery = only_delivery(made.webhook);
  EXPECT_EQ(to_string(delivery.state), "delivered");
  ASSERT_EQ(delivery.attempts.size(), 3U);
  EXPECT_EQ(delivery.attempts[0].status, 500);
  EXPECT_EQ(delivery.attempts[2].status, 204);
}

TEST_F(Courier, gives_up_after_eight_attempts) {
  Receiver receiver(std::deque<HttpResponse>(20, HttpResponse{500, {}, ""}));
  const NewWebhook made = hook(receiver);
  confirmed("acme");
  fail("acme");

  int attempts = 0;
  for (; deliver_next(); make_due()) ++attempts;

  EXPECT_EQ(attempts, 8);
  EXPECT_EQ(to_string(only_delivery(made.webhook).state), "failed");
  EXPECT_TRUE(webhooks->find(made.webhook.id)->settings.enabled) << "the next message is tried";
}

TEST_F(Courier, disables_a_webhook_whose_receiver_is_gone) {
  Receiver receiver({{410, {}, ""}});
  const NewWebhook made = hook(receiver);
  confirmed("acme");
  fail("acme");

  EXPECT_TRUE(deliver_next());
  sql("update sluice.integrations set health = 'ok'");

  EXPECT_EQ(to_string(only_delivery(made.webhook).state), "failed");
  EXPECT_EQ(webhooks->find(made.webhook.id)->disabled_reason, "gone");
  EXPECT_FALSE(deliver_next());
  EXPECT_EQ(receiver.requests().size(), 1U);
}

TEST_F(Courier, follows_no_redirect) {
  Receiver elsewhere({});
  Receiver receiver({{307, {{"Location", elsewhere.url("/steal")}}, ""}});
  const NewWebhook made = hook(receiver);
  webhooks->send_test(made.webhook.id);

  EXPECT_TRUE(deliver_next());

  EXPECT_TRUE(elsewhere.requests().empty());
  EXPECT_EQ(only_delivery(made.webhook).attempts.at(0).status, 307);
  EXPECT_EQ(to_string(only_delivery(made.webhook).state), "failed") << "a test is tried once";
}

TEST_F(Courier, does_not_call_a_name_that_leads_to_a_private_address) {
  const RawListener listener;
  const std::string authority = "localhost:" + std::to_string(listener.port());
  const NewWebhook made = hook("https://" + authority + "/x", "elsewhere");
  webhooks->send_test(made.webhook.id);

  EXPECT_TRUE(deliver_next());

  const Delivery delivery = only_delivery(made.webhook);
  EXPECT_EQ(delivery.attempts.at(0).status, std::nullopt);
  EXPECT_EQ(delivery.attempts.at(0).error, "http.forbidden_address");
}

TEST_F(Courier, stops_calling_what_the_operator_allows_no_longer) {
  Receiver receiver({});
  const NewWebhook made = hook(receiver);
  webhooks->send_test(made.webhook.id);
  webhooks.emplace(database, box, OutgoingGuard({}));

  EXPECT_TRUE(deliver_next());

  EXPECT_TRUE(receiver.requests().empty());
  EXPECT_EQ(only_delivery(made.webhook).attempts.at(0).error, "http.forbidden_url");
}

TEST_F(Courier, notes_a_receiver_that_does_not_answer) {
  RawListener listener;
  const NewWebhook made = hook(listener.url() + "/x", "127.0.0.1:" + std::to_string(listener.port()));
  webhooks->send_test(made.webhook.id);
  std::thread silent([&] {
    const RawPeer peer = listener.accept();
    peer.receive_all();
  });

  EXPECT_TRUE(deliver_next());
  silent.join();

  EXPECT_EQ(only_delivery(made.webhook).attempts.at(0).error, "http.timeout");
  EXPECT_GE(only_delivery(made.webhook).attempts.at(0).taken, 2900ms);
}

TEST_F(Courier, brings_everything_by_itself_until_it_is_stopped) {
  Receiver receiver({});
  const NewWebhook made = hook(receiver);
  confirmed("acme");
  std::thread daemon([&] { run_to_end(io, done(courier->run())); });

  fail("acme");
  EXPECT_TRUE(eventually(10s, [&] { return receiver.requests().size() == 1; }));
  sql("update sluice.integration_tables set watched_since = now() - interval '4 hours'");
  EXPECT_TRUE(eventually(10s, [&] { return receiver.requests().size() == 2; })) << "it looks for stale tables, too";
  stop.ask();
  daemon.join();

  EXPECT_EQ(Json::parse(receiver.requests().at(1).body)["type"], "stale");
}

}  // namespace
}  // namespace sluice
