// What is on its way to webhooks: queued, claimed, settled.

#include "core/time.hpp"
#include "storage/listing.hpp"
#include "storage/secret_rows.hpp"
#include "storage/tx.hpp"
#include "storage/webhooks.hpp"

namespace sluice {
namespace {

constexpr const char* secret_name = "signing_secret";

constexpr const char* list_deliveries = R"(
select d.id, d.message_id, m.event, d.state, d.attempt, d.attempts, d.next_attempt_at, d.created_at, d.finished_at
from sluice.webhook_deliveries d join sluice.webhook_messages m on m.id = d.message_id
where d.webhook_id = $1 and ($2::text is null or d.id < $2)
order by d.id desc
limit $3::bigint)";

constexpr const char* find_one = R"(
select d.id, d.message_id, m.event, d.state, d.attempt, d.attempts, d.next_attempt_at, d.created_at, d.finished_at
from sluice.webhook_deliveries d join sluice.webhook_messages m on m.id = d.message_id
where d.webhook_id = $1 and d.id = $2)";

// The lock keeps it from being removed or disabled before the delivery stands.
constexpr const char* hold_webhook = "select enabled from sluice.webhooks where id = $1 for share";

constexpr const char* insert_test_message = R"(
insert into sluice.webhook_messages (id, event, body)
values ('msg_' || sluice.make_ulid(), 'test',
        jsonb_build_object('type', 'test', 'timestamp', sluice.rfc3339(now()), 'data', jsonb_build_object('webhook', $1::text))::text)
returning id)";

constexpr const char* insert_delivery = R"(
insert into sluice.webhook_deliveries (id, webhook_id, message_id)
values ('dlv_' || sluice.make_ulid(), $1, $2)
returning id)";

// A slow receiver takes one sender, not all of them.
constexpr const char* claim_delivery = R"(
update sluice.webhook_deliveries d
set lease_owner = $1, lease_until = now() + $2::bigint * interval '1 ms', attempt = d.attempt + 1
from sluice.webhook_messages m, sluice.webhooks w
where d.id = (
    select candidate.id
    from sluice.webhook_deliveries candidate
    join sluice.webhooks its on its.id = candidate.webhook_id
    where candidate.state = 'pending' and candidate.next_attempt_at <= now() and its.enabled
      and (candidate.lease_until is null or candidate.lease_until <= now())
      and not exists (
        select from sluice.webhook_deliveries busy
        where busy.webhook_id = candidate.webhook_id and busy.lease_until > now())
    order by candidate.next_attempt_at, candidate.id
    limit 1
    for update of candidate skip locked)
  and m.id = d.message_id and w.id = d.webhook_id
returning d.id, d.webhook_id, d.attempt, d.message_id, m.event, m.body, w.url)";

constexpr const char* settle_delivery = R"(
update sluice.webhook_deliveries
set state = $4, lease_owner = null, lease_until = null,
    next_attempt_at = case when $4 = 'pending' then now() + coalesce($5::bigint, 0) * interval '1 ms' end,
    finished_at = case when $4 <> 'pending' then now() end, attempts = attempts || jsonb_build_array($6::jsonb)
where id = $1 and lease_owner = $2 and attempt = $3::integer and state = 'pending')";

constexpr const char* disable_gone = R"(
update sluice.webhooks set enabled = false, disabled_reason = 'gone', updated_at = now() where id = $1 and enabled)";

constexpr const char* cancel_pending = R"(
update sluice.webhook_deliveries
set state = 'cancelled', lease_owner = null, lease_until = null, next_attempt_at = null, finished_at = now()
where webhook_id = $1 and state = 'pending')";

constexpr const char* next_due = R"(
select case when count(*) > 0 then greatest(0, ceil(extract(epoch from min(d.next_attempt_at) - now()) * 1000))::bigint end
from sluice.webhook_deliveries d join sluice.webhooks w on w.id = d.webhook_id
where d.state = 'pending' and w.enabled and (d.lease_until is null or d.lease_until <= now()))";

DeliveryState delivery_state(const std::string& text) {
  for (const auto state : {DeliveryState::delivered, DeliveryState::failed, DeliveryState::cancelled}) {
    if (to_string(state) == text) return state;
  }
  return DeliveryState::pending;
}

Json to_json(const DeliveryAttempt& attempt) {
  return {{"at", format_rfc3339(attempt.at)},
          {"status", attempt.status ? Json(*attempt.status) : Json(nullptr)},
          {"error", attempt.error},
          {"taken", attempt.taken.count()}};
}

DeliveryAttempt read_attempt(const Json& row) {
  DeliveryAttempt attempt;
  attempt.at = parse_iso8601(row.value("at", "")).value_or(Time{});
  if (row.at("status").is_number_integer()) attempt.status = row["status"].get<int>();
  attempt.error = row.value("error", "");
  attempt.taken = Duration(row.value("taken", std::int64_t{0}));
  return attempt;
}

