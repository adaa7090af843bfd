#include "api/plan.hpp"

#include "api/integration_plan.hpp"
#include "api/problem.hpp"
#include "core/http.hpp"

#include <algorithm>
#include <set>

namespace sluice::api {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

template <class Declared>
void check_distinct(const std::vector<Declared>& all, std::vector<Problem>& problems) {
  std::set<std::string> names;
  for (const Declared& each : all) {
    if (names.insert(lower(each.name)).second) continue;
    problems.push_back({each.pointer + "/name", "duplicate_name", "is declared twice"});
  }
}

const KnownDestination* find_known_destination(const KnownState& state, const std::string& name) {
  const auto found = std::find_if(state.destinations.begin(), state.destinations.end(),
                                  [&](const auto& each) { return same_name(each.record.name, name); });
  return found == state.destinations.end() ? nullptr : &*found;
}

void check_parameters(const DeclaredDestination& declared, std::vector<Problem>& problems) {
  try {
    parse_destination(declared.parameters, Secret());
  } catch (const Error& error) {
    const Error placed = below_pointer(error, declared.pointer + "/parameters");
    for (const Problem& problem : placed.problems()) {
      problems.push_back({problem.pointer, "invalid_destination", problem.detail});
    }
  }
}

Json show_password(bool is_there, const Json& reference) {
  if (!is_there) return nullptr;
  return reference.is_null() ? Json("(given)") : reference;
}

bool is_other_password(const DeclaredDestination& declared, const KnownDestination* known) {
  if (!declared.password) return false;
  const bool had_one = known != nullptr && known->record.has_password;
  const auto& password = *declared.password;
  if (!password || !had_one) return password.has_value() != had_one;
  return !known->password || !known->password->equals(password->reveal()) ||
         !same_value(known->reference, declared.reference);
}

DestinationStep plan_destination(const DeclaredDestination& declared, const KnownState& state,
                                 std::vector<Problem>& problems) {
  DestinationStep step;
  step.declared = &declared;
  step.known = find_known_destination(state, declared.name);
  step.name = step.known == nullptr ? declared.name : step.known->record.name;
  if (step.known != nullptr && step.known->record.embedded) {
    problems.push_back({declared.pointer + "/name", "embedded_destination",
                        "is the daemon's own, which no document declares; integrations may name it"});
    return step;
  }
  check_parameters(declared, problems);
  const Json before = step.known == nullptr ? Json(nullptr) : step.known->record.parameters;
  if (!same_value(before, declared.parameters)) step.changes.push_back({"parameters", before, declared.parameters});
  step.stores_password = is_other_password(declared, step.known);
  if (step.stores_password) {
    const bool had_one = step.known != nullptr && step.known->record.has_password;
    step.changes.push_back({"password", show_password(had_one, had_one ? step.known->reference : Json(nullptr)),
                            show_password(declared.password->has_value(), declared.reference)});
  }
  if (step.known == nullptr) {
    step.action = Action::create;
  } else if (!step.changes.empty()) {
    step.action = Action::update;
  }
  return step;
}

void prune_integrations(const Declaration& declaration, const KnownState& state, Plan& plan) {
  for (const KnownIntegration& known : state.integrations) {
    const auto& all = declaration.integrations;
    const auto is_it = [&](const auto& each) { return same_name(each.name, known.integration.name); };
    if (std::any_of(all.begin(), all.end(), is_it)) continue;
    IntegrationStep step;
    step.action = Action::remove;
    step.known = &known;
    step.name = known.integration.name;
    step.wanted = known.integration;
    plan.integrations.push_back(std::move(step));
  }
}

void prune_destinations(const Declaration& declaration, const KnownState& state, Plan& plan) {
  for (const KnownDestination& known : state.destinations) {
    const auto& all = declaration.destinations;
    const auto is_it = [&](const auto& each) { return same_name(each.name, known.record.name); };
    // To load into a destination is to name it.
    const bool is_used = std::any_of(plan.integrations.begin(), plan.integrations.end(), [&](const auto& step) {
      return step.action != Action::remove && same_name(step.destination, known.record.name);
    });
    if (known.record.embedded || is_used || std::any_of(all.begin(), all.end(), is_it)) continue;
    DestinationStep step;
    step.action = Action::remove;
    step.known = &known;
    step.name = known.record.name;
    plan.destinations.push_back(std::move(step));
  }
}

Json show_changes(const std::vector<MemberChange>& changes) {
  Json shown = Json::array();
  for (const MemberChange& change : changes) {
    shown.push_back({{"member", change.member}, {"before", change.before}, {"after", change.after}});
  }
  return shown;
}

}  // namespace

std::string_view to_string(Action action) {
  switch (action) {
    case Action::create:
      return "create";
    case Action::update:
      return "update";
    case Action::remove:
      return "delete";
    case Action::unchanged:
      return "unchanged";
  }
  return "unchanged";
}

bool same_value(const Json& one, const Json& other) { return nlohmann::json(one) == nlohmann::json(other); }

bool same_name(std::string_view one, std::string_view other) { return equal_ignoring_case(one, other); }

const KnownIntegration* find_known(const KnownState& state, const std::string& name) {
  const auto found = std::find_if(state.integrations.begin(), state.integrations.end(),
                                  [&](const auto& each) { return same_name(each.integration.name, name); });
  return found == state.integrations.end() ? nullptr : &*found;
}

bool are_new_credentials(const DeclaredIntegration& declared, const KnownIntegration* known) {
  if (!declared.parsed) return false;
  if (known == nullptr || known->integration.account.empty() || !known->access_token) return true;
  // What the source refused is tried again: the secret may be the same and its rights others.
  if (known->integration.health == Health::auth_required) return true;
  return known->integration.account != declared.parsed->account ||
         known->integration.client_id != declared.parsed->client_id ||
         !known->access_token->equals(declared.parsed->access_token.reveal());
}

Plan make_plan(const Declaration& declaration, const KnownState& state, const Connectors& connectors,
               const PlanningRules& rules) {
  Plan plan;
  check_distinct(declaration.destinations, plan.problems);
  check_distinct(declaration.integrations, plan.problems);
  for (const DeclaredDestination& declared : declaration.destinations) {
    plan.destinations.push_back(plan_destination(declared, state, plan.problems));
  }
  const PlanningContext context{declaration, state, connectors, rules};
  for (const DeclaredIntegration& declared : declaration.integrations) {
    plan.integrations.push_back(plan_integration(context, declared, plan.problems));
  }
  if (rules.prunes) {
    prune_integrations(declaration, state, plan);
    prune_destinations(declaration, state, plan);
  }
  return plan;
}

Json show_step(const DestinationStep& step) {
  return {{"name", step.name}, {"action", to_string(step.action)}, {"changes", show_changes(step.changes)}};
}

Json show_step(const IntegrationStep& step) {
  return {{"name", step.name},
          {"action", to_string(step.action)},
          {"changes", show_changes(step.changes)},
          {"creates", step.creates},
          {"missing", step.missing}};
}

}  // namespace sluice::api
