// The audit, read; and state changes as they happen.

#include "storage/events.hpp"

#include "api/change_tail.hpp"
#include "api/handlers/handlers.hpp"
#include "api/handlers/lookup.hpp"
#include "api/problem.hpp"
#include "api/server_events.hpp"
#include "api/views/views.hpp"

namespace sluice::api {
namespace {

/// What only one of the two takes is refused with the other.
void refuse_parameters(const Call& call, std::initializer_list<const char*> names, const std::string& reason) {
  for (const char* name : names) {
    if (call.parameter(name)) throw refusal("invalid_parameter", std::string(name) + " " + reason);
  }
}

Task<HttpResponse> answer_events(const ApiContext& context, const Call& call, EventFilter filter) {
  const PageRequest page = call.page();
  // Only admins may read tokens, so only they read of them.
  filter.with_tokens = call.token->scope == TokenScope::admin;
  const auto listing = co_await context.pool.run([&] { return context.events.list(filter, page); });
  Json items = Json::array();
  for (const AuditEvent& event : listing.items) items.push_back(show_event(event));
  co_return list_answer(call, std::move(items), listing.next);
}

Task<HttpResponse> answer_state_changes(const ApiContext& context, const Call& call) {
  refuse_parameters(call, {"token", "action", "since", "until", "cursor"},
                    "is of the writes that application/json lists, not of state changes");
  StateChangeFilter filter{co_await filtered_integration(context, call), call.list("type")};
  std::optional<std::int64_t> after;
  if (const auto given = call.parameter("after")) after = position_of(*given);
  if (call.media == "text/event-stream") {
    refuse_parameters(call, {"limit"}, "is not of a stream");
    // A reader that comes back says where it was.
    if (const auto last = call.request.headers.find("Last-Event-ID")) after = position_of(*last);
    co_return stream_answer(context, call, look_at_changes(context, std::move(filter), after));
  }
  const int most = call.page().limit;
  const auto page = co_await context.pool.run([&] {
    StateChanges changes(context.database);
    return after ? changes.after(*after, filter, most) : changes.latest(filter, most);
  });
  HttpResponse response;
  response.headers.set("Content-Type", "application/x-ndjson");
  for (const StateChange& change : page.items) {
    response.body += show_state_change(change).dump(-1, ' ', false, Json::error_handler_t::replace);
    response.body += '\n';
  }
  co_return response;
}

}  // namespace

Task<HttpResponse> list_events(const ApiContext& context, const Call& call) {
  if (call.media != "application/json") co_return co_await answer_state_changes(context, call);
  refuse_parameters(call, {"type", "after"}, "is of state changes: accept text/event-stream or application/x-ndjson");
  EventFilter filter;
  filter.integration = co_await filtered_integration(context, call);
  if (const auto token = call.parameter("token")) filter.token = TokenId(*token);
  filter.action = call.parameter("action").value_or("");
  filter.since = call.time("since");
  filter.until = call.time("until");
  co_return co_await answer_events(context, call, std::move(filter));
}

Task<HttpResponse> list_integration_events(const ApiContext& context, const Call& call) {
  const std::string& name = call.path("integration");
  const auto found = co_await context.pool.run([&] { return context.integrations.find(name); });
  EventFilter filter;
  if (found) {
    filter.integration = found->id;
  } else if (IntegrationId::matches(name)) {
    filter.integration = IntegrationId(name);
  } else {
    throw not_found("integration", name);
  }
  co_return co_await answer_events(context, call, std::move(filter));
}

}  // namespace sluice::api
