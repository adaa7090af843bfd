// The audit, read.

#include "storage/events.hpp"

#include "api/handlers/handlers.hpp"
#include "api/handlers/lookup.hpp"
#include "api/views/views.hpp"

namespace sluice::api {
namespace {

Task<HttpResponse> answer_events(const ApiContext& context, const Call& call, EventFilter filter) {
  const PageRequest page = call.page();
  // Only admins may read tokens, so only they read of them.
  filter.with_tokens = call.token->scope == TokenScope::admin;
  const auto listing = co_await context.pool.run([&] { return context.events.list(filter, page); });
  Json items = Json::array();
  for (const AuditEvent& event : listing.items) items.push_back(show_event(event));
  co_return list_answer(call, std::move(items), listing.next);
}

}  // namespace

Task<HttpResponse> list_events(const ApiContext& context, const Call& call) {
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
