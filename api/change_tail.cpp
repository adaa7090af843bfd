#include "api/change_tail.hpp"

#include "api/server_events.hpp"
#include "api/views/views.hpp"

namespace sluice::api {
namespace {

constexpr int changes_at_once = 500;

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Tail::Seen look(const ApiContext& context, const StateChangeFilter& filter, std::optional<std::int64_t>& after) {
  Tail::Seen seen;
  if (!after) {
    after = StateChanges(context.database).last();
    // So that a reader whose connection breaks before anything happens comes back to this place.
    seen.events = server_event("begin", std::to_string(*after), text_of({{"position", *after}}));
    return seen;
  }
  const auto page = StateChanges(context.database).after(*after, filter, changes_at_once);
  if (page.missing > 0) {
    seen.events = server_event("forgotten", "", text_of({{"after", *after}, {"count", page.missing}}));
  }
  for (const StateChange& change : page.items) {
    seen.events += server_event(change.type, std::to_string(change.position), text_of(show_state_change(change)));
  }
  after = page.seen;
  seen.has_more = page.has_more;
  return seen;
}

}  // namespace

Tail::Look look_at_changes(const ApiContext& context, StateChangeFilter filter, std::optional<std::int64_t> after) {
  return [&context, filter = std::move(filter), after]() mutable { return look(context, filter, after); };
}

}  // namespace sluice::api
