#pragma once
// The log of a job as it grows, as server-sent events: a `log` event per line under the line's number, and `end` once
// the job is final and its log complete.

#include "api/tail.hpp"

#include <optional>
#include <string>

namespace sluice::api {

struct LogPlace {
  JobId job;
  LogLevel at_least = LogLevel::debug;
  std::optional<std::string> after;  // a line's number
};

Tail::Look look_at_log(const ApiContext& context, LogPlace place);

}  // namespace sluice::api