Delivery read_delivery(const pqxx::row& row) {
  Delivery delivery;
  delivery.id = DeliveryId(text_of(row["id"]));
  delivery.message = text_of(row["message_id"]);
  delivery.event = text_of(row["event"]);
  delivery.state = delivery_state(text_of(row["state"]));
  delivery.attempt = row["attempt"].as<int>();
  for (const Json& attempt : json_of(row["attempts"])) delivery.attempts.push_back(read_attempt(attempt));
  delivery.next_attempt_at = optional_time(row["next_attempt_at"]);
  delivery.created_at = time_of(row["created_at"]);
  delivery.finished_at = optional_time(row["finished_at"]);
  return delivery;
}

void hold_enabled(Tx& tx, const WebhookId& id) {
  const auto rows = tx.exec(hold_webhook, id);
  if (rows.empty()) throw Error(ErrorKind::missing, "webhook.unknown", "there is no such webhook");
  if (rows[0][0].as<bool>()) return;
  throw Error(ErrorKind::conflict, "webhook.disabled", "the webhook is disabled");
}

Delivery queue_delivery(Tx& tx, const WebhookId& webhook, const std::string& message) {
  const std::string id = text_of(tx.exec(insert_delivery, webhook, message)[0][0]);
  return read_delivery(tx.exec(find_one, webhook, id)[0]);
}

}  // namespace

std::string_view to_string(DeliveryState state) {
  switch (state) {
    case DeliveryState::pending:
      return "pending";
    case DeliveryState::delivered:
      return "delivered";
    case DeliveryState::failed:
      return "failed";
    case DeliveryState::cancelled:
      return "cancelled";
  }
  return "?";
}

std::optional<Listing<Delivery>> Webhooks::deliveries(const WebhookId& id, const PageRequest& page) {
  if (!find(id)) return std::nullopt;
  return in_transaction(database_, [&](Tx& tx) {
    const auto rows = tx.exec(list_deliveries, id, page.after, rows_to_ask(page));
    return listing_of<Delivery>(rows, page, read_delivery, [](const Delivery& last) { return last.id.str(); });
  });
}

std::optional<Delivery> Webhooks::find_delivery(const WebhookId& webhook, const DeliveryId& id) {
  return in_transaction(database_, [&](Tx& tx) -> std::optional<Delivery> {
    const auto rows = tx.exec(find_one, webhook, id);
    if (rows.empty()) return std::nullopt;
    return read_delivery(rows[0]);
  });
}

Delivery Webhooks::send_test(const WebhookId& id) {
  return in_transaction(database_, [&](Tx& tx) {
    hold_enabled(tx, id);
    return queue_delivery(tx, id, text_of(tx.exec(insert_test_message, id)[0][0]));
  });
}

std::optional<Delivery> Webhooks::redeliver(const WebhookId& webhook, const DeliveryId& id) {
  return in_transaction(database_, [&](Tx& tx) -> std::optional<Delivery> {
    const auto rows = tx.exec(find_one, webhook, id);
    if (rows.empty()) return std::nullopt;
    hold_enabled(tx, webhook);
    return queue_delivery(tx, webhook, text_of(rows[0]["message_id"]));
  });
}

std::optional<ClaimedDelivery> Webhooks::claim(const std::string& worker, Duration lease) {
  return in_transaction(database_, [&](Tx& tx) -> std::optional<ClaimedDelivery> {
    const auto rows = tx.exec(claim_delivery, worker, lease);
    if (rows.empty()) return std::nullopt;
    ClaimedDelivery claimed;
    claimed.id = DeliveryId(text_of(rows[0]["id"]));
    claimed.webhook = WebhookId(text_of(rows[0]["webhook_id"]));
    claimed.worker = worker;
    claimed.attempt = rows[0]["attempt"].as<int>();
    claimed.message = text_of(rows[0]["message_id"]);
    claimed.event = text_of(rows[0]["event"]);
    claimed.body = text_of(rows[0]["body"]);
    claimed.url = text_of(rows[0]["url"]);
    claimed.secret = kept_secret(tx, box_, claimed.webhook.str(), secret_name).value_or(Secret());
    return claimed;
  });
}

bool Webhooks::settle(const ClaimedDelivery& claimed, const DeliveryOutcome& outcome) {
  return in_transaction(database_, [&](Tx& tx) {
    if (!tx.hits(settle_delivery, claimed.id, claimed.worker, claimed.attempt, to_string(outcome.state),
                 outcome.retry_after, to_json(outcome.attempt))) {
      return false;
    }
    if (!outcome.is_gone) return true;
    tx.exec(disable_gone, claimed.webhook);
    tx.exec(cancel_pending, claimed.webhook);
    return true;
  });
}

std::optional<Duration> Webhooks::until_next_due() {
  return in_transaction(database_, [](Tx& tx) -> std::optional<Duration> {
    const auto due = optional_number(tx.exec(next_due)[0][0]);
    if (!due) return std::nullopt;
    return Duration(*due);
  });
}

}  // namespace sluice
