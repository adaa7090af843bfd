#pragma once
// Carrying out a plan: everything that is made or changed, all or nothing, each change only of what was planned with.
// What is removed comes after that, because it cannot be undone.

#include "api/api.hpp"
#include "api/plan.hpp"

namespace sluice::api {

/// The state to plan against. Blocks.
KnownState read_state(const ApiContext& context, const Declaration& declaration);

struct DoneStep {
  std::string id = {};
  std::string run = {};     // opened by confirming; "" for none
  std::string detail = {};  // why it is not done yet
};
struct DonePlan {
  std::vector<DoneStep> destinations;  // as the plan's steps
  std::vector<DoneStep> integrations;
};

/// Opens what would be made or changed of destinations; a step's detail says why it cannot be used. Blocks.
std::vector<DoneStep> try_destinations(const ApiContext& context, const Plan& plan);

/// Creates and updates. Throws `changed` when something is not any more as it was planned with; nothing is kept then.
/// Blocks.
DonePlan carry_out(const ApiContext& context, const Log& log, const Plan& plan);
/// Removes what the plan removes.
Task<void> prune(const ApiContext& context, const Plan& plan, DonePlan& done);

}  // namespace sluice::api
