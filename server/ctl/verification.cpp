#include "server/ctl/verification.hpp"

#include "core/error.hpp"
#include "server/ctl/outcome.hpp"

#include <algorithm>

namespace sluice::ctl {
namespace {

using namespace std::chrono_literals;

constexpr Duration pause_between_looks = 500ms;
constexpr std::size_t prefix_length = 4;  // of run_ and job_; behind it ids ascend with time

std::optional<Duration> rest_of(std::optional<Duration> limit, Duration elapsed) {
  if (!limit) return std::nullopt;
  return std::max(*limit - elapsed, Duration(0));
}

}  // namespace

Ending wait_for_verification(ApiClient& api, Console& console, bool is_quiet, const Json& answer,
                             const std::string& integration, const std::string& table, std::optional<Duration> limit) {
  const SteadyTime begin = console.now();
  const auto elapsed = [&] { return std::chrono::duration_cast<Duration>(console.now() - begin); };
  const std::string run = work_in(answer).value_or("");
  const bool is_behind = answer.value("queued_behind", false);
  Waiting waiting(api, console, is_quiet);
  std::string jobs = "/v1/jobs?kind=verify&limit=1&run=" + percent_encode(run);
  if (is_behind) {
    Ending before = waiting.wait(run, limit);
    if (!is_success(before.last) || !before.has_ended) return before;
    jobs =
        "/v1/jobs?kind=verify&limit=1&integration=" + percent_encode(integration) + "&table=" + percent_encode(table);
  }
  while (true) {
    const HttpResponse response = api.get(jobs);
    if (!is_success(response)) return {response, false};
    const Json page = Json::parse(response.body, nullptr, false);
    const bool has_one =
        page.is_object() && page.contains("items") && page["items"].is_array() && !page["items"].empty();
    const std::string job = has_one ? page["items"].front().value("id", "") : "";
    // An older one is not what was asked for.
    if (job.size() > prefix_length && (!is_behind || job.substr(prefix_length) > run.substr(prefix_length)))
      return waiting.wait(job, rest_of(limit, elapsed()));
    if (limit && elapsed() >= *limit) return {response, false};
    console.sleep(pause_between_looks);
  }
}

bool is_equal(const Json& job) {
  const auto found = job.find("verification");
  return found != job.end() && found->is_object() && found->value("equal", false);
}

}  // namespace sluice::ctl
