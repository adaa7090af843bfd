#pragma once
// The commands that end by themselves; `serve` is server/daemon.hpp.

#include "server/command_line.hpp"

#include <iosfwd>

namespace sluice {

/// Runs any command but `serve` and returns the exit code. Throws Error.
int run_command(const CommandLine& line, std::ostream& out, std::ostream& err);

/// One line per problem: the setting, what to do, the code.
void print_problems(std::ostream& out, const std::vector<Problem>& problems);

/// Everything that is wrong with the settings: their form and, when that is right, their meaning.
std::vector<Problem> all_problems(const Config& config);

}  // namespace sluice
