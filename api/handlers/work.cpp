// Runs, jobs, their attempts and logs.

#include "api/handlers/handlers.hpp"
#include "api/handlers/lookup.hpp"
#include "api/job_tail.hpp"
#include "api/problem.hpp"
#include "api/views/views.hpp"
#include "api/waiting.hpp"

namespace sluice::api {
namespace {

JobFilter job_filter(const Call& call, std::optional<IntegrationId> integration) {
  JobFilter filter;
  filter.integration = std::move(integration);
  if (const auto run = call.parameter("run")) filter.run = RunId(*run);
  filter.table = call.parameter("table").value_or("");
  for (const std::string& name : call.list("state")) {
    JobState state{};
    parse(name, state);
    filter.states.push_back(state);
  }
  for (const std::string& name : call.list("kind")) {
    JobKind kind{};
    parse(name, kind);
    filter.kinds.push_back(kind);
  }
  filter.since = call.time("since");
  filter.until = call.time("until");
  return filter;
}

HttpResponse tail_answer(const ApiContext& context, const Call& call, LogPlace place) {
  // A reader that comes back says where it was.
  if (const auto last = call.request.headers.find("Last-Event-ID")) place.after = std::string(*last);
  return stream_answer(context, call, look_at_log(context, std::move(place)));
}

std::string ndjson(const std::vector<JobLogLine>& lines) {
  std::string text;
  for (const JobLogLine& line : lines) {
    text += show_log_line(line).dump(-1, ' ', false, Json::error_handler_t::replace);
    text += '\n';
  }
  return text;
}

}  // namespace

Task<HttpResponse> list_runs(const ApiContext& context, const Call& call) {
  const PageRequest page = call.page();
  const auto integration = co_await filtered_integration(context, call);
  const auto listing = co_await context.pool.run([&] { return context.queue.list_runs(integration, page); });
  Json items = Json::array();
  for (const Run& run : listing.items) items.push_back(show_run(run));
  co_return list_answer(call, std::move(items), listing.next);
}

Task<HttpResponse> get_run(const ApiContext& context, const Call& call) {
  const auto run = co_await context.pool.run([&] { return context.queue.find_run(RunId(call.path("run"))); });
  if (!run) throw not_found("run", call.path("run"));
  co_return answer(200, show_run(*run));
}

Task<HttpResponse> list_jobs(const ApiContext& context, const Call& call) {
  const PageRequest page = call.page();
  auto integration = co_await filtered_integration(context, call);
  const JobFilter filter = job_filter(call, std::move(integration));
  const auto listing = co_await context.pool.run([&] { return context.queue.list_jobs(filter, page); });
  Json items = Json::array();
  for (const Job& job : listing.items) items.push_back(show_job(job, context.clock.now()));
  co_return list_answer(call, std::move(items), listing.next);
}

Task<HttpResponse> get_job(const ApiContext& context, const Call& call) {
  const auto job = co_await context.pool.run([&] { return context.queue.find_job(JobId(call.path("job"))); });
  if (!job) throw not_found("job", call.path("job"));
  co_return answer(200, show_job(*job, context.clock.now()));
}

Task<HttpResponse> list_attempts(const ApiContext& context, const Call& call) {
  const PageRequest page = call.page();
  const JobId job(call.path("job"));
  const auto listing = co_await context.pool.run([&] { return context.queue.attempts(job, page); });
  if (!listing) throw not_found("job", job.str());
  Json items = Json::array();
  for (const JobAttempt& attempt : listing->items) items.push_back(show_attempt(attempt, context.clock.now()));
  co_return list_answer(call, std::move(items), listing->next);
}

Task<HttpResponse> cancel_job(const ApiContext& context, const Call& call) {
  Job job = co_await context.pool.run([&] { return context.queue.cancel(JobId(call.path("job"))); });
  call.log.info("job cancelled", {{"job", job.id.str()}, {"table", job.table}, {"state", to_string(job.state)}});
  context.wake_scheduler();
  job = co_await wait_for_job(context, call, std::move(job));
  HttpResponse response = answer(is_final(job.state) ? 200 : 202, show_job(job, context.clock.now()));
  response.headers.set("Location", "/v1/jobs/" + job.id.str());
  co_return response;
}

Task<HttpResponse> retry_job(const ApiContext& context, const Call& call) {
  const JobId id(call.path("job"));
  auto retried = co_await context.pool.run([&] { return context.queue.retry(id); });
  context.wake_scheduler();
  const Run run = co_await wait_for_run(context, call, retried.run);
  if (retried.job && !run.open) {
    const JobId made = retried.job->id;
    retried.job = co_await context.pool.run([&] { return context.queue.find_job(made); });
  }
  const Json body{{"job", retried.job ? show_job(*retried.job, context.clock.now()) : Json(nullptr)},
                  {"run", show_run(run)},
                  {"retry_of", id.str()},
                  {"queued_behind", retried.is_behind}};
  HttpResponse response = run_answer(call, run, body, 202);
  if (retried.job) response.headers.set("Location", "/v1/jobs/" + retried.job->id.str());
  co_return response;
}

Task<HttpResponse> list_job_logs(const ApiContext& context, const Call& call) {
  PageRequest page = call.page();
  if (const auto after = call.parameter("after")) page.after = *after;
  LogLevel level = LogLevel::debug;
  if (const auto name = call.parameter("level")) parse(*name, level);
  const JobId job(call.path("job"));
  const auto listing = co_await context.pool.run([&] { return context.queue.logs(job, level, page); });
  if (!listing) throw not_found("job", job.str());
  if (call.media == "text/event-stream") co_return tail_answer(context, call, {job, level, page.after});
  Json items = Json::array();
  if (call.media == "application/json") {
    for (const JobLogLine& line : listing->items) items.push_back(show_log_line(line));
  }
  HttpResponse response = list_answer(call, std::move(items), listing->next);
  if (call.media == "application/x-ndjson") {
    response.headers.set("Content-Type", "application/x-ndjson");
    response.body = ndjson(listing->items);
  }
  co_return response;
}

}  // namespace sluice::api
