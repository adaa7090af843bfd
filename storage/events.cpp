#include "storage/events.hpp"

#include "storage/listing.hpp"
#include "storage/tx.hpp"

#include <charconv>

namespace sluice {
namespace {

constexpr const char* insert_event = R"(
insert into sluice.events (action, object_kind, object_id, integration_id, token_id, token_name, request_id, client,
                           before, after)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10::jsonb)
returning id)";

constexpr const char* list_events = R"(
select id, at, action, object_kind, object_id, integration_id, token_id, token_name, request_id, client, before, after
from sluice.events
where ($1::text is null or integration_id = $1)
  and ($2::text is null or token_id = $2)
  and ($3::text is null or action = $3)
  and ($4::timestamptz is null or at >= $4::timestamptz)
  and ($5::timestamptz is null or at < $5::timestamptz)
  and ($6::boolean or object_kind is distinct from 'token')
  and ($7::bigint is null or id < $7::bigint)
order by id desc
limit $8::bigint)";

constexpr const char* forget_events = "select sluice.forget_events($1::timestamptz, $2::bigint)";

AuditEvent read_event(const pqxx::row& row) {
  AuditEvent event;
  event.id = row["id"].as<std::int64_t>();
  event.at = time_of(row["at"]);
  event.action = text_of(row["action"]);
  event.object_kind = text_of(row["object_kind"]);
  event.object_id = text_of(row["object_id"]);
  if (!row["integration_id"].is_null()) event.integration = IntegrationId(text_of(row["integration_id"]));
  event.token = TokenId(text_of(row["token_id"]));
  event.token_name = text_of(row["token_name"]);
  event.request_id = text_of(row["request_id"]);
  event.client = text_of(row["client"]);
  event.before = json_of(row["before"]);
  event.after = json_of(row["after"]);
  return event;
}

/// The id that a page goes on from; a text that is none begins behind the last.
std::optional<std::int64_t> id_of(const std::optional<std::string>& after) {
  if (!after) return std::nullopt;
  std::int64_t id = 0;
  std::from_chars(after->data(), after->data() + after->size(), id);
  return id;
}

}  // namespace

std::int64_t Events::append(const AuditEvent& event) {
  return in_transaction(database_, [&](Tx& tx) {
    const auto rows =
        tx.exec(insert_event, event.action, if_given(event.object_kind), if_given(event.object_id), event.integration,
                event.token, event.token_name, event.request_id, event.client, event.before, event.after);
    return rows[0][0].as<std::int64_t>();
  });
}

Listing<AuditEvent> Events::list(const EventFilter& filter, const PageRequest& page) {
  return in_transaction(database_, [&](Tx& tx) {
    const auto rows = tx.exec(list_events, filter.integration, filter.token, if_given(filter.action), filter.since,
                              filter.until, filter.with_tokens, id_of(page.after), rows_to_ask(page));
    return listing_of<AuditEvent>(rows, page, read_event,
                                  [](const AuditEvent& last) { return std::to_string(last.id); });
  });
}

std::int64_t Events::forget(Time older_than, std::int64_t most) {
  return in_transaction(database_,
                        [&](Tx& tx) { return tx.exec(forget_events, older_than, most)[0][0].as<std::int64_t>(); });
}

}  // namespace sluice
