#pragma once
// The help texts, made from the rows of the commands. Pure.

#include "server/ctl/command.hpp"

#include <string>

namespace sluice::ctl {

std::string help();
std::string help_of_group(const std::string& group);
std::string help_of(const Command& command);
/// "sluice ctl integrations sync INTEGRATION [OPTIONS]"
std::string usage_of(const Command& command);

}  // namespace sluice::ctl
