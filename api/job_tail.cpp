#include "api/job_tail.hpp"

#include "api/server_events.hpp"
#include "api/views/views.hpp"

namespace sluice::api {
namespace {

constexpr int lines_at_once = 500;

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// The state is read first: the lines of a job that is final then are all there.
Tail::Seen look(const ApiContext& context, LogPlace& place) {
  const auto job = context.queue.find_job(place.job);
  const auto lines = context.queue.logs(place.job, place.at_least, {lines_at_once, place.after});
  if (!job || !lines) return {"", false, true};
  Tail::Seen seen;
  for (const JobLogLine& line : lines->items) {
    place.after = std::to_string(line.number);
    seen.events += server_event("log", *place.after, text_of(show_log_line(line)));
  }
  seen.has_more = lines->next.has_value();
  if (seen.has_more || !is_final(job->state)) return seen;
  const Json end{{"job", place.job.str()}, {"state", to_string(job->state)}};
  seen.events += server_event("end", "", text_of(end));
  seen.is_over = true;
  return seen;
}

}  // namespace

Tail::Look look_at_log(const ApiContext& context, LogPlace place) {
  return [&context, place = std::move(place)]() mutable { return look(context, place); };
}

}  // namespace sluice::api
