#pragma once
// How far a set-up has come. Pure.

#include "storage/model.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::api {

struct SetupStep {
  std::string name;
  bool done = false;
  std::string_view method;
  std::string path;
  std::string detail;  // what to do, or what is there
};

/// In their order. `has_default`: confirm chooses the daemon's own destination when none was chosen.
std::vector<SetupStep> setup_steps(const Integration& integration, bool has_default);

}  // namespace sluice::api
