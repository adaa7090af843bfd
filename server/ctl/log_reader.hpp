#pragma once
// Printing the log of a job, once or until the job has ended.

#include "core/http.hpp"
#include "server/ctl/api_client.hpp"
#include "server/ctl/console.hpp"
#include "server/ctl/invocation.hpp"

namespace sluice::ctl {

/// The last answer: a success when everything was printed.
HttpResponse print_log(ApiClient& api, Console& console, const Invocation& invocation);

}  // namespace sluice::ctl
