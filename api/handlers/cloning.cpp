// POST of a clone: everything of an integration but its name and the history of its runs, with what the body says
// otherwise. Its tables are its own, because its name prefixes them.

#include "api/estimate.hpp"
#include "api/handlers/handlers.hpp"
#include "api/handlers/log_in.hpp"
#include "api/handlers/lookup.hpp"
#include "api/handlers/making.hpp"
#include "api/problem.hpp"
#include "api/selection.hpp"
#include "api/views/views.hpp"
#include "core/time.hpp"
#include "storage/frequency.hpp"

namespace sluice::api {
namespace {

/// Where the clone's credentials come from.
enum class Origin { none, copied, given };

bool wants_confirmation(const Call& call) {
  const Json* wanted = call.member("confirm");
  return wanted != nullptr && wanted->get<bool>();
}

Origin origin_of_credentials(const Call& call, const Integration& source) {
  const Json* wanted = call.member("credentials");
  if (wanted != nullptr && wanted->is_object()) return Origin::given;
  const bool copies = wanted == nullptr || wanted->get<bool>();
  return copies && !source.account.empty() ? Origin::copied : Origin::none;
}

void apply_overrides(const Call& call, Integration& wanted) {
  std::vector<Problem> problems;
  if (const Json* frequency = call.member("frequency")) {
    if (const auto own = read_frequency(*frequency, "/frequency", problems)) wanted.frequency = *own;
  }
  if (const Json* windows = call.member("quiet_hours")) {
    wanted.quiet_hours = read_quiet_hours(*windows, "/quiet_hours", problems);
  }
  if (!problems.empty()) throw body_refusal(std::move(problems));
  if (call.body.contains("start_date")) {
    const auto start = call.text("start_date");
    wanted.start_date = start ? parse_iso8601(*start) : std::nullopt;
  }
  if (const auto policy = call.text("on_new_fields")) parse(*policy, wanted.on_new_fields);
}

/// What of the source makes the clone; credentials and what they showed come later.
Integration configuration_of(const Call& call, const Integration& source) {
  Integration wanted = source;
  wanted.id = {};
  wanted.name = *call.text("name");
  wanted.state = IntegrationState::draft;
  wanted.paused = false;
  wanted.health = Health::unknown;
  wanted.account.clear();
  wanted.client_id.clear();
  wanted.account_facts = nullptr;
  wanted.authenticated_at.reset();
  wanted.confirmed_at.reset();
  wanted.next_run_at.reset();
  apply_overrides(call, wanted);
  return wanted;
}

void check_form(const ApiContext& context, const Call& call, const Integration& wanted, const Connector& connector,
                Origin origin) {
  std::vector<Problem> problems;
  if (auto problem = check_name_length(wanted.name, connector.catalogue(), "/name")) {
    problems.push_back(*std::move(problem));
  }
  const bool is_new_start = call.body.contains("start_date");
  if (auto problem = check_start_date(is_new_start ? wanted.start_date : std::nullopt, context.clock.now())) {
    problems.push_back(*std::move(problem));
  }
  if (origin == Origin::none && wants_confirmation(call)) {
    problems.push_back({"/credentials", "needs_credentials",
                        "confirm needs credentials: send some, or leave confirm out and authenticate the draft"});
  }
  if (!problems.empty()) throw body_refusal(std::move(problems));
}

/// Copied credentials of a draft are not tried: the source need not be up for a copy.
Task<void> fill_credentials(const ApiContext& context, const Call& call, const Integration& source, Origin origin,
                            Blueprint& blueprint) {
  Connector& connector = usable_connector(context, source.connector);
  if (origin == Origin::none) co_return;
  Credentials credentials;
  Json reference;
  if (origin == Origin::given) {
    credentials = read_credentials(connector, *call.member("credentials"), "/credentials");
  } else {
    co_await context.pool.run([&] {
      // Sealed anew for the clone's own row when it is stored.
      credentials = {source.account, source.client_id, context.integrations.access_token(source.id)};
      reference = context.integrations.credentials_reference(source.id);
    });
  }
  Json facts = source.account_facts;
  if (origin == Origin::given || wants_confirmation(call)) {
    facts = account_facts(co_await log_in(context, connector, credentials));
  }
  take_credentials(blueprint, credentials, std::move(facts), std::move(reference));
}

void choose_tables(const Call& call, const Catalogue& catalogue, Integration& wanted) {
  if (const Json* selection = call.member("selection")) {
    wanted.selection = resolve_selection(catalogue, *selection, wanted.account_facts, "/selection");
    return;
  }
  auto problems = missing_scopes(wanted.selection, wanted.account_facts);
  for (Problem& problem : problems) problem.pointer = "/selection";
  if (!problems.empty()) throw body_refusal(std::move(problems));
}

Json show_plan(const Connector& connector, const Integration& wanted, const std::vector<std::string>& tables,
               bool confirms) {
  const Estimate estimate = estimate_load(connector.catalogue(), wanted.selection, wanted.account_facts);
  return {{"name", wanted.name}, {"confirmed", confirms}, {"creates", tables}, {"estimate", show_estimate(estimate)}};
}

/// Blocks. A destination that is yet to be made is not reached.
Json plan_clone(const ApiContext& context, const Connector& connector, const Integration& wanted, bool is_new_target,
                bool confirms) {
  std::vector<std::string> tables;
  if (confirms && !is_new_target) {
    tables = plan_confirmation(context, connector, wanted);
  } else if (confirms) {
    for (const DestinationTable& table : destination_tables(wanted, connector.catalogue())) {
      tables.push_back(qualified_name(table));
    }
  }
  return show_plan(connector, wanted, tables, confirms);
}

/// Blocks.
std::pair<Integration, std::optional<Run>> make_clone(const ApiContext& context, const Connector& connector,
                                                      Blueprint blueprint, const std::optional<TargetChoice>& target,
                                                      bool confirms, Undo& undo) {
  if (target) blueprint.wanted.destination = make_target(context, *target, undo).id;
  Integration draft = make_draft(context, blueprint, undo);
  if (!confirms) return {std::move(draft), std::nullopt};
  const auto prepared = prepare_draft(context, connector, std::move(draft), undo);
  auto confirmed = confirm_prepared(context, prepared.draft, prepared.tables);
  return {std::move(confirmed.integration), std::move(confirmed.run)};
}

}  // namespace

Task<HttpResponse> clone(const ApiContext& context, const Call& call) {
  const Integration source = co_await integration_in_path(context, call);
  if (source.state == IntegrationState::deleting) {
    throw Error(ErrorKind::conflict, "integration.deleting", "the integration is being deleted");
  }
  const Connector& connector = connector_of(context, source);
  const Origin origin = origin_of_credentials(call, source);
  const bool confirms = wants_confirmation(call);
  Blueprint blueprint{configuration_of(call, source)};
  check_form(context, call, blueprint.wanted, connector, origin);
  co_await check_name_is_free(context, blueprint.wanted.name);
  std::optional<TargetChoice> target;
  if (const Json* choice = call.member("destination")) {
    blueprint.wanted.schema = Identifier::parse_schema(choice->value("schema", "public"))->str();
    target = co_await context.pool.run(
        [&] { return choose_target(context, choice->at("destination"), "/destination/destination"); });
    if (target->known) blueprint.wanted.destination = target->known->id;
  }
  co_await fill_credentials(context, call, source, origin, blueprint);
  choose_tables(call, connector.catalogue(), blueprint.wanted);

  if (call.flag("dry_run")) {
    const bool is_new_target = target && !target->known;
    co_return answer(200, co_await context.pool.run([&] {
      return plan_clone(context, connector, blueprint.wanted, is_new_target, confirms);
    }));
  }
  auto [made, run] = co_await context.pool.run([&] {
    return all_or_nothing(
        call.log, [&](Undo& undo) { return make_clone(context, connector, blueprint, target, confirms, undo); });
  });
  co_return co_await made_answer(context, call, std::move(made), std::move(run));
}

}  // namespace sluice::api
