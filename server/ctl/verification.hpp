#pragma once
// Waiting for a verification, which may only begin when a run that was open before it has ended.

#include "server/ctl/waiting.hpp"

#include <string>

namespace sluice::ctl {

/// The job that `answer` of a verify call leads to, once it ended. `integration` and `table` as the call names them.
Ending wait_for_verification(ApiClient& api, Console& console, bool is_quiet, const Json& answer,
                             const std::string& integration, const std::string& table, std::optional<Duration> limit);

/// Whether the job found, or left, nothing that differs.
bool is_equal(const Json& job);

}  // namespace sluice::ctl
