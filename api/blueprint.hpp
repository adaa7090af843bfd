#pragma once
// An integration that is to be, and how it is made: what creation in one call, clone and apply have in common. Making
// blocks; each step adds to an Undo what takes it back.

#include "api/api.hpp"
#include "api/confirmation.hpp"
#include "api/undo.hpp"

#include <optional>

namespace sluice::api {

struct Blueprint {
  /// Its configuration: name, connector, frequency, start_date, on_new_fields, selection, destination and schema; with
  /// credentials also account, client_id and account_facts. State and times are not looked at.
  Integration wanted;
  std::optional<Secret> access_token = {};
  Json reference = nullptr;  // see Integrations::set_credentials
};

/// Puts credentials and what logging in with them showed into a blueprint.
void take_credentials(Blueprint& blueprint, const Credentials& credentials, Json facts, Json reference = nullptr);

/// A destination that a body describes or names.
struct TargetChoice {
  std::optional<DestinationRecord> known = {};  // none: to be made
  std::string name = {};
  Json parameters = {};
  Secret password = {};
};
/// Throws refusals with pointers below `pointer`: unknown name, name taken, bad parameters. Blocks.
TargetChoice choose_target(const ApiContext& context, const Json& choice, const std::string& pointer);
DestinationRecord make_target(const ApiContext& context, const TargetChoice& choice, Undo& undo);

Integration make_draft(const ApiContext& context, const Blueprint& blueprint, Undo& undo);

/// A draft whose tables stand at its destination, ready to be confirmed.
struct PreparedDraft {
  Integration draft;
  std::vector<std::string> tables;
};
PreparedDraft prepare_draft(const ApiContext& context, const Connector& connector, Integration draft, Undo& undo);

}  // namespace sluice::api
