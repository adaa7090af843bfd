#include "api/job_tail.hpp"

#include "api/server_events.hpp"
#include "api/views/views.hpp"

#include <algorithm>

namespace sluice::api {
namespace {

using namespace std::chrono_literals;

constexpr Duration heartbeat = 15s;
constexpr Duration between_looks = 1s;
constexpr Duration nap = 200ms;  // a process that stops is noticed this soon
constexpr Duration between_welcomes = 5s;
constexpr int lines_at_once = 500;
constexpr int come_back_after = 2'000;

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

JobTail::JobTail(const ApiContext& context, Place place, Secret token, std::unique_ptr<StreamSlots::Slot> slot)
    : context_(context), place_(std::move(place)), token_(std::move(token)), slot_(std::move(slot)) {
  sent_at_ = welcomed_at_ = context_.clock.steady_now();
}

Task<std::optional<std::string>> JobTail::next() {
  if (is_over_ || context_.stop.is_asked()) co_return std::nullopt;
  std::string text;
  if (!has_begun_) {
    has_begun_ = true;
    text = server_retry(come_back_after);
  } else if (!has_more_) {
    co_await pause();
    if (context_.stop.is_asked() || !co_await is_still_welcome()) co_return std::nullopt;
  }
  text += co_await look();
  const SteadyTime now = context_.clock.steady_now();
  if (text.empty() && now - sent_at_ >= heartbeat) text = server_comment("still there");
  if (!text.empty()) sent_at_ = now;
  co_return text;
}

Task<std::string> JobTail::look() {
  auto seen = co_await context_.pool.run([this] { return look_now(); });
  is_over_ = seen.is_over;
  co_return std::move(seen.events);
}

/// Blocks. The state is read first: the lines of a job that is final then are all there.
JobTail::Look JobTail::look_now() {
  const auto job = context_.queue.find_job(place_.job);
  const auto lines = context_.queue.logs(place_.job, place_.at_least, {lines_at_once, place_.after});
  if (!job || !lines) return {"", true};
  Look seen;
  for (const JobLogLine& line : lines->items) {
    place_.after = std::to_string(line.number);
    seen.events += server_event("log", *place_.after, text_of(show_log_line(line)));
  }
  has_more_ = lines->next.has_value();
  if (has_more_ || !is_final(job->state)) return seen;
  const Json end{{"job", place_.job.str()}, {"state", to_string(job->state)}};
  seen.events += server_event("end", "", text_of(end));
  seen.is_over = true;
  return seen;
}

Task<bool> JobTail::is_still_welcome() {
  if (context_.clock.steady_now() - welcomed_at_ < between_welcomes) co_return true;
  welcomed_at_ = context_.clock.steady_now();
  const auto token = co_await context_.pool.run([this] { return context_.tokens.authenticate(token_); });
  co_return token.has_value();
}

Task<void> JobTail::pause() {
  const SteadyTime until = context_.clock.steady_now() + between_looks;
  while (context_.clock.steady_now() < until && !context_.stop.is_asked()) co_await context_.clock.sleep(nap);
}

}  // namespace sluice::api
