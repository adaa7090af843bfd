// Living with an integration.

#include "api/handlers/handlers.hpp"
#include "api/handlers/log_in.hpp"
#include "api/handlers/lookup.hpp"
#include "api/problem.hpp"
#include "api/views/views.hpp"
#include "api/waiting.hpp"
#include "core/nearest.hpp"
#include "core/time.hpp"
#include "storage/frequency.hpp"

#include <algorithm>
#include <map>

namespace sluice::api {
namespace {

/// States as people see them: paused hides pending and active.
struct StateFilter {
  IntegrationFilter filter;
  std::vector<std::string> shown;  // what a page still has to be sieved by; empty: nothing
};

StateFilter state_filter(const Call& call) {
  StateFilter wanted;
  const auto states = call.list("state");
  const bool with_paused = std::find(states.begin(), states.end(), "paused") != states.end();
  for (const std::string& name : states) {
    IntegrationState state{};
    if (parse(name, state)) wanted.filter.states.push_back(state);
  }
  const bool runs =
      std::any_of(states.begin(), states.end(), [](const auto& name) { return name == "pending" || name == "active"; });
  if (with_paused && wanted.filter.states.empty()) {
    wanted.filter.states = {IntegrationState::pending, IntegrationState::active};
    wanted.filter.paused = true;
  } else if (with_paused || runs) {
    if (with_paused)
      wanted.filter.states.insert(wanted.filter.states.end(), {IntegrationState::pending, IntegrationState::active});
    wanted.shown = states;
  }
  return wanted;
}

IntegrationFilter integration_filter(const Call& call, IntegrationFilter filter) {
  for (const std::string& name : call.list("health")) {
    Health health{};
    parse(name, health);
    filter.healths.push_back(health);
  }
  filter.connector = call.parameter("connector").value_or("");
  filter.search = call.parameter("q").value_or("");
  return filter;
}

/// Blocks.
Json show_all(const ApiContext& context, const std::vector<Integration>& integrations,
              const std::vector<std::string>& shown_states) {
  std::map<std::string, std::string> names;
  Json items = Json::array();
  for (const Integration& integration : integrations) {
    std::string name;
    if (integration.destination) {
      const auto [known, is_new] = names.try_emplace(integration.destination->str());
      if (is_new) known->second = destination_name(context, integration);
      name = known->second;
    }
    Json shown = show_integration(integration, name);
    const bool fits = shown_states.empty() || std::find(shown_states.begin(), shown_states.end(),
                                                        shown.at("state").get<std::string>()) != shown_states.end();
    if (fits) items.push_back(std::move(shown));
  }
  return items;
}

Task<HttpResponse> answer_with_name(const ApiContext& context, const Call& call, int status, Integration integration) {
  const auto name = co_await context.pool.run([&] { return destination_name(context, integration); });
  co_return integration_answer(call, status, integration, name);
}

/// The selected tables that a sync names, by their own names.
std::vector<std::string> tables_to_sync(const Call& call, const Connector& connector, const Integration& integration) {
  const Json* wanted = call.member("tables");
  if (wanted == nullptr) return {};
  std::vector<std::string> known;
  for (const SelectedTable& table : integration.selection) known.push_back(table.name);
  std::vector<std::string> tables;
  std::vector<Problem> problems;
  for (std::size_t i = 0; i < wanted->size(); ++i) {
    const auto name = (*wanted)[i].get<std::string>();
    const Table* table = connector.catalogue().find(name);
    const std::string own_name = table == nullptr ? name : table->name;
    if (std::find(known.begin(), known.end(), own_name) != known.end()) {
      tables.push_back(own_name);
    } else {
      problems.push_back({"/tables/" + std::to_string(i), "unknown_table",
                          "the integration has not selected a table \"" + quote_outside_text(name, 80) + "\"" +
                              did_you_mean(name, known)});
    }
  }
  if (!problems.empty()) throw body_refusal(std::move(problems));
  return tables;
}

bool begins_earlier(const std::optional<Time>& now, const std::optional<Time>& before) {
  return before && (!now || *now < *before);
}

/// Whether the start date cuts what is read of it: by its list's date of change.
bool is_cut(const Catalogue& catalogue, const Table& table) {
  if (!table.is_per_parent()) return catalogue.carrier_of(table).increment.has_value();
  const Table* parent = catalogue.parent_of(table);
  return table.parent->choice == ParentChoice::changed && parent != nullptr && parent->increment;
}

/// Blocks. Those that the start date cuts, and of which nobody knows how far back they were read: an earlier Sluice did
/// not write it down. What the others lack, the scheduler reads.
std::vector<std::string> tables_of_unknown_reach(const ApiContext& context, const Integration& integration) {
  const Catalogue& catalogue = connector_of(context, integration).catalogue();
  std::vector<std::string> tables;
  for (const TableStatus& status : context.integrations.tables(integration.id)) {
    const Table* table = catalogue.find(status.table);
    const bool knows = status.position.is_object() && status.position.contains("read_from");
    const bool is_under_way = status.position.is_object() && status.position.contains("ranges");
    if (table != nullptr && is_cut(catalogue, *table) && !knows && !is_under_way) tables.push_back(status.table);
  }
  return tables;
}

}  // namespace

Task<HttpResponse> list_integrations(const ApiContext& context, const Call& call) {
  const PageRequest page = call.page();
  const StateFilter states = state_filter(call);
  const IntegrationFilter filter = integration_filter(call, states.filter);
  std::optional<std::string> next;
  Json items = co_await context.pool.run([&] {
    auto listing = context.integrations.list(filter, page);
    next = listing.next;
    return show_all(context, listing.items, states.shown);
  });
  co_return list_answer(call, std::move(items), next);
}

Task<HttpResponse> get_integration(const ApiContext& context, const Call& call) {
  Integration integration = co_await integration_in_path(context, call);
  co_return co_await answer_with_name(context, call, 200, std::move(integration));
}

Task<HttpResponse> change_integration(const ApiContext& context, const Call& call) {
  const Integration integration = co_await integration_in_path(context, call);
  const ExpectedGeneration expected = expected_generation(call, integration.generation);
  Integrations::Changes changes;
  std::vector<Problem> problems;
  if (const Json* patch = call.member("frequency")) {
    // RFC 7396: the members of a cron merge into the cron that is there.
    Json wanted = to_json(integration.frequency);
    wanted.merge_patch(*patch);
    changes.frequency = read_frequency(wanted, "/frequency", problems);
  }
  if (call.body.contains("quiet_hours")) {
    changes.quiet_hours = read_quiet_hours(call.body["quiet_hours"], "/quiet_hours", problems);
  }
  if (call.body.contains("start_date")) {
    std::optional<Time> start;
    if (const auto text = call.text("start_date")) start = parse_iso8601(*text);
    if (auto problem = check_start_date(start, context.clock.now())) problems.push_back(*std::move(problem));
    changes.start_date = start;
  }
  if (!problems.empty()) throw body_refusal(std::move(problems));
  NewFieldPolicy policy{};
  if (const auto text = call.text("on_new_fields"); text && parse(*text, policy)) changes.on_new_fields = policy;
  auto changed = co_await context.pool.run([&] {
    auto now = context.integrations.change(integration.id, changes, expected);
    if (changes.start_date && begins_earlier(now.start_date, integration.start_date))
      context.queue.reload_later(now.id, tables_of_unknown_reach(context, now));
    return now;
  });
  context.wake_scheduler();
  co_return co_await answer_with_name(context, call, 200, std::move(changed));
}

Task<HttpResponse> pause(const ApiContext& context, const Call& call) {
  const Integration integration = co_await integration_in_path(context, call);
  const std::string reason = call.text("reason").value_or("");
  PauseMode mode = PauseMode::drain;
  if (const auto text = call.text("mode")) parse(*text, mode);
  std::optional<Time> until;
  if (const auto text = call.text("until")) until = parse_iso8601(*text);
  if (until && *until <= context.clock.now()) {
    throw body_refusal({Problem{"/until", "time_in_past", "must lie in the future"}});
  }
  auto paused =
      co_await context.pool.run([&] { return context.integrations.pause(integration.id, reason, until, mode); });
  context.wake_scheduler();
  co_return co_await answer_with_name(context, call, 200, std::move(paused));
}

Task<HttpResponse> resume(const ApiContext& context, const Call& call) {
  const Integration integration = co_await integration_in_path(context, call);
  auto resumed = co_await context.pool.run([&] { return context.integrations.resume(integration.id); });
  context.wake_scheduler();
  co_return co_await answer_with_name(context, call, 200, std::move(resumed));
}

Task<HttpResponse> sync(const ApiContext& context, const Call& call) {
  const Integration integration = co_await integration_in_path(context, call);
  const auto tables = tables_to_sync(call, connector_of(context, integration), integration);
  const auto triggered =
      co_await context.pool.run([&] { return context.queue.trigger(integration.id, RunTrigger::manual, tables); });
  context.wake_scheduler();
  const Run run = co_await wait_for_run(context, call, triggered.run);
  co_return run_answer(call, run, show_run(run), triggered.created ? 202 : 200);
}

}  // namespace sluice::api
