#include "scheduler/webhook_courier.hpp"

#include "connectors/http/client.hpp"
#include "core/backoff.hpp"
#include "core/error.hpp"
#include "scheduler/webhook_retry.hpp"
#include "scheduler/webhook_signature.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <list>
#include <utility>

namespace sluice {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// An answer says something by its status only.
constexpr std::size_t answer_limit = 256 * 1024;

HttpClientSettings client_settings(const WebhookCourierSettings& settings, const OutgoingTarget& target) {
  HttpClientSettings client;
  client.base_url = target.base_url;
  client.ca_file = settings.ca_file;
  client.connections = 1;
  client.body_limit = answer_limit;
  client.decoded_limit = answer_limit;
  client.connect_timeout = settings.deadline / 3;
  client.idle_timeout = settings.deadline;
  client.total_deadline = settings.deadline;
  client.addresses = target.addresses;
  return client;
}

HttpRequest request_of(const ClaimedDelivery& claimed, const OutgoingTarget& target, Time now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  HttpRequest request;
  request.method = "POST";
  request.target = target.target;
  request.headers = webhook_headers(claimed.secret, claimed.message, seconds, claimed.body);
  request.headers.add("Content-Type", "application/json");
  request.headers.add("Accept-Encoding", "identity");
  request.body = claimed.body;
  return request;
}

}  // namespace

struct WebhookCourier::State {
  WebhookCourierContext context;
  WebhookCourierSettings settings;
  Log log;
  Event changed = {};
  std::list<asio::cancellation_signal> under_way = {};
  std::optional<SteadyTime> stale_looked_at = {};
  std::optional<SteadyTime> cleaned_at = {};

  bool is_time(std::optional<SteadyTime>& last, Duration interval) const;
  Task<void> tick(WebhookCourier& courier);
  Task<HttpResponse> send(const ClaimedDelivery& claimed);
  Task<Duration> sleep_time();
};

WebhookCourier::WebhookCourier(WebhookCourierContext context, WebhookCourierSettings settings, Log log)
    : state_(std::make_unique<State>(State{context, std::move(settings), std::move(log)})) {}

WebhookCourier::~WebhookCourier() = default;

void WebhookCourier::wake() { state_->changed.notify(); }

void WebhookCourier::insist() {
  for (asio::cancellation_signal& signal : state_->under_way) signal.emit(asio::cancellation_type::terminal);
}

Task<void> WebhookCourier::run() {
  State& state = *state_;
  int failures = 0;
  while (!state.context.stop.is_asked()) {
    const auto ticked = co_await attempt(state.tick(*this));
    Duration wait = 2s;
    if (ticked) {
      failures = 0;
      const auto time = co_await attempt(state.sleep_time());
      if (time) wait = time.value();
    } else {
      wait = backoff_delay({1s, 1min}, ++failures, random_unit());
      state.log.warn("webhooks wait for the control database",
                     {{"reason", to_error(ticked.failure()).message()}, {"failures", failures}});
    }
    if (!state.context.stop.is_asked()) co_await state.changed.wait(wait);
  }
  while (!state.under_way.empty()) co_await state.changed.wait(1s);
}

bool WebhookCourier::State::is_time(std::optional<SteadyTime>& last, Duration interval) const {
  const SteadyTime now = context.clock.steady_now();
  if (last && now - *last < interval) return false;
  last = now;
  return true;
}

Task<void> WebhookCourier::State::tick(WebhookCourier& courier) {
  const auto executor = co_await asio::this_coro::executor;
  if (is_time(stale_looked_at, settings.look_for_stale)) {
    co_await context.pool.run([this] { context.webhooks.announce_staleness(); });
  }
  if (is_time(cleaned_at, 1h)) {
    co_await context.pool.run([this] { context.webhooks.forget_old(settings.keep); });
  }
  while (under_way.size() < settings.deliveries && !context.stop.is_asked()) {
    // Longer than an attempt can take.
    const Duration lease = 2 * settings.deadline + 30s;
    auto claimed = co_await context.pool.run([&] { return context.webhooks.claim(settings.worker, lease); });
    if (!claimed) co_return;
    const auto signal = under_way.emplace(under_way.end());
    auto at_end = [this, signal](std::exception_ptr failure) {
      if (failure) log.warn("a delivery was not settled", {{"reason", to_error(failure).message()}});
      under_way.erase(signal);
      changed.notify();
    };
    asio::co_spawn(executor, courier.deliver(std::move(*claimed)),
                   asio::bind_cancellation_slot(signal->slot(), std::move(at_end)));
  }
}

/// Messages come from other daemons and from transactions that know nothing of us, so never long.
Task<Duration> WebhookCourier::State::sleep_time() {
  constexpr Duration longest = 2s;
  const auto due = co_await context.pool.run([this] { return context.webhooks.until_next_due(); });
  // What is due and was not claimed waits for a delivery that is under way.
  co_return std::clamp<Duration>(due.value_or(longest), 500ms, longest);
}

Task<HttpResponse> WebhookCourier::State::send(const ClaimedDelivery& claimed) {
  const OutgoingTarget target = context.webhooks.guard().check(claimed.url);
  const auto executor = co_await asio::this_coro::executor;
  // Authorities are read from a file.
  const auto client =
      co_await context.pool.run([&] { return make_http_client(executor, client_settings(settings, target)); });
  auto request = request_of(claimed, target, context.clock.now());
  co_return co_await client->send(std::move(request));
}

Task<void> WebhookCourier::deliver(ClaimedDelivery claimed) {
  State& state = *state_;
  const Time at = state.context.clock.now();
  const SteadyTime begin = state.context.clock.steady_now();
  const auto sent = co_await attempt(state.send(claimed));
  // Who tests wants an answer now, not tomorrow.
  const int number = claimed.event == "test" ? most_delivery_attempts : claimed.attempt;
  DeliveryOutcome outcome = sent ? judge_delivery(sent.value(), number, random_unit())
                                 : judge_delivery(to_error(sent.failure()), number, random_unit());
  outcome.attempt.at = at;
  outcome.attempt.taken = std::chrono::duration_cast<Duration>(state.context.clock.steady_now() - begin);
  const bool is_ours = co_await state.context.pool.run([&] { return state.context.webhooks.settle(claimed, outcome); });
  LogFields fields{{"webhook", claimed.webhook.str()},
                   {"delivery", claimed.id.str()},
                   {"event", claimed.event},
                   {"attempt", claimed.attempt},
                   {"status", outcome.attempt.status.value_or(0)},
                   {"reason", outcome.attempt.error},
                   {"settled", is_ours}};
  if (outcome.state == DeliveryState::delivered) {
    state.log.info("webhook delivered", fields);
  } else if (outcome.state == DeliveryState::pending) {
    state.log.warn("webhook not delivered, trying again", fields);
  } else {
    state.log.error(outcome.is_gone ? "webhook is gone, disabled" : "webhook given up", fields);
  }
}

}  // namespace sluice
