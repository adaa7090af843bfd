#pragma once
// One integration of a declarative document against what there is of it. Pure; a part of plan.hpp.

#include "api/plan.hpp"

namespace sluice::api {

struct PlanningContext {
  const Declaration& declaration;
  const KnownState& state;
  const Connectors& connectors;
  const PlanningRules& rules;
};

/// Adds what forbids it to `problems`.
IntegrationStep plan_integration(const PlanningContext& context, const DeclaredIntegration& declared,
                                 std::vector<Problem>& problems);

bool same_name(std::string_view one, std::string_view other);

}  // namespace sluice::api
