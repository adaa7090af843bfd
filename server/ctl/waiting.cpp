#include "server/ctl/waiting.hpp"

#include "core/error.hpp"
#include "server/ctl/outcome.hpp"
#include "server/ctl/progress.hpp"

#include <algorithm>
#include <ostream>
#include <vector>

namespace sluice::ctl {
namespace {

using namespace std::chrono_literals;

constexpr Duration first_pause{250};
constexpr Duration longest_pause{2'000};
/// A daemon that restarts goes on with its runs; waiting for one outlives that.
constexpr Duration patience{60'000};

bool is_run(const std::string& id) { return id.starts_with("run_"); }
bool is_job(const std::string& id) { return id.starts_with("job_"); }

std::string text_of(const Json& object, const char* member) {
  const auto found = object.is_object() ? object.find(member) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::vector<Json> items_of(const HttpResponse& response) {
  const Json page = Json::parse(response.body, nullptr, false);
  if (!page.is_object() || !page.contains("items") || !page.at("items").is_array()) return {};
  std::vector<Json> items(page.at("items").begin(), page.at("items").end());
  std::ranges::reverse(items);  // the list begins with the newest
  return items;
}

bool is_over(const Json& run_or_job) {
  if (run_or_job.contains("open")) return run_or_job.at("open") == false;
  return has_ended(run_or_job);
}

}  // namespace

std::optional<std::string> work_in(const Json& answer) {
  for (const std::string& id : {text_of(answer, "id"), text_of(answer, "job"), text_of(answer, "run")}) {
    if (is_run(id) || is_job(id)) return id;
  }
  if (!answer.is_object()) return std::nullopt;
  for (const char* member : {"job", "run"}) {
    if (!answer.contains(member)) continue;
    const std::string id = text_of(answer.at(member), "id");
    if (!id.empty()) return id;
  }
  return std::nullopt;
}

bool has_succeeded(const Json& run_or_job) {
  return text_of(run_or_job, run_or_job.contains("open") ? "result" : "state") == "succeeded";
}

Ending Waiting::wait(const std::string& id, std::optional<Duration> limit) {
  const SteadyTime begin = console_.now();
  Progress progress(console_.draws);
  Duration pause = first_pause;
  while (true) {
    Ending ending;
    ending.last = ask((is_run(id) ? "/v1/runs/" : "/v1/jobs/") + percent_encode(id));
    if (!is_success(ending.last)) return ending;
    const Json work = Json::parse(ending.last.body, nullptr, false);
    if (!work.is_object()) throw Error(ErrorKind::bug, "ctl.bad_answer", "the daemon's answer is no JSON object");
    const auto elapsed = std::chrono::duration_cast<Duration>(console_.now() - begin);
    if (!is_quiet_) {
      const auto jobs = is_run(id) ? items_of(ask("/v1/jobs?limit=500&run=" + percent_encode(id))) : std::vector{work};
      console_.err << progress.show(jobs, elapsed) << std::flush;
    }
    ending.has_ended = is_over(work);
    if (ending.has_ended || (limit && elapsed >= *limit)) return ending;
    console_.sleep(limit ? std::min(pause, std::max(*limit - elapsed, Duration(1))) : pause);
    pause = std::min(pause * 2, longest_pause);
  }
}

HttpResponse Waiting::ask(const std::string& target) {
  const SteadyTime begin = console_.now();
  bool is_told = false;
  while (true) {
    std::string reason;
    try {
      HttpResponse response = api_.get(target);
      if (response.status != 503 || console_.now() - begin >= patience) return response;
      reason = "the daemon is stopping or starting";
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::transient || console_.now() - begin >= patience) throw;
      reason = error.message();
    }
    if (!is_told && !is_quiet_) console_.err << "sluice: " << reason << "; trying on\n" << std::flush;
    is_told = true;
    console_.sleep(longest_pause);
  }
}

}  // namespace sluice::ctl
