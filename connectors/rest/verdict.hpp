#pragma once
// What an answer means. The one place that looks at status numbers.

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/http.hpp"

#include <optional>

namespace sluice {

enum class Action {
  use,    // the body holds records
  end,    // an empty answer: the list is over
  wait,   // told to wait (429); costs no attempt
  retry,  // the peer failed; worth another attempt
  fail    // this will not get better by itself
};

struct Verdict {
  Action action = Action::use;
  ErrorKind kind = ErrorKind::transient;  // retry and fail
  std::string code;                       // "source.auth_failed", "source.scope_missing", …
  std::string detail;                     // from the body, cut and cleaned
  std::optional<Duration> wait;           // wait: what the headers say; none = back off on our own schedule
};

Verdict judge(const HttpResponse& response);

}  // namespace sluice
