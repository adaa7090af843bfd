#pragma once
// Scripts that complete `sluice ctl …` in a shell, made from the rows of the commands. Pure.

#include <string>
#include <string_view>

namespace sluice::ctl {

/// `shell`: bash, zsh or fish.
std::string completion_for(std::string_view shell);

}  // namespace sluice::ctl
