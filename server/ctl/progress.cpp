#include "server/ctl/progress.hpp"

#include "server/ctl/render.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

namespace sluice::ctl {
namespace {

constexpr std::size_t most_lines = 15;  // of a terminal; other jobs are only counted
constexpr std::array<std::string_view, 4> ended_states{"succeeded", "failed", "cancelled", "skipped"};

std::string text_at(const Json& job, const char* pointer) {
  const Json::json_pointer path(pointer);
  return job.contains(path) && !job.at(path).is_null() ? cell_of(job.at(path)) : std::string();
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

std::string work_of(const Json& job) {
  std::string text = text_at(job, "/rows/read");
  if (text.empty()) text = "0";
  if (const std::string expected = text_at(job, "/expected_rows"); !expected.empty()) text += " of about " + expected;
  text += " rows, " + text_at(job, "/source_calls") + " calls";
  if (const std::string percent = text_at(job, "/progress/percent"); !percent.empty() && !has_ended(job)) {
    text += ", " + percent + " %";
  }
  return text;
}

/// What a change to this state is worth telling with.
std::string remark_of(const Json& job) {
  const std::string state = text_at(job, "/state");
  if (state == "queued" || state == "running") return "";
  std::string text = ": " + work_of(job);
  if (const std::string code = text_at(job, "/error/code"); !code.empty() && state != "succeeded") {
    text += "; " + text_at(job, "/error/detail") + " [" + code + "]";
  }
  if (const std::string next = text_at(job, "/next_attempt"); !next.empty() && state == "waiting_retry") {
    text += "; next attempt " + next;
  }
  return text;
}

constexpr int last_rank = 3;

/// Those that do something come first, then those that failed.
int rank_of(const Json& job) {
  const std::string state = text_at(job, "/state");
  if (state == "running") return 0;
  if (state == "waiting_retry" || state == "failed") return 1;
  return state == "queued" ? 2 : last_rank;
}

std::string count_of(const std::vector<Json>& jobs) {
  const auto ended = std::ranges::count_if(jobs, has_ended);
  return std::to_string(ended) + " of " + std::to_string(jobs.size()) + (jobs.size() == 1 ? " job" : " jobs") +
         " ended";
}

}  // namespace

bool has_ended(const Json& job) {
  return std::ranges::find(ended_states, text_at(job, "/state")) != ended_states.end();
}

std::string Progress::show(const std::vector<Json>& jobs, Duration elapsed) {
  return redraws_ ? picture(jobs, elapsed) : changes(jobs);
}

std::string Progress::picture(const std::vector<Json>& jobs, Duration elapsed) {
  std::vector<Json> sorted;
  for (int rank = 0; rank <= last_rank; ++rank) {
    std::ranges::copy_if(jobs, std::back_inserter(sorted), [rank](const Json& job) { return rank_of(job) == rank; });
  }
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < std::min(most_lines, sorted.size()); ++i) {
    const Json& job = sorted[i];
    lines.push_back("  " + padded(text_at(job, "/table"), 32) + "  " + padded(text_at(job, "/state"), 13) + "  " +
                    work_of(job));
  }
  if (sorted.size() > most_lines) lines.push_back("  and " + std::to_string(sorted.size() - most_lines) + " more");
  lines.push_back("  " + count_of(jobs) + ", " + std::to_string(elapsed.count() / 1000) + " s");

  std::string text = lines_ > 0 ? "\x1b[" + std::to_string(lines_) + "A" : "";
  for (const std::string& line : lines) text += "\r\x1b[2K" + line + '\n';
  // A picture that shrinks leaves no old lines below it.
  text += "\x1b[J";
  lines_ = lines.size();
  return text;
}

std::string Progress::changes(const std::vector<Json>& jobs) {
  std::string text;
  for (const Json& job : jobs) {
    const std::string state = text_at(job, "/state");
    std::string& said = said_[text_at(job, "/id")];
    if (said == state) continue;
    said = state;
    text += text_at(job, "/table") + ' ' + state + remark_of(job) + '\n';
  }
  return text;
}

}  // namespace sluice::ctl
