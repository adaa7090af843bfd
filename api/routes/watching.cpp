// Runs, jobs, and who is told of what.

#include "api/handlers/handlers.hpp"
#include "api/routes/groups.hpp"
#include "api/routes/words.hpp"
#include "storage/state_changes.hpp"

namespace sluice::api {
namespace {

std::vector<Parameter> job_filters() {
  return paged(
      {of_integration(),
       {"run", text("id").between(1, 200), false},
       {"table", text("").between(1, 200), false},
       {"state", text("").among({"queued", "running", "waiting_retry", "succeeded", "failed", "cancelled", "skipped"}),
        true},
       {"kind", text("").among({"initial", "incremental", "reload", "backfill", "delete_sweep", "verify"}), true},
       {"since", time("queued then or later"), false},
       {"until", time("queued before"), false}});
}

std::vector<Parameter> event_filters() {
  return paged(
      {of_integration(),
       {"token", text("id").between(1, 200), false},
       {"action", text("operationId of the write").between(1, 200), false},
       {"since", time("at that time or later"), false},
       {"until", time("before that time"), false},
       {"type", text("of state changes; not of application/json").among(state_change_types()), true},
       {"after", integer("a state change's position; not of application/json").between(0, 1'000'000'000'000'000),
        false}});
}

std::vector<Parameter> log_filters() {
  return paged({{"after", integer("a line's number").between(0, 1'000'000'000'000'000), false},
                {"level", text("this one and graver").among({"trace", "debug", "info", "warn", "error"}), false}});
}

std::vector<Parameter> freshness_filters() {
  return {{"integration", text("id or name").between(1, 200), true},
          {"table", text("").between(1, 200), true},
          {"max_age",
           text("ISO 8601; without it, twice the longest time between two runs by schedule around now, and nothing is "
                "expected of what runs only when asked")
               .following(duration_rule)
               .such_as("PT2H"),
           false}};
}

}  // namespace

std::vector<Route> watching_routes() {
  return {
      {.method = "GET",
       .path = "/v1/runs",
       .scope = read,
       .handler = list_runs,
       .summary = "Runs, newest first",
       .answer = "run_list",
       .statuses = {200},
       .parameters = paged({of_integration()}),
       .problems = {"bad_cursor"}},
      {.method = "GET",
       .path = "/v1/runs/{run}",
       .scope = read,
       .handler = get_run,
       .summary = "A run",
       .answer = "run",
       .statuses = {200}},
      {.method = "GET",
       .path = "/v1/jobs",
       .scope = read,
       .handler = list_jobs,
       .summary = "Jobs, newest first",
       .answer = "job_list",
       .statuses = {200},
       .parameters = job_filters(),
       .problems = {"bad_cursor"}},
      {.method = "GET",
       .path = "/v1/jobs/{job}",
       .scope = read,
       .handler = get_job,
       .summary = "A job",
       .answer = "job",
       .statuses = {200}},
      {.method = "GET",
       .path = "/v1/jobs/{job}/attempts",
       .scope = read,
       .handler = list_attempts,
       .summary = "Each try at a job: who made it, how it ended, what it read",
       .answer = "attempt_list",
       .statuses = {200},
       .parameters = paged(),
       .problems = {"bad_cursor"}},
      {.method = "POST",
       .path = "/v1/jobs/{job}/cancel",
       .scope = operate,
       .handler = cancel_job,
       .summary = "End a job: at once, or 202 while its daemon stops it. What was committed stays, the other tables of "
                  "its run go on, and its table goes on from its checkpoint with the next run",
       .can_rehearse = true,
       .body = "nothing",
       .answer = "job",
       .statuses = {200, 202},
       .problems = {"job_ended"}},
      {.method = "POST",
       .path = "/v1/jobs/{job}/retry",
       .scope = operate,
       .handler = retry_job,
       .summary = "Run the table of a failed or cancelled job again, or a job that waits for its next attempt now",
       .can_rehearse = true,
       .body = "nothing",
       .answer = "retried",
       .statuses = {202, 200},
       .problems = {"job_open", "cannot_retry", "table_busy", "table_paused", "paused", "not_confirmed",
                    "auth_required", "deleting"}},
      {.method = "GET",
       .path = "/v1/jobs/{job}/logs",
       .scope = read,
       .handler = list_job_logs,
       .summary = "The log of a job, oldest line first; as text/event-stream it goes on until the job ends",
       .answer = "log_list",
       .statuses = {200},
       .parameters = log_filters(),
       .problems = {"bad_cursor", "too_many_streams"},
       .media = {"application/json", "application/x-ndjson", "text/event-stream"}},

      {.method = "GET",
       .path = "/v1/freshness",
       .scope = read,
       .handler = freshness,
       .summary = "A gate for what uses the data: 200 when every table is fresh, else 503 with those that are not",
       .answer = "freshness",
       .statuses = {200, 503},
       .parameters = freshness_filters()},

      {.method = "GET",
       .path = "/v1/webhooks",
       .scope = read,
       .handler = list_webhooks,
       .summary = "Who is told of failures and the like",
       .answer = "webhook_list",
       .statuses = {200},
       .parameters = paged(),
       .problems = {"bad_cursor"}},
      {.method = "POST",
       .path = "/v1/webhooks",
       .scope = write,
       .handler = create_webhook,
       .summary = "Add a webhook; its signing secret is shown this once",
       .can_rehearse = true,
       .body = "new_webhook",
       .answer = "made_webhook",
       .statuses = {201},
       .problems = {"webhook_url_refused", "unknown_integration"}},
      {.method = "GET",
       .path = "/v1/webhooks/{webhook}",
       .scope = read,
       .handler = get_webhook,
       .summary = "A webhook",
       .answer = "webhook",
       .statuses = {200}},
      {.method = "PATCH",
       .path = "/v1/webhooks/{webhook}",
       .scope = write,
       .handler = change_webhook,
       .summary = "Change a webhook, or enable it again",
       .can_rehearse = true,
       .body = "webhook_change",
       .answer = "webhook",
       .statuses = {200},
       .problems = {"webhook_url_refused", "unknown_integration", "immutable_field"}},
      {.method = "DELETE",
       .path = "/v1/webhooks/{webhook}",
       .scope = write,
       .handler = delete_webhook,
       .summary = "Remove a webhook with its deliveries",
       .can_rehearse = true,
       .statuses = {204}},
      {.method = "POST",
       .path = "/v1/webhooks/{webhook}/test",
       .scope = write,
       .handler = test_webhook,
       .summary = "Send a message of type test, and wait some seconds for the answer",
       .can_rehearse = true,
       .body = "nothing",
       .answer = "delivery",
       .statuses = {200, 202},
       .problems = {"webhook_disabled"}},
      {.method = "GET",
       .path = "/v1/webhooks/{webhook}/deliveries",
       .scope = read,
       .handler = list_deliveries,
       .summary = "What was sent and what came of it, newest first",
       .answer = "delivery_list",
       .statuses = {200},
       .parameters = paged(),
       .problems = {"bad_cursor"}},
      {.method = "POST",
       .path = "/v1/webhooks/{webhook}/deliveries/{delivery}/redeliver",
       .scope = write,
       .handler = redeliver,
       .summary = "Send the same message once more, under the same webhook-id",
       .can_rehearse = true,
       .body = "nothing",
       .answer = "delivery",
       .statuses = {202},
       .problems = {"webhook_disabled"}},

      {.method = "GET",
       .path = "/v1/events",
       .scope = read,
       .handler = list_events,
       .summary =
           "Who changed what, and when, newest first; what happens to tokens is shown to admins only. As "
           "text/event-stream and application/x-ndjson: what changed its state, oldest first, each as a "
           "state_change; the stream begins now (an event begin says where), behind ?after= or behind Last-Event-ID, "
           "and goes "
           "on; an event forgotten says how many a reader has missed. Lines are those behind ?after=, or the newest",
       .answer = "event_list",
       .statuses = {200},
       .parameters = event_filters(),
       .problems = {"bad_cursor", "too_many_streams"},
       .media = {"application/json", "application/x-ndjson", "text/event-stream"}},
  };
}

}  // namespace sluice::api
