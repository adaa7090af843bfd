#include "api/views/views.hpp"
#include "core/time.hpp"
#include "scheduler/webhook_retry.hpp"

#include <algorithm>

namespace sluice::api {

Json show_webhook(const Webhook& webhook) {
  const WebhookSettings& settings = webhook.settings;
  const bool takes_all = std::ranges::find(settings.events, "*") != settings.events.end();
  Json integrations = nullptr;
  for (const IntegrationId& id : settings.integrations) integrations.push_back(id.str());
  return {{"id", webhook.id.str()},
          {"url", settings.url},
          {"events", takes_all ? Json("*") : Json(settings.events)},
          {"integrations", std::move(integrations)},
          {"stale_after", settings.stale_after ? Json(format_iso_duration(*settings.stale_after)) : Json(nullptr)},
          {"enabled", settings.enabled},
          {"disabled_reason", webhook.disabled_reason.empty() ? Json(nullptr) : Json(webhook.disabled_reason)},
          {"created_at", format_rfc3339(webhook.created_at)},
          {"updated_at", format_rfc3339(webhook.updated_at)}};
}

Json show_delivery(const Delivery& delivery) {
  Json attempts = Json::array();
  for (const DeliveryAttempt& attempt : delivery.attempts) {
    attempts.push_back({{"at", format_rfc3339(attempt.at)},
                        {"status", attempt.status ? Json(*attempt.status) : Json(nullptr)},
                        {"error", attempt.error.empty() ? Json(nullptr) : Json(attempt.error)},
                        {"duration_seconds", static_cast<double>(attempt.taken.count()) / 1000}});
  }
  return {{"id", delivery.id.str()},
          {"message", delivery.message},
          {"event", delivery.event},
          {"state", to_string(delivery.state)},
          {"attempts", std::move(attempts)},
          {"max_attempts", delivery.event == "test" ? 1 : most_delivery_attempts},
          {"next_attempt_at", or_null(delivery.next_attempt_at)},
          {"created_at", format_rfc3339(delivery.created_at)},
          {"finished_at", or_null(delivery.finished_at)}};
}

}  // namespace sluice::api
