#include "api/rehearsal.hpp"

#include "api/operation.hpp"
#include "api/shape.hpp"
#include "api/subject.hpp"
#include "api/views/views.hpp"

#include <algorithm>
#include <set>

namespace sluice::api {
namespace {

/// All of storage over the rehearsal's transaction.
struct RehearsedStorage {
  RehearsedStorage(const ApiContext& context, Database& database)
      : integrations(context.integrations.on(database)),
        destinations(context.destinations.on(database)),
        queue(database),
        schema_changes(database),
        tokens(database),
        webhooks(context.webhooks.on(database)) {}

  Integrations integrations;
  Destinations destinations;
  JobQueue queue;
  SchemaChanges schema_changes;
  Tokens tokens;
  Webhooks webhooks;
};

void add_changes(const Json& before, const Json& after, const std::string& pointer, Json& changes) {
  if (before == after) return;
  if (!before.is_object() || !after.is_object()) {
    changes.push_back({{"what", pointer}, {"from", before}, {"to", after}});
    return;
  }
  std::set<std::string> names;
  for (const Json* side : {&before, &after}) {
    for (const auto& [name, ignored] : side->items()) names.insert(name);
  }
  for (const std::string& name : names) {
    // Of course it would be another time.
    if (name == "updated_at") continue;
    add_changes(before.value(name, Json()), after.value(name, Json()), child_pointer(pointer, name), changes);
  }
}

Rehearsal::Thing thing_of(const Subject& subject, const Json& shown) {
  return {std::string(subject.kind()), shown.value("name", shown.value("id", subject.name()))};
}

Json show_things(const std::vector<Rehearsal::Thing>& things) {
  Json shown = Json::array();
  for (const auto& thing : things) shown.push_back({{"kind", thing.kind}, {"name", thing.name}});
  return shown;
}

/// What the integration of the path is about to read beyond its increments.
Task<std::vector<Json>> planned_reads(const ApiContext& context, const Call& call) {
  const auto named = std::ranges::find(call.path_values, "integration", [](const auto& value) { return value.first; });
  if (named == call.path_values.end()) co_return std::vector<Json>{};
  co_return co_await context.pool.run([&] {
    std::vector<Json> shown;
    const auto integration = context.integrations.find(named->second);
    if (!integration) return shown;
    for (const PlannedRead& read : context.queue.planned_reads(integration->id))
      shown.push_back(show_planned_read(read));
    return shown;
  });
}

/// `context` is the rehearsal's.
Task<Json> plan(const ApiContext& context, const Call& call) {
  const auto subject = subject_of(routes(), call.target.path);
  Json before = nullptr;
  if (subject) before = co_await read_subject(context, call, *subject);
  const auto reads_before = co_await planned_reads(context, call);
  const HttpResponse response = co_await call.route->handler(context, call);
  const auto reads_after = co_await planned_reads(context, call);
  Json reads = Json::array();
  for (const Json& read : reads_after) {
    if (std::ranges::find(reads_before, read) == reads_before.end()) reads.push_back(read);
  }

  Rehearsal& notes = *context.rehearsal;
  Json changes = Json::array();
  if (subject) {
    const Json after = co_await read_subject(context, call, *subject);
    if (!before.is_null() && !after.is_null()) changes = changes_between(before, after);
    if (!before.is_null() && after.is_null()) notes.drops.push_back(thing_of(*subject, before));
  }
  const auto place = response.headers.find("Location");
  if (place && (response.status == 201 || response.status == 202)) {
    const auto made = subject_of(routes(), *place);
    const bool is_other = made && (response.status == 201 || !subject || made->kind() != subject->kind());
    if (is_other) {
      const Json shown = co_await read_subject(context, call, *made);
      if (shown.is_object()) notes.creates.push_back(thing_of(*made, shown));
    }
  }
  Json shown{{"dry_run", true},
             {"action", operation_id(routes(), *call.route)},
             {"status", response.status},
             {"changes", std::move(changes)},
             {"creates", show_things(notes.creates)},
             {"drops", show_things(notes.drops)}};
  if (!notes.estimate.is_null()) shown["estimate"] = notes.estimate;
  if (!reads.empty()) shown["reads"] = std::move(reads);
  // What a creation would answer has ids that will never be.
  if (response.status == 200) shown["answer"] = Json::parse(response.body);
  co_return shown;
}

}  // namespace

Json changes_between(const Json& before, const Json& after) {
  Json changes = Json::array();
  add_changes(before, after, "", changes);
  return changes;
}

DestinationAddress address_with(const ApiContext& context, const DestinationRecord& record, const Secret& password) {
  if (record.embedded) return context.address_of(record);
  try {
    DestinationAddress address = context.address_of(record);
    address.password = password;
    return address;
  } catch (const Error& error) {
    if (error.code() != "destination.unknown") throw;
    // It is kept nowhere yet.
    return parse_destination(record.parameters, password);
  }
}

Task<Json> in_rehearsal(const ApiContext& context, std::function<Task<Json>(const ApiContext&)> work) {
  auto database = context.database.rehearse();
  RehearsedStorage storage(context, *database);
  Rehearsal notes;
  const auto address_of = [&](const DestinationRecord& record) {
    // It may have been made or changed a moment ago, for the rehearsal only.
    return address_with(context, record, record.embedded ? Secret() : storage.destinations.password(record.id));
  };
  const ApiContext rehearsed{context.pool,
                             context.clock,
                             context.stop,
                             *database,
                             storage.integrations,
                             storage.destinations,
                             storage.queue,
                             storage.schema_changes,
                             storage.tokens,
                             storage.webhooks,
                             context.connectors,
                             address_of,
                             [] {},
                             context.events,
                             context.idempotency_keys,
                             context.limits,
                             context.stream_limits,
                             context.streams,
                             context.secret_references,
                             &notes};
  auto running = work(rehearsed);
  auto outcome = co_await attempt(std::move(running));
  // The rollback is a round trip.
  co_await context.pool.run([&] { database.reset(); });
  co_return std::move(outcome).take();
}

Task<HttpResponse> rehearse(const ApiContext& context, const Call& call) {
  Call quiet = call;
  quiet.log = call.log.with({{"dry_run", true}});
  const auto work = [&quiet](const ApiContext& rehearsed) { return plan(rehearsed, quiet); };
  auto planning = in_rehearsal(context, work);
  co_return answer(200, co_await std::move(planning));
}

}  // namespace sluice::api
