#pragma once
// Asking the source who we are, within a limit; and what is checked about a start date wherever it is set.

#include "api/api.hpp"

#include <optional>

namespace sluice::api {

/// Throws what the connector throws, and Error{transient, "source.unreachable"} after a minute.
Task<Account> log_in(const ApiContext& context, Connector& connector, const Credentials& credentials);

std::optional<Problem> check_start_date(const std::optional<Time>& start_date, Time now);

}  // namespace sluice::api
