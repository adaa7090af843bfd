#pragma once
// The process: everything made once, in order, and taken down in reverse.

#include "core/config.hpp"

namespace sluice {

/// Runs until SIGTERM or SIGINT; returns the exit code. Throws Error when it cannot start.
int serve(const Config& config);

}  // namespace sluice
