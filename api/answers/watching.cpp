// Runs, jobs and their logs; what happened, and whether the data are fresh.

#include "api/answers/groups.hpp"
#include "api/answers/words.hpp"
#include "storage/state_changes.hpp"

namespace sluice::api {
namespace {

Shape rows() {
  Shape shape = object("", {});
  for (const char* name : {"read", "inserted", "updated", "unchanged", "deleted", "rejected"})
    shape.members.push_back(required(name, integer("")));
  return shape;
}

Shape job_error() {
  return object("", {required("code", text("")), required("kind", text("")), required("detail", text("")),
                     required("hint", text("").or_null())})
      .or_null();
}

Shape job_verification() {
  std::vector<Member> members = verification_members();
  for (const char* name : {"missing_keys", "surplus_keys"})
    members.push_back(optional(name, array_of(open_object("the key's columns"), "the first 1,000")));
  return object("what the comparison found", std::move(members));
}

Shape job() {
  return object("one extract and load of one table",
                {required("id", text("")),
                 required("run", text("id")),
                 required("integration", text("id")),
                 required("integration_name", text("")),
                 required("table", text("")),
                 required("destination_table", text("")),
                 required("kind", text("")),
                 required("trigger", text("")),
                 required("state", text("").among({"queued", "running", "waiting_retry", "succeeded", "failed",
                                                   "cancelled", "skipped"})),
                 required("queued", time("")),
                 required("started", time("extraction begins").or_null()),
                 required("ended", time("data loaded").or_null()),
                 required("duration_seconds", number("").or_null()),
                 required("rows", rows()),
                 required("expected_rows", integer("").or_null()),
                 required("progress", object("", {required("percent", integer("").or_null()),
                                                  required("rows_per_second", integer("").or_null())})),
                 required("bytes", integer("")),
                 required("source_calls", integer("")),
                 required("throttled_seconds", number("")),
                 required("attempt", integer("")),
                 required("max_attempts", integer("")),
                 required("next_attempt", time("").or_null()),
                 required("error", job_error()),
                 required("cancelling", boolean("somebody cancelled it, and its daemon has not stopped it yet")),
                 required("retry_of", text("the job that this one does again").or_null()),
                 required("attempts", text("path of its attempts")),
                 required("verification", job_verification().or_null()),
                 required("row_counts", object("after a complete pass", row_counts_members()).or_null()),
                 required("window", date_window()),
                 required("logs", text("path of its log"))});
}

Shape attempt() {
  return object(
      "one try at a job",
      {required("number", integer("in their order; what was given back or lost is one, too")),
       required("state", text("given_back: its daemon stopped, it does not count. lost: its daemon died or lost "
                              "hold of it")
                             .among({"running", "succeeded", "failed", "cancelled", "skipped", "given_back", "lost"})),
       required("worker", text("the daemon, as host:process").such_as("replica-1:4711")), required("started", time("")),
       required("ended", time("of a lost one: when that was found").or_null()),
       required("duration_seconds", number("").or_null()), required("rows", rows()), required("bytes", integer("")),
       required("source_calls", integer("")), required("throttled_seconds", number("")),
       required("error", job_error())});
}

Shape retried() {
  return object("what does the job again",
                {required("job", named("job").or_null()), required("run", named("run")),
                 required("retry_of", text("the job that was named")),
                 required("queued_behind",
                          boolean("true: it begins when what the run does now is done; a new job is made then"))});
}

Shape state_change() {
  return object(
      "something that happened; data of each server-sent event, and each line of NDJSON",
      {required("position", integer("ascending without gaps; the event's id")), required("at", time("")),
       required("type", text("").among(state_change_types())),
       required("integration", object("", {required("id", text("")), required("name", text(""))})),
       required("table", text("").or_null()), required("run", text("id").or_null()),
       required("job", text("id; of a table's state, the table's last one").or_null()),
       required("from", anything("null: it was not there").such_as("queued")),
       required("to", anything("the state, health or result; of integration.paused true or false").such_as("running")),
       required("detail",
                open_object("by type: trigger; kind, attempt, error_code; reason, until; field, proposed_type"))});
}

Shape log_line() {
  return object("", {required("number", integer("ascending within the job")), required("at", time("")),
                     required("level", text("")), required("message", text("")), required("fields", open_object(""))});
}

Shape event() {
  return object("a write that was made",
                {required("id", integer("descending in lists")), required("at", time("")),
                 required("action", text("operationId of the route").such_as("integrations.pause")),
                 required("object", object("what was changed", {required("kind", text("").such_as("integration")),
                                                                required("id", text(""))})
                                        .or_null()),
                 required("integration", text("id of the one that it belongs to").or_null()),
                 required("token", object("whose it was", {required("id", text("")), required("name", text(""))})),
                 required("request_id", text("as in X-Request-Id and in the log")),
                 required("client", text("address").such_as("127.0.0.1")),
                 required("before", anything("the object as it was; null: it was not there")),
                 required("after", anything("the object as it became; null: it is gone"))});
}

Shape freshness() {
  Shape stale =
      object("a table that is not fresh",
             {required("integration", text("name")), required("integration_id", text("")), required("table", text("")),
              required("state", text("")), required("last_replicated_at", time("end of the last load").or_null()),
              required("replicated_until", time("by the source's clock").or_null()),
              required("age_seconds", integer("of its contents; null: never loaded").or_null()),
              required("max_age_seconds", integer("null: runs only when asked, and no max_age was given").or_null()),
              required("reason", text("").among({"never_loaded", "paused", "auth_required", "failing", "late"})),
              required("error_code", text("of the last load").or_null())});
  Shape unexpected = object("a table that nobody expects to be of any age",
                            {required("integration", text("name")), required("integration_id", text("")),
                             required("table", text("")), required("age_seconds", integer("of its contents"))});
  return object(
      "whether the data are as new as wanted",
      {required("fresh", boolean("false as well when no table matches")), required("checked", integer("tables")),
       required("stale", array_of(std::move(stale), "")),
       required("without_expectation", array_of(std::move(unexpected),
                                                "loaded, and fresh whatever their age, because no max_age was "
                                                "given and they run only when asked"))});
}

}  // namespace

NamedShapes watching_answers() {
  return {
      {"run", run()},
      {"run_list", list_of("run")},
      {"job", job()},
      {"job_list", list_of("job")},
      {"attempt", attempt()},
      {"attempt_list", list_of("attempt")},
      {"retried", retried()},
      {"state_change", state_change()},
      {"log_line", log_line()},
      {"log_list", list_of("log_line")},
      {"event", event()},
      {"event_list", list_of("event")},
      {"freshness", freshness()},
  };
}

}  // namespace sluice::api
