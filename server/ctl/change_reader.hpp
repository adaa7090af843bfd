#pragma once
// Printing changes of state as they happen.

#include "core/http.hpp"
#include "server/ctl/api_client.hpp"
#include "server/ctl/console.hpp"
#include "server/ctl/invocation.hpp"

namespace sluice::ctl {

/// Goes on until the daemon refuses, or stays away: that answer, or the error.
HttpResponse print_changes(ApiClient& api, Console& console, const Invocation& invocation);

}  // namespace sluice::ctl
