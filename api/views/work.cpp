// Runs, jobs, their attempts and logs, tokens, events and state changes.

#include "api/views/views.hpp"
#include "core/time.hpp"

#include <algorithm>
#include <cmath>

namespace sluice::api {
namespace {

Json seconds(Duration duration) { return static_cast<double>(duration.count()) / 1000; }

Duration time_between(Time begin, Time end) {
  return std::max(Duration(0), std::chrono::duration_cast<Duration>(end - begin));
}

std::optional<Duration> time_taken(const Job& job, Time now) {
  if (!job.started_at) return std::nullopt;
  return time_between(*job.started_at, job.finished_at.value_or(now));
}

Json show_rows(const Counters& counters) {
  return {{"read", counters.read},           {"inserted", counters.inserted}, {"updated", counters.updated},
          {"unchanged", counters.unchanged}, {"deleted", counters.deleted},   {"rejected", counters.rejected}};
}

Json show_progress(const Job& job, const std::optional<Duration>& taken) {
  Json percent = nullptr;
  if (is_final(job.state) && job.state == JobState::succeeded) {
    percent = 100;
  } else if (job.expected_rows && *job.expected_rows > 0) {
    percent = std::min<std::int64_t>(99, job.counters.read * 100 / *job.expected_rows);
  }
  Json speed = nullptr;
  if (taken && taken->count() > 0)
    speed = std::llround(static_cast<double>(job.counters.read) * 1000 / static_cast<double>(taken->count()));
  return {{"percent", std::move(percent)}, {"rows_per_second", std::move(speed)}};
}

Json show_window(const std::optional<DateWindow>& window) {
  if (!window) return nullptr;
  return {{"from", or_null(window->from)}, {"until", format_rfc3339(window->until)}};
}

Json show_error(const std::optional<JobError>& error) {
  if (!error) return nullptr;
  return {{"code", error->code},
          {"kind", to_string(error->kind)},
          {"detail", scrub(error->detail)},
          {"hint", error->hint.empty() ? Json(nullptr) : Json(error->hint)}};
}

}  // namespace

Json show_run(const Run& run) {
  return {{"id", run.id.str()},
          {"integration", run.integration.str()},
          {"integration_name", run.integration_name},
          {"trigger", to_string(run.trigger)},
          {"open", run.open},
          {"result", run.result ? Json(to_string(*run.result)) : Json(nullptr)},
          {"created", format_rfc3339(run.created_at)},
          {"started", or_null(run.started_at)},
          {"ended", or_null(run.finished_at)}};
}

Json show_planned_read(const PlannedRead& read) {
  return {{"table", read.table},
          {"kind", to_string(read.kind)},
          {"mode", read.reload ? Json(to_string(*read.reload)) : Json(nullptr)},
          {"window", show_window(read.window)}};
}

Json show_job(const Job& job, Time now) {
  const auto taken = time_taken(job, now);
  const Counters& counters = job.counters;
  return {{"id", job.id.str()},
          {"run", job.run.str()},
          {"integration", job.integration.str()},
          {"integration_name", job.integration_name},
          {"table", job.table},
          {"destination_table", job.destination_table},
          {"kind", to_string(job.kind)},
          {"trigger", to_string(job.trigger)},
          {"state", to_string(job.state)},
          {"queued", format_rfc3339(job.queued_at)},
          {"started", or_null(job.started_at)},
          {"ended", or_null(job.finished_at)},
          {"duration_seconds", taken ? seconds(*taken) : Json(nullptr)},
          {"rows", show_rows(counters)},
          {"expected_rows", job.expected_rows ? Json(*job.expected_rows) : Json(nullptr)},
          {"progress", show_progress(job, taken)},
          {"bytes", counters.bytes},
          {"source_calls", counters.calls},
          {"throttled_seconds", seconds(counters.throttled)},
          {"attempt", job.attempt},
          {"max_attempts", job.max_attempts},
          {"next_attempt", or_null(job.next_attempt_at)},
          {"error", show_error(job.error)},
          {"verification", job.verification},
          {"row_counts", job.row_counts},
          {"window", show_window(job.window)},
          {"cancelling", job.is_cancel_asked && !is_final(job.state)},
          {"retry_of", job.retry_of ? Json(job.retry_of->str()) : Json(nullptr)},
          {"attempts", "/v1/jobs/" + job.id.str() + "/attempts"},
          {"logs", "/v1/jobs/" + job.id.str() + "/logs"}};
}

Json show_attempt(const JobAttempt& attempt, Time now) {
  // A lost one that nobody has settled yet has no end; how long it went on is not known then.
  const bool goes_on = attempt.state == AttemptState::running;
  Json duration = nullptr;
  if (attempt.ended_at || goes_on) duration = seconds(time_between(attempt.started_at, attempt.ended_at.value_or(now)));
  return {{"number", attempt.number},
          {"state", to_string(attempt.state)},
          {"worker", attempt.worker},
          {"started", format_rfc3339(attempt.started_at)},
          {"ended", or_null(attempt.ended_at)},
          {"duration_seconds", std::move(duration)},
          {"rows", show_rows(attempt.counters)},
          {"bytes", attempt.counters.bytes},
          {"source_calls", attempt.counters.calls},
          {"throttled_seconds", seconds(attempt.counters.throttled)},
          {"error", show_error(attempt.error)}};
}

Json show_log_line(const JobLogLine& line) {
  return {{"number", line.number},
          {"at", format_rfc3339(line.at)},
          {"level", to_string(line.level)},
          {"message", line.message},
          {"fields", line.fields.is_null() ? Json::object() : line.fields}};
}

Json show_token(const Token& token) {
  return {{"id", token.id.str()},
          {"name", token.name},
          {"scope", to_string(token.scope)},
          {"created_at", format_rfc3339(token.created_at)},
          {"expires_at", or_null(token.expires_at)},
          {"revoked_at", or_null(token.revoked_at)},
          {"last_used_at", or_null(token.last_used_at)}};
}

Json show_event(const AuditEvent& event) {
  Json object = nullptr;
  if (!event.object_kind.empty()) object = {{"kind", event.object_kind}, {"id", event.object_id}};
  return {{"id", event.id},
          {"at", format_rfc3339(event.at)},
          {"action", event.action},
          {"object", std::move(object)},
          {"integration", event.integration ? Json(event.integration->str()) : Json(nullptr)},
          {"token", {{"id", event.token.str()}, {"name", event.token_name}}},
          {"request_id", event.request_id},
          {"client", event.client},
          {"before", event.before},
          {"after", event.after}};
}

Json show_state_change(const StateChange& change) {
  return {{"position", change.position},
          {"at", format_rfc3339(change.at)},
          {"type", change.type},
          {"integration", {{"id", change.integration.str()}, {"name", change.integration_name}}},
          {"table", change.table.empty() ? Json(nullptr) : Json(change.table)},
          {"run", change.run ? Json(change.run->str()) : Json(nullptr)},
          {"job", change.job ? Json(change.job->str()) : Json(nullptr)},
          {"from", change.before},
          {"to", change.after},
          {"detail", change.detail}};
}

}  // namespace sluice::api
