#pragma once
// What stands between a declarative document and what there is. Pure: document and state in, plan out.

#include "api/declaration.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sluice::api {

/// What there is. Secrets are opened only where the document gives one to compare with.
struct KnownDestination {
  DestinationRecord record;
  Json reference = nullptr;  // of the password
  std::optional<Secret> password = {};
};
struct KnownIntegration {
  Integration integration;
  Json reference = nullptr;  // of the credentials
  std::optional<Secret> access_token = {};
};
struct KnownState {
  std::vector<KnownDestination> destinations;
  std::vector<KnownIntegration> integrations;  // those being deleted, too
};

enum class Action { create, update, remove, unchanged };
std::string_view to_string(Action action);

struct MemberChange {
  std::string member;
  Json before;
  Json after;
};

struct DestinationStep {
  Action action = Action::unchanged;
  const DeclaredDestination* declared = nullptr;  // none: removed
  const KnownDestination* known = nullptr;        // none: created
  std::string name = {};
  bool stores_password = false;
  std::vector<MemberChange> changes = {};
};

struct IntegrationStep {
  Action action = Action::unchanged;
  const DeclaredIntegration* declared = nullptr;
  const KnownIntegration* known = nullptr;
  std::string name = {};
  std::vector<MemberChange> changes = {};
  /// As it will be; `destination` holds an id only when that destination exists.
  Integration wanted = {};
  std::string destination = {};  // its name; "" for none
  bool stores_credentials = false;
  bool confirms = false;
  std::vector<std::string> missing = {};  // steps of the set-up that keep it a draft
  std::vector<std::string> creates = {};  // tables, where it is confirmed
};

struct Plan {
  std::vector<DestinationStep> destinations;
  std::vector<IntegrationStep> integrations;
  std::vector<Problem> problems;  // with any of these nothing may be done
};

/// Whether the source has to be asked about the declared credentials: they are not those that are kept.
bool are_new_credentials(const DeclaredIntegration& declared, const KnownIntegration* known);
/// Whether two values are equal whatever the order of their members: PostgreSQL keeps another one than documents have.
bool same_value(const Json& one, const Json& other);
const KnownIntegration* find_known(const KnownState& state, const std::string& name);

/// `declaration` and `state` must outlive the plan.
struct PlanningRules {
  bool prunes = false;
  Time now = {};
};
Plan make_plan(const Declaration& declaration, const KnownState& state, const Connectors& connectors,
               const PlanningRules& rules);

/// The answer of apply, but for what is known only when it was done.
Json show_step(const DestinationStep& step);
Json show_step(const IntegrationStep& step);

}  // namespace sluice::api
