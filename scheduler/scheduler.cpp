#include "scheduler/scheduler.hpp"

#include "core/error.hpp"
#include "scheduler/run_execution.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <list>
#include <utility>

namespace sluice {

namespace asio = boost::asio;
using namespace std::chrono_literals;

struct Scheduler::State {
  SchedulerContext context;
  SchedulerSettings settings;
  Log log;
  Event changed;
  std::list<RunExecution> runs;
  bool winding_down = false;

  Task<void> tick();
  Task<bool> claim_one(const asio::any_io_executor& executor);
  Task<Duration> sleep_time();
  void wind_down();
};

Scheduler::Scheduler(SchedulerContext context, SchedulerSettings settings, Log log)
    : state_(std::make_unique<State>(State{std::move(context), std::move(settings), std::move(log), {}, {}})) {}

Scheduler::~Scheduler() = default;

Task<void> Scheduler::run() {
  State& state = *state_;
  int failures = 0;
  while (!state.context.stop.is_asked()) {
    const auto ticked = co_await attempt(state.tick());
    Duration wait = 0ms;
    if (ticked) {
      failures = 0;
      const auto time = co_await attempt(state.sleep_time());
      wait = time ? time.value() : 5s;
    } else {
      ++failures;
      wait = backoff_delay({500ms, 3s}, failures, random_unit());
      state.log.warn("control database does not answer as it should",
                     {{"reason", to_error(ticked.failure()).message()}, {"failures", failures}});
    }
    if (!state.context.stop.is_asked()) co_await state.changed.wait(wait);
  }
  state.wind_down();
  while (!state.runs.empty()) co_await state.changed.wait(1min);
}

/// Opens what is due and takes as many runs as there is room for.
Task<void> Scheduler::State::tick() {
  const auto executor = co_await asio::this_coro::executor;
  const int opened = co_await context.pool.run([this] { return context.queue.enqueue_due(settings.spread); });
  if (opened > 0) log.info("runs opened by schedule", {{"runs", opened}});
  while (runs.size() < settings.runs && !context.stop.is_asked()) {
    if (!co_await claim_one(executor)) break;
  }
}

Task<bool> Scheduler::State::claim_one(const asio::any_io_executor& executor) {
  auto claimed = co_await context.pool.run([this] { return context.queue.claim(settings.worker, settings.lease); });
  if (!claimed) co_return false;
  const auto run = runs.emplace(runs.end(), context, settings, std::move(*claimed), log);
  if (winding_down) run->wind_down();
  asio::co_spawn(executor, run->run(), [this, run](std::exception_ptr failure) {
    if (failure) log.error("run ended badly", {{"reason", to_error(failure).message()}});
    runs.erase(run);
    changed.notify();
  });
  co_return true;
}

/// Until the next thing is due; other daemons and clients of theirs may add to the queue at any time, so never long.
/// Who looks twice within a lease knows when each one ends.
Task<Duration> Scheduler::State::sleep_time() {
  const Duration longest = std::min<Duration>(5s, settings.lease / 2);
  const auto due = co_await context.pool.run([this] { return context.queue.until_next_due(); });
  if (!due || runs.size() >= settings.runs) co_return longest;
  co_return std::clamp<Duration>(*due, 50ms, longest);
}

void Scheduler::State::wind_down() {
  winding_down = true;
  for (RunExecution& run : runs) run.wind_down();
}

void Scheduler::wake() {
  state_->changed.notify();
  for (RunExecution& run : state_->runs) run.look();
}

void Scheduler::insist() {
  for (RunExecution& run : state_->runs) run.abort();
}

}  // namespace sluice
