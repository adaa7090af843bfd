// The declarative document: POST /v1/apply makes it so, GET /v1/export gives it back.

#include "api/declaration.hpp"
#include "api/handlers/handlers.hpp"
#include "api/handlers/log_in.hpp"
#include "api/handlers/lookup.hpp"
#include "api/plan_execution.hpp"
#include "api/problem.hpp"
#include "api/rehearsal.hpp"
#include "api/secret_references.hpp"
#include "api/views/views.hpp"

#include <algorithm>

namespace sluice::api {
namespace {

void check_rights(const Call& call, const std::vector<ReferencePlace>& places) {
  if (places.empty() || call.token->scope >= TokenScope::admin) return;
  throw refusal("scope_needed", "a document with from_file or from_env needs a token of the scope admin");
}

/// Blocks.
ReadSecrets read_secrets(const ApiContext& context, const std::vector<ReferencePlace>& places) {
  ReadSecrets secrets;
  std::vector<Problem> problems;
  for (const ReferencePlace& place : places) {
    try {
      secrets[place.pointer] = read_secret(context.secret_references, place.reference);
    } catch (const Error& error) {
      problems.push_back({place.pointer, "secret_reference_refused", error.message()});
    }
  }
  if (!problems.empty()) throw body_refusal(std::move(problems));
  return secrets;
}

/// The source is asked only about credentials that are not those already kept.
Task<void> try_credentials(const ApiContext& context, const KnownState& state, Declaration& declaration) {
  for (DeclaredIntegration& declared : declaration.integrations) {
    if (!are_new_credentials(declared, find_known(state, declared.name))) continue;
    Connector& connector = usable_connector(context, declared.connector);
    auto login = attempt(log_in(context, connector, *declared.parsed));
    auto outcome = co_await std::move(login);
    if (!outcome) {
      const Error error = to_error(outcome.failure());
      throw Error(error.kind(), error.code(), declared.name + ": " + error.message(),
                  {Problem{declared.pointer + "/credentials", std::string(problem_of(error).code),
                           std::string(problem_of(error).hint)}});
    }
    declared.facts_of_login = account_facts(outcome.value());
  }
}

Task<Plan> plan_or_refuse(const ApiContext& context, const Call& call, const Declaration& declaration,
                          const KnownState& state) {
  const PlanningRules rules{call.flag("prune"), context.clock.now()};
  Plan plan = co_await context.pool.run([&] { return make_plan(declaration, state, context.connectors, rules); });
  if (!plan.problems.empty()) throw body_refusal(std::move(plan.problems));
  co_return plan;
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

std::string id_of(const KnownDestination& known) { return known.record.id.str(); }
std::string id_of(const KnownIntegration& known) { return known.integration.id.str(); }

template <class Step>
Json show_steps(const std::vector<Step>& steps, const std::vector<DoneStep>& done, Json& summary) {
  Json shown = Json::array();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const DoneStep result = i < done.size() ? done[i] : DoneStep{};
    Json step = show_step(steps[i]);
    step["id"] = text_or_null(result.id.empty() && steps[i].known != nullptr ? id_of(*steps[i].known) : result.id);
    step["detail"] = text_or_null(result.detail);
    if (step.contains("creates")) step["run"] = text_or_null(result.run);
    Json& count = summary[std::string(to_string(steps[i].action))];
    count = count.get<int>() + 1;
    shown.push_back(std::move(step));
  }
  return shown;
}

Json show_plan(const Plan& plan, const DonePlan& done, bool is_dry) {
  Json summary{{"create", 0}, {"update", 0}, {"delete", 0}, {"unchanged", 0}};
  Json destinations = show_steps(plan.destinations, done.destinations, summary);
  Json integrations = show_steps(plan.integrations, done.integrations, summary);
  return {{"dry_run", is_dry},
          {"summary", std::move(summary)},
          {"destinations", std::move(destinations)},
          {"integrations", std::move(integrations)}};
}

Task<Json> carry_out_once(const ApiContext& context, const Call& call, const Plan& plan) {
  const Log log = call.log.with({{"dry_run", true}});
  co_await context.pool.run([&] { carry_out(context, log, plan); });
  co_return nullptr;
}

/// Blocks.
Json export_all(const ApiContext& context) {
  KnownState state = read_state(context, {});
  // By name, so that two exports of the same configuration are the same text.
  std::sort(state.destinations.begin(), state.destinations.end(),
            [](const auto& one, const auto& other) { return one.record.name < other.record.name; });
  std::sort(state.integrations.begin(), state.integrations.end(),
            [](const auto& one, const auto& other) { return one.integration.name < other.integration.name; });
  Json destinations = Json::array();
  for (const KnownDestination& known : state.destinations) {
    if (known.record.embedded) continue;
    destinations.push_back(show_declared(known.record, context.destinations.password_reference(known.record.id)));
  }
  Json integrations = Json::array();
  for (const KnownIntegration& known : state.integrations) {
    const Integration& integration = known.integration;
    if (integration.state == IntegrationState::deleting) continue;
    const ExportedIntegration exported{integration, destination_name(context, integration),
                                       context.integrations.credentials_reference(integration.id)};
    integrations.push_back(show_declared(exported, connector_of(context, integration).catalogue()));
  }
  return {{"version", 1}, {"destinations", std::move(destinations)}, {"integrations", std::move(integrations)}};
}

}  // namespace

Task<HttpResponse> apply(const ApiContext& context, const Call& call) {
  const auto places = references_in(call.body);
  check_rights(call, places);
  const ReadSecrets secrets = co_await context.pool.run([&] { return read_secrets(context, places); });
  std::vector<Problem> problems;
  Declaration declaration = read_declaration(call.body, secrets, context.connectors, problems);
  if (!problems.empty()) throw body_refusal(std::move(problems));
  const KnownState state = co_await context.pool.run([&] { return read_state(context, declaration); });
  // What is known to be wrong is said before the source is asked.
  Plan plan = co_await plan_or_refuse(context, call, declaration, state);
  co_await try_credentials(context, state, declaration);
  plan = co_await plan_or_refuse(context, call, declaration, state);
  if (call.flag("dry_run")) {
    DonePlan tried;
    tried.destinations = co_await context.pool.run([&] { return try_destinations(context, plan); });
    // What would fail fails here, and nothing is kept.
    const auto work = [&](const ApiContext& rehearsed) { return carry_out_once(rehearsed, call, plan); };
    auto rehearsing = in_rehearsal(context, work);
    co_await std::move(rehearsing);
    co_return answer(200, show_plan(plan, tried, true));
  }

  DonePlan done = co_await context.pool.run([&] { return carry_out(context, call.log, plan); });
  context.wake_scheduler();
  co_await prune(context, plan, done);
  co_return answer(200, show_plan(plan, done, false));
}

Task<HttpResponse> export_document(const ApiContext& context, const Call&) {
  co_return answer(200, co_await context.pool.run([&] { return export_all(context); }));
}

}  // namespace sluice::api
