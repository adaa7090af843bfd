#pragma once
// What the types of settings cannot say: which words are allowed, what goes only together, what must be positive.

#include "core/config.hpp"

#include <vector>

namespace sluice {

/// Everything that would keep the daemon from starting with these settings, as far as the settings alone tell.
std::vector<Problem> check_rules(const Config& config);

}  // namespace sluice
