#pragma once
// `sluice ctl …`: a command line becomes calls of the control API, their answers a table or JSON, and an exit code.

#include "core/config.hpp"
#include "server/ctl/api_client.hpp"
#include "server/ctl/console.hpp"
#include "server/ctl/invocation.hpp"

#include <span>
#include <string>

namespace sluice::ctl {

/// `words` are those behind `ctl`. Returns the exit code; never throws.
int run(std::span<const std::string> words, const KeyValues& environment);

/// One understood command. Throws Error.
int carry_out(const Invocation& invocation, ApiClient& api, Console& console);

}  // namespace sluice::ctl
