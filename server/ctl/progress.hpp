#pragma once
// How the jobs at work are shown while somebody waits. Pure: jobs in, text for stderr out.

#include "core/clock.hpp"
#include "core/json.hpp"

#include <map>
#include <string>
#include <vector>

namespace sluice::ctl {

bool has_ended(const Json& job);

class Progress {
 public:
  /// `redraws`: on a terminal each picture replaces the one before; elsewhere each change of a state is a line.
  explicit Progress(bool redraws) : redraws_(redraws) {}

  std::string show(const std::vector<Json>& jobs, Duration elapsed);

 private:
  std::string picture(const std::vector<Json>& jobs, Duration elapsed);
  std::string changes(const std::vector<Json>& jobs);

  bool redraws_;
  std::size_t lines_ = 0;                    // of the picture that stands there
  std::map<std::string, std::string> said_;  // job -> the state last told
};

}  // namespace sluice::ctl
