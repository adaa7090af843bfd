#include "storage/webhooks.hpp"

#include "storage/listing.hpp"
#include "storage/secret_rows.hpp"
#include "storage/tx.hpp"

#include <sodium.h>

#include <array>

namespace sluice {
namespace {

constexpr const char* secret_name = "signing_secret";
constexpr std::string_view secret_prefix = "whsec_";
constexpr std::size_t secret_bytes = 32;
constexpr auto encoding = sodium_base64_VARIANT_ORIGINAL;

constexpr const char* insert_webhook = R"(
insert into sluice.webhooks (id, url, events, integrations, stale_after, enabled)
values ($1, $2, $3::jsonb, $4::jsonb, $5::bigint, $6::boolean)
returning id, url, events, integrations, stale_after, enabled, disabled_reason, created_at, updated_at)";

constexpr const char* find_webhook = R"(
select id, url, events, integrations, stale_after, enabled, disabled_reason, created_at, updated_at
from sluice.webhooks
where id = $1)";

constexpr const char* list_webhooks = R"(
select id, url, events, integrations, stale_after, enabled, disabled_reason, created_at, updated_at
from sluice.webhooks
where $1::text is null or id > $1
order by id
limit $2::bigint)";

constexpr const char* lock_webhook = R"(
select id, url, events, integrations, stale_after, enabled, disabled_reason, created_at, updated_at
from sluice.webhooks
where id = $1
for no key update)";

constexpr const char* update_webhook = R"(
update sluice.webhooks
set url = $2, events = $3::jsonb, integrations = $4::jsonb, stale_after = $5::bigint, enabled = $6::boolean,
    disabled_reason = case when $6::boolean then '' else disabled_reason end, updated_at = now()
where id = $1
returning id, url, events, integrations, stale_after, enabled, disabled_reason, created_at, updated_at)";

constexpr const char* delete_webhook = "delete from sluice.webhooks where id = $1";

constexpr const char* announce = "select sluice.announce_staleness()";

constexpr const char* delete_old_messages = R"(
delete from sluice.webhook_messages m
where m.created_at < now() - $1::bigint * interval '1 ms'
  and not exists (select from sluice.webhook_deliveries d where d.message_id = m.id and d.state = 'pending'))";

Webhook read_webhook(const pqxx::row& row) {
  Webhook webhook;
  webhook.id = WebhookId(text_of(row["id"]));
  webhook.settings.url = text_of(row["url"]);
  webhook.settings.events = json_of(row["events"]).get<std::vector<std::string>>();
  if (!row["integrations"].is_null()) {
    for (const Json& id : json_of(row["integrations"]))
      webhook.settings.integrations.emplace_back(id.get<std::string>());
  }
  if (const auto after = optional_number(row["stale_after"])) webhook.settings.stale_after = Duration(*after);
  webhook.settings.enabled = row["enabled"].as<bool>();
  webhook.disabled_reason = text_of(row["disabled_reason"]);
  webhook.created_at = time_of(row["created_at"]);
  webhook.updated_at = time_of(row["updated_at"]);
  return webhook;
}

Json events_of(const WebhookSettings& settings) { return settings.events; }

std::optional<Json> integrations_of(const WebhookSettings& settings) {
  if (settings.integrations.empty()) return std::nullopt;
  Json ids = Json::array();
  for (const IntegrationId& id : settings.integrations) ids.push_back(id.str());
  return ids;
}

WebhookSettings merged(WebhookSettings settings, const WebhookChanges& changes) {
  if (changes.url) settings.url = *changes.url;
  if (changes.events) settings.events = *changes.events;
  if (changes.integrations) settings.integrations = *changes.integrations;
  if (changes.stale_after) settings.stale_after = *changes.stale_after;
  if (changes.enabled) settings.enabled = *changes.enabled;
  return settings;
}

Secret make_secret() {
  std::array<unsigned char, secret_bytes> random{};
  randombytes_buf(random.data(), random.size());
  std::array<char, sodium_base64_ENCODED_LEN(secret_bytes, encoding)> encoded{};
  sodium_bin2base64(encoded.data(), encoded.size(), random.data(), random.size(), encoding);
  Secret secret(std::string(secret_prefix) + encoded.data());
  sodium_memzero(random.data(), random.size());
  sodium_memzero(encoded.data(), encoded.size());
  return secret;
}

}  // namespace

const std::vector<std::string>& webhook_events() {
  static const std::vector<std::string> events{"failure", "recovery", "auth_required", "schema_change", "stale"};
  return events;
}

Webhooks::Webhooks(Database& database, const SecretBox& box, OutgoingGuard guard)
    : database_(database), box_(box), guard_(std::move(guard)) {
  if (sodium_init() < 0) throw Error(ErrorKind::bug, "webhooks.no_randomness", "libsodium does not start");
}

NewWebhook Webhooks::create(const WebhookSettings& settings) {
  guard_.check(settings.url);
  Secret secret = make_secret();
  const auto id = WebhookId::make(SystemClock().now());
  Webhook webhook = in_transaction(database_, [&](Tx& tx) {
    const auto rows = tx.exec(insert_webhook, id, settings.url, events_of(settings), integrations_of(settings),
                              settings.stale_after, settings.enabled);
    keep_secret(tx, box_, id.str(), secret_name, secret, nullptr);
    return read_webhook(rows[0]);
  });
  return {std::move(webhook), std::move(secret)};
}

std::optional<Webhook> Webhooks::find(const WebhookId& id) {
  return in_transaction(database_, [&](Tx& tx) -> std::optional<Webhook> {
    const auto rows = tx.exec(find_webhook, id);
    if (rows.empty()) return std::nullopt;
    return read_webhook(rows[0]);
  });
}

Listing<Webhook> Webhooks::list(const PageRequest& page) {
  return in_transaction(database_, [&](Tx& tx) {
    const auto rows = tx.exec(list_webhooks, page.after, rows_to_ask(page));
    return listing_of<Webhook>(rows, page, read_webhook, [](const Webhook& last) { return last.id.str(); });
  });
}

std::optional<Webhook> Webhooks::change(const WebhookId& id, const WebhookChanges& changes) {
  if (changes.url) guard_.check(*changes.url);
  return in_transaction(database_, [&](Tx& tx) -> std::optional<Webhook> {
    const auto before = tx.exec(lock_webhook, id);
    if (before.empty()) return std::nullopt;
    const WebhookSettings settings = merged(read_webhook(before[0]).settings, changes);
    const auto rows = tx.exec(update_webhook, id, settings.url, events_of(settings), integrations_of(settings),
                              settings.stale_after, settings.enabled);
    return read_webhook(rows[0]);
  });
}

bool Webhooks::remove(const WebhookId& id) {
  return in_transaction(database_, [&](Tx& tx) {
    if (!tx.hits(delete_webhook, id)) return false;
    forget_secrets(tx, id.str());
    return true;
  });
}

void Webhooks::announce_staleness() {
  in_transaction(database_, [](Tx& tx) { tx.exec(announce); });
}

void Webhooks::forget_old(Duration age) {
  in_transaction(database_, [&](Tx& tx) { tx.exec(delete_old_messages, age); });
}

}  // namespace sluice
