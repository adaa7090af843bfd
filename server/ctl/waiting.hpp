#pragma once
// Waiting for a run or a job to end, with progress on stderr.

#include "core/http.hpp"
#include "core/json.hpp"
#include "server/ctl/api_client.hpp"
#include "server/ctl/console.hpp"

#include <optional>
#include <string>

namespace sluice::ctl {

/// The id of the run or job that this answer began, is, or names; nullopt when it speaks of none.
std::optional<std::string> work_in(const Json& answer);

/// The run or job as it was last seen, and whether it had ended by then.
struct Ending {
  HttpResponse last;
  bool has_ended = false;
};

class Waiting {
 public:
  Waiting(ApiClient& api, Console& console, bool is_quiet) : api_(api), console_(console), is_quiet_(is_quiet) {}

  /// An answer that is no success ends it. Throws Error{transient} when the daemon stays away.
  Ending wait(const std::string& id, std::optional<Duration> limit);

 private:
  HttpResponse ask(const std::string& target);

  ApiClient& api_;
  Console& console_;
  bool is_quiet_;
};

/// Whether a run or job that ended did what it was to do.
bool has_succeeded(const Json& run_or_job);

}  // namespace sluice::ctl
