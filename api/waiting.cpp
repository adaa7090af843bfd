#include "api/waiting.hpp"

#include <algorithm>
#include <charconv>

namespace sluice::api {
namespace {

using namespace std::chrono_literals;

constexpr Duration longest_wait = 60s;
constexpr Duration pause_between_looks = 200ms;

}  // namespace

std::optional<Duration> preferred_wait(const Headers& headers) {
  constexpr std::string_view name = "wait=";
  for (const auto& [header, value] : headers) {
    if (!equal_ignoring_case(header, "Prefer")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const auto end = rest.find_first_of(",;");
      std::string_view item = rest.substr(0, end);
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
      item.remove_prefix(std::min(item.find_first_not_of(" \t"), item.size()));
      if (item.size() <= name.size() || !equal_ignoring_case(item.substr(0, name.size()), name)) continue;
      std::int64_t seconds = 0;
      const auto [at, error] = std::from_chars(item.data() + name.size(), item.data() + item.size(), seconds);
      if (error != std::errc{} || seconds <= 0) return std::nullopt;
      return std::min(longest_wait, Duration(1000 * std::min<std::int64_t>(seconds, 3600)));
    }
  }
  return std::nullopt;
}

Task<Run> wait_for_run(const ApiContext& context, const Call& call, Run run) {
  const auto wait = preferred_wait(call.request.headers);
  // What is only rehearsed never starts.
  if (!wait || context.rehearsal != nullptr) co_return run;
  const SteadyTime until = context.clock.steady_now() + *wait;
  while (run.open && context.clock.steady_now() < until && !context.stop.is_asked()) {
    co_await context.clock.sleep(pause_between_looks);
    const auto seen = co_await context.pool.run([&] { return context.queue.find_run(run.id); });
    if (!seen) break;
    run = *seen;
  }
  co_return run;
}

Task<Job> wait_for_job(const ApiContext& context, const Call& call, Job job) {
  const auto wait = preferred_wait(call.request.headers);
  if (!wait || context.rehearsal != nullptr) co_return job;
  const SteadyTime until = context.clock.steady_now() + *wait;
  while (!is_final(job.state) && context.clock.steady_now() < until && !context.stop.is_asked()) {
    co_await context.clock.sleep(pause_between_looks);
    const auto seen = co_await context.pool.run([&] { return context.queue.find_job(job.id); });
    if (!seen) break;
    job = *seen;
  }
  co_return job;
}

HttpResponse run_answer(const Call& call, const Run& run, const Json& body, int status) {
  const auto wait = preferred_wait(call.request.headers);
  HttpResponse response = answer(wait && !run.open ? 200 : status, body);
  response.headers.set("Location", "/v1/runs/" + run.id.str());
  if (wait) response.headers.set("Preference-Applied", "wait=" + std::to_string(wait->count() / 1000));
  return response;
}

}  // namespace sluice::api
