#include "scheduler/cleaner.hpp"

#include "core/error.hpp"

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t batch = 1'000;
constexpr Duration after_failure = 1min;

}  // namespace

Task<void> Cleaner::run() {
  while (!stop_.is_asked()) {
    const auto swept = co_await attempt(pool_.run([this] { return retention_.sweep(periods_, batch); }));
    Duration pause = after_failure;
    if (!swept) {
      log_.warn("old rows were not deleted", {{"reason", to_error(swept.failure()).message()}});
    } else {
      const RetentionSweep& done = swept.value();
      pause = pause_after(done, batch);
      if (done.all() > 0) {
        log_.info("old rows deleted", {{"job_logs", done.job_logs},
                                       {"jobs", done.jobs},
                                       {"runs", done.runs},
                                       {"events", done.events},
                                       {"checkpoints", done.checkpoints},
                                       {"state_changes", done.state_changes}});
      }
    }
    if (!stop_.is_asked()) co_await changed_.wait(pause);
  }
}

}  // namespace sluice
