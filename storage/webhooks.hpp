#pragma once
// Who wants to hear of what, and what is on its way to them. The messages themselves are made by the control database,
// in the transaction of the change that they tell (migrations/0005_webhooks.sql).

#include "connectors/http/outgoing_guard.hpp"
#include "core/secret.hpp"
#include "storage/database.hpp"
#include "storage/model.hpp"
#include "storage/secrets.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sluice {

namespace id_tag {
struct Webhook {
  static constexpr std::string_view prefix = "whk_";
};
struct Delivery {
  static constexpr std::string_view prefix = "dlv_";
};
}  // namespace id_tag

using WebhookId = Id<id_tag::Webhook>;
using DeliveryId = Id<id_tag::Delivery>;

/// What one can subscribe to.
const std::vector<std::string>& webhook_events();

struct WebhookSettings {
  std::string url;
  std::vector<std::string> events;           // of webhook_events(), or "*" alone
  std::vector<IntegrationId> integrations;   // empty: all
  std::optional<Duration> stale_after = {};  // none: three times the integration's frequency, or 24 h
  bool enabled = true;
};

/// What is not given stays.
struct WebhookChanges {
  std::optional<std::string> url = {};
  std::optional<std::vector<std::string>> events = {};
  std::optional<std::vector<IntegrationId>> integrations = {};
  std::optional<std::optional<Duration>> stale_after = {};
  std::optional<bool> enabled = {};
};

struct Webhook {
  WebhookId id;
  WebhookSettings settings;
  std::string disabled_reason;  // "gone": its receiver answered 410
  Time created_at{};
  Time updated_at{};
};

struct NewWebhook {
  Webhook webhook;
  Secret secret;  // whsec_…
};

enum class DeliveryState { pending, delivered, failed, cancelled };
std::string_view to_string(DeliveryState state);

struct DeliveryAttempt {
  Time at{};
  std::optional<int> status;  // none: there was no answer
  std::string error;          // "" when it was answered
  Duration taken{0};
};

struct Delivery {
  DeliveryId id;
  std::string message;  // the id that receivers see as webhook-id
  std::string event;
  DeliveryState state = DeliveryState::pending;
  int attempt = 0;  // begun so far
  std::vector<DeliveryAttempt> attempts;
  std::optional<Time> next_attempt_at;
  Time created_at{};
  std::optional<Time> finished_at;
};

/// One attempt that is this process's to make, until its lease is over.
struct ClaimedDelivery {
  DeliveryId id;
  WebhookId webhook;
  std::string worker;
  int attempt = 1;
  std::string message;
  std::string event;
  std::string body;
  std::string url;
  Secret secret;
};

/// What one attempt came to.
struct DeliveryOutcome {
  DeliveryState state = DeliveryState::delivered;  // pending: again after retry_after
  std::optional<Duration> retry_after = {};
  bool is_gone = false;  // the receiver wants nothing any more
  DeliveryAttempt attempt = {};
};

class Webhooks {
 public:
  Webhooks(Database& database, const SecretBox& box, OutgoingGuard guard);
  /// The same over another database.
  Webhooks on(Database& other) const { return {other, box_, guard_}; }

  /// Throws Error{config, "http.forbidden_url"}.
  NewWebhook create(const WebhookSettings& settings);
  std::optional<Webhook> find(const WebhookId& id);
  Listing<Webhook> list(const PageRequest& page);
  /// Enabling forgets why it was disabled. nullopt: there is none.
  std::optional<Webhook> change(const WebhookId& id, const WebhookChanges& changes);
  /// With its secret and deliveries. False: there is none.
  bool remove(const WebhookId& id);

  /// Newest first; nullopt: no such webhook.
  std::optional<Listing<Delivery>> deliveries(const WebhookId& id, const PageRequest& page);
  std::optional<Delivery> find_delivery(const WebhookId& webhook, const DeliveryId& id);
  /// Both queue a delivery and throw Error{conflict, "webhook.disabled"} when it is.
  Delivery send_test(const WebhookId& id);
  /// The same message again, under the same message id, as a delivery of its own. nullopt: there is none.
  std::optional<Delivery> redeliver(const WebhookId& webhook, const DeliveryId& id);

  /// Takes a delivery that is due and that nobody is making, at most one of a webhook at a time. Counts the attempt.
  std::optional<ClaimedDelivery> claim(const std::string& worker, Duration lease);
  /// False when the lease was lost, or the webhook is gone.
  bool settle(const ClaimedDelivery& claimed, const DeliveryOutcome& outcome);
  std::optional<Duration> until_next_due();

  /// Makes messages of tables that became stale, or fresh again, since the last look.
  void announce_staleness();
  /// Forgets messages that are older and on their way no more.
  void forget_old(Duration age);

  const OutgoingGuard& guard() const noexcept { return guard_; }

 private:
  Database& database_;
  const SecretBox& box_;
  const OutgoingGuard guard_;
};

}  // namespace sluice
