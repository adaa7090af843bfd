#pragma once
// Making an integration real: its destination is checked, its tables are created, its first run is opened. Everything
// here blocks.

#include "api/api.hpp"

namespace sluice::api {

/// The draft with everything that confirm needs: on the daemon's own destination when none was chosen and there is one.
/// Throws a refusal when steps are missing; nothing is changed then.
Integration complete_draft(const ApiContext& context, Integration draft);

/// A destination that this draft may load into, opened.
struct OpenDestination {
  std::unique_ptr<DestinationConnection> connection;
  std::vector<DestinationTable> tables;
};

/// Throws refusals for missing scopes and rights, and what the destination throws. Changes nothing.
OpenDestination open_destination(const ApiContext& context, const Connector& connector, const Integration& draft);

struct Confirmed {
  Integration integration;
  Run run;
};

/// The tables that confirming a draft that is not kept would create; throws what it would throw. Changes nothing.
std::vector<std::string> plan_confirmation(const ApiContext& context, const Connector& connector, Integration draft);

/// Creates the tables; returns their qualified names. In a rehearsal they are noted and not kept.
std::vector<std::string> prepare_destination(const ApiContext& context, OpenDestination& destination);

/// Confirms a draft whose tables (by their qualified names) are there, and opens the first run.
Confirmed confirm_prepared(const ApiContext& context, const Integration& draft, const std::vector<std::string>& tables);

/// Creates the tables, confirms, opens the first run. In a rehearsal the tables are noted and not kept.
Confirmed confirm_draft(const ApiContext& context, const Integration& draft, OpenDestination& destination);

/// Drops the destination tables of this integration; in a rehearsal they are noted only. Tables of others are left
/// alone.
void drop_tables(const ApiContext& context, const Connector& connector, const Integration& integration);

}  // namespace sluice::api
