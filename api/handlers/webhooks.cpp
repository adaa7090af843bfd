#include "storage/webhooks.hpp"

#include "api/handlers/handlers.hpp"
#include "api/handlers/lookup.hpp"
#include "api/problem.hpp"
#include "api/views/views.hpp"
#include "api/waiting.hpp"
#include "core/setting_value.hpp"

#include <algorithm>

namespace sluice::api {
namespace {

using namespace std::chrono_literals;

constexpr Duration usual_wait_for_test = 10s;
constexpr Duration pause_between_looks = 100ms;

/// Blocks.
std::vector<IntegrationId> named_integrations(const ApiContext& context, const Json& names) {
  std::vector<IntegrationId> ids;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto name = names[i].get<std::string>();
    const auto found = context.integrations.find(name);
    if (!found) {
      const std::string detail = "there is no integration \"" + quote_outside_text(name, 80) + "\"";
      throw refusal("unknown_integration", detail,
                    {{"/integrations/" + std::to_string(i), "unknown_integration", detail}});
    }
    if (std::ranges::find(ids, found->id) == ids.end()) ids.push_back(found->id);
  }
  return ids;
}

/// What the body says; null is the default. Blocks.
WebhookChanges changes_in(const ApiContext& context, const Call& call) {
  WebhookChanges changes;
  changes.url = call.text("url");
  if (const Json* events = call.member("events")) {
    changes.events = events->is_string() ? std::vector<std::string>{"*"} : events->get<std::vector<std::string>>();
  }
  if (call.body.contains("integrations")) {
    const Json* names = call.member("integrations");
    changes.integrations = names == nullptr ? std::vector<IntegrationId>{} : named_integrations(context, *names);
  }
  if (call.body.contains("stale_after")) {
    const auto text = call.text("stale_after");
    changes.stale_after = text ? parse_duration(*text) : std::nullopt;
  }
  if (const Json* enabled = call.member("enabled")) changes.enabled = enabled->get<bool>();
  return changes;
}

/// Blocks.
NewWebhook create(const ApiContext& context, const Call& call) {
  const WebhookChanges given = changes_in(context, call);
  return context.webhooks.create({given.url.value(), given.events.value(),
                                  given.integrations.value_or(std::vector<IntegrationId>{}),
                                  given.stale_after.value_or(std::nullopt), given.enabled.value_or(true)});
}

Task<Webhook> webhook_in_path(const ApiContext& context, const Call& call) {
  const std::string& id = call.path("webhook");
  auto found = co_await context.pool.run([&] { return context.webhooks.find(WebhookId(id)); });
  if (!found) throw not_found("webhook", id);
  co_return *std::move(found);
}

HttpResponse delivery_answer(int status, const Webhook& webhook, const Delivery& delivery) {
  HttpResponse response = answer(status, show_delivery(delivery));
  response.headers.set("Location", "/v1/webhooks/" + webhook.id.str() + "/deliveries");
  return response;
}

}  // namespace

Task<HttpResponse> list_webhooks(const ApiContext& context, const Call& call) {
  const PageRequest page = call.page();
  const auto listing = co_await context.pool.run([&] { return context.webhooks.list(page); });
  Json items = Json::array();
  for (const Webhook& webhook : listing.items) items.push_back(show_webhook(webhook));
  co_return list_answer(call, std::move(items), listing.next);
}

Task<HttpResponse> create_webhook(const ApiContext& context, const Call& call) {
  const auto made = co_await context.pool.run([&] { return create(context, call); });
  call.log.info("webhook created", {{"webhook", made.webhook.id.str()}});
  Json body = show_webhook(made.webhook);
  body["secret"] = made.secret.reveal();
  HttpResponse response = answer(201, body);
  response.headers.set("Location", "/v1/webhooks/" + made.webhook.id.str());
  co_return response;
}

Task<HttpResponse> get_webhook(const ApiContext& context, const Call& call) {
  const Webhook webhook = co_await webhook_in_path(context, call);
  co_return answer(200, show_webhook(webhook));
}

Task<HttpResponse> change_webhook(const ApiContext& context, const Call& call) {
  const WebhookId id(call.path("webhook"));
  const auto changed =
      co_await context.pool.run([&] { return context.webhooks.change(id, changes_in(context, call)); });
  if (!changed) throw not_found("webhook", id.str());
  call.log.info("webhook changed", {{"webhook", id.str()}});
  co_return answer(200, show_webhook(*changed));
}

Task<HttpResponse> delete_webhook(const ApiContext& context, const Call& call) {
  const std::string& id = call.path("webhook");
  const bool was_there = co_await context.pool.run([&] { return context.webhooks.remove(WebhookId(id)); });
  if (!was_there) throw not_found("webhook", id);
  call.log.info("webhook removed", {{"webhook", id}});
  HttpResponse response;
  response.status = 204;
  co_return response;
}

Task<HttpResponse> test_webhook(const ApiContext& context, const Call& call) {
  const Webhook webhook = co_await webhook_in_path(context, call);
  Delivery delivery = co_await context.pool.run([&] { return context.webhooks.send_test(webhook.id); });
  context.wake_scheduler();
  // Nobody sends what is only rehearsed.
  if (context.rehearsal != nullptr) co_return delivery_answer(202, webhook, delivery);
  const SteadyTime until =
      context.clock.steady_now() + preferred_wait(call.request.headers).value_or(usual_wait_for_test);
  while (delivery.attempts.empty() && context.clock.steady_now() < until && !context.stop.is_asked()) {
    co_await context.clock.sleep(pause_between_looks);
    const auto seen =
        co_await context.pool.run([&] { return context.webhooks.find_delivery(webhook.id, delivery.id); });
    if (!seen) break;
    delivery = *seen;
  }
  co_return delivery_answer(delivery.attempts.empty() ? 202 : 200, webhook, delivery);
}

Task<HttpResponse> list_deliveries(const ApiContext& context, const Call& call) {
  const PageRequest page = call.page();
  const WebhookId id(call.path("webhook"));
  const auto listing = co_await context.pool.run([&] { return context.webhooks.deliveries(id, page); });
  if (!listing) throw not_found("webhook", id.str());
  Json items = Json::array();
  for (const Delivery& delivery : listing->items) items.push_back(show_delivery(delivery));
  co_return list_answer(call, std::move(items), listing->next);
}

Task<HttpResponse> redeliver(const ApiContext& context, const Call& call) {
  const Webhook webhook = co_await webhook_in_path(context, call);
  const DeliveryId id(call.path("delivery"));
  const auto again = co_await context.pool.run([&] { return context.webhooks.redeliver(webhook.id, id); });
  if (!again) throw not_found("delivery", id.str());
  context.wake_scheduler();
  co_return delivery_answer(202, webhook, *again);
}

}  // namespace sluice::api
