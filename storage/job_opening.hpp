#pragma once
// How a run is opened, for everyone who opens one. Private to storage/*.cpp; callers hold the lock on the integration.

#include "storage/model.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sluice {

class Tx;

/// Error{conflict, "integration.…"} when its state forbids runs.
void check_may_run(const Integration& integration);
/// Error{missing, "table.unknown"}.
void check_selected(const Integration& integration, const std::vector<std::string>& tables);
std::optional<Run> open_run_of(Tx& tx, const IntegrationId& integration);
/// With a job for each of these tables (none: all that are selected) that is not paused; one that is to be reloaded is.
/// Error{conflict, "table.paused"} when there is nothing left to do.
Run open_run(Tx& tx, const Integration& integration, RunTrigger trigger, const std::vector<std::string>& tables);
/// For the tables that are to be verified, in a run of their own: then nothing loads them meanwhile. None when there is
/// no such table.
std::optional<Run> open_verification(Tx& tx, const Integration& integration);

}  // namespace sluice
