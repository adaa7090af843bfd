#pragma once
// `sluice keys`: the master keys, looked at and rotated beside running daemons.

#include "server/command_line.hpp"

#include <iosfwd>

namespace sluice {

/// Each returns the exit code; throws Error.
int show_keys(const CommandLine& line, std::ostream& out);
int rotate_keys(const CommandLine& line, std::ostream& out, std::ostream& err);

}  // namespace sluice
