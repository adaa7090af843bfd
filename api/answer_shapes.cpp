#include "api/shapes.hpp"
#include "api/table_settings.hpp"

#include "storage/model.hpp"

namespace sluice::api {
namespace {

Shape list_of(const char* item) {
  return object("one page",
                {required("items", array_of(named(item), "")),
                 required("next_cursor", text("pass as cursor for the next page; null: this was the last").or_null())});
}

Shape connector_summary() {
  return object("a kind of source",
                {required("name", text("")), required("title", text("")), required("version", text("")),
                 required("meaning", text("")), required("tables", integer("how many it has"))});
}

Shape connector() {
  Shape shape = connector_summary();
  shape.members.push_back(required("credentials_schema", anything("JSON Schema of what authenticate takes")));
  shape.members.push_back(required("scopes", array_of(text(""), "what the credentials should be granted")));
  shape.members.push_back(
      required("frequencies", array_of(text(""), "what is offered; other ISO 8601 durations work, too")));
  return shape;
}

Shape field(bool of_catalog) {
  Shape shape = object("a column", {required("name", text("")), required("type", text("PostgreSQL's name")),
                                    required("meaning", text("")), required("sensitive", boolean("personal data")),
                                    required("required", boolean("part of every selection"))});
  if (of_catalog) shape.members.push_back(required("selected", boolean("")));
  return shape;
}

Shape table(bool of_catalog) {
  Shape shape = object(
      "a table of the source",
      {required("name", text("")), required("title", text("")), required("meaning", text("")),
       required("subject", text("what it is about")), required("aliases", array_of(text(""), "")),
       required("sync", text("").among({"incremental", "snapshot", "children"})),
       required("cursor_field", text("").or_null()), required("parent", text("").or_null()),
       required("carrier", text("the table whose list call brings the rows")), required("key", array_of(text(""), "")),
       required("deletes", text("how deletes show")), required("scopes", array_of(text(""), "any of them is enough")),
       required("recommended", boolean("")), required("fields", array_of(field(of_catalog), ""))});
  if (of_catalog) {
    shape.members.push_back(required("access", text("").among({"granted", "denied", "failed"})));
    shape.members.push_back(required("missing_scope", text("the scope to grant").or_null()));
    shape.members.push_back(required("detail", text("").or_null()));
    shape.members.push_back(required("selected", boolean("")));
    shape.members.push_back(required("estimated_rows", integer("of its list at the last login").or_null()));
    shape.members.push_back(
        required("estimated_calls", integer("of a first load, with all that its list carries").or_null()));
  }
  return shape;
}

Shape estimate() {
  Shape table = object("a table of the plan", {required("table", text("")), required("rows", integer("").or_null()),
                                               required("calls", integer("0: comes with another list").or_null())});
  return object("what a first load costs",
                {required("calls", integer("as far as known")), required("minutes", integer("at the quota").or_null()),
                 required("complete", boolean("whether every table's calls are known exactly")),
                 required("tables", array_of(std::move(table), ""))});
}

Shape account() {
  return object("the account at the source",
                {required("id", text("for BigCommerce the store hash")), required("name", text("")),
                 required("plan", text("")), required("time_zone", text("")), required("currency", text(""))});
}

Shape shown_target() {
  return object("where it loads", {required("destination", text("name").or_null()), required("id", text("").or_null()),
                                   required("schema", text("").or_null())});
}

Shape shown_frequency() {
  return one_of(
      {text("an interval or manual"), object("", {required("cron", text("")), required("time_zone", text(""))})}, "");
}

Shape shown_quiet_hours() {
  return array_of(object("", {required("from", text("")), required("to", text("")), required("time_zone", text("")),
                              required("days", array_of(text(""), "on which it begins"))}),
                  "windows in which no run starts by schedule");
}

Shape integration() {
  return object("an integration",
                {required("id", text("")),
                 required("name", text("")),
                 required("connector", text("")),
                 required("state", text("").among({"draft", "pending", "active", "paused", "deleting", "deleted"})),
                 required("paused", boolean("")),
                 required("pause_reason", text("").or_null()),
                 required("paused_until", time("when it resumes by itself").or_null()),
                 required("health", text("").among({"ok", "degraded", "failing", "auth_required", "unknown"})),
                 required("frequency", shown_frequency()),
                 required("quiet_hours", shown_quiet_hours()),
                 required("start_date", time("").or_null()),
                 required("on_new_fields", text("").among({"ask", "add", "ignore"})),
                 required("account", named("account").or_null()),
                 required("tables", integer("how many are selected")),
                 required("destination", named("shown_target").or_null()),
                 required("authenticated_at", time("").or_null()),
                 required("confirmed_at", time("").or_null()),
                 required("next_run_at", time("").or_null()),
                 required("created_at", time("")),
                 required("updated_at", time("")),
                 optional("run", named("run"))});
}

Shape applied() {
  const auto step = [] {
    return object("", {required("name", text("")), required("id", text("").or_null()),
                       required("action", text("").among({"create", "update", "delete", "unchanged"})),
                       required("changes", array_of(object("", {required("member", text("")),
                                                                required("before", anything("null: nothing was there")),
                                                                required("after", anything(""))}),
                                                    "")),
                       required("detail", text("why it is not done yet").or_null())});
  };
  Shape integration_step = step();
  integration_step.members.push_back(required("creates", array_of(text(""), "tables at the destination")));
  integration_step.members.push_back(
      required("missing", array_of(text(""), "steps of the set-up that keep it a draft")));
  integration_step.members.push_back(required("run", text("the first run of one that was confirmed").or_null()));
  Shape summary = object("how many", {});
  for (const char* action : {"create", "update", "delete", "unchanged"})
    summary.members.push_back(required(action, integer("")));
  return object("what was done, or would be",
                {required("dry_run", boolean("")), required("summary", std::move(summary)),
                 required("destinations", array_of(step(), "")),
                 required("integrations", array_of(std::move(integration_step), ""))});
}

Shape authentication() {
  return object(
      "what logging in showed",
      {required("integration", text("id")), required("account", named("account")),
       required("tables", array_of(object("", {required("table", text("")),
                                               required("access", text("").among({"granted", "denied", "failed"})),
                                               required("missing_scope", text("").or_null()),
                                               required("detail", text("").or_null())}),
                                   "")),
       required("warnings",
                array_of(object("", {required("code", text("").among({"scope_lost"})),
                                     required("table", text("").such_as("customers")),
                                     required("scope", text("that it needs").such_as("store_v2_customers_read_only")),
                                     required("selected", boolean("its loads will fail until the scope is granted")),
                                     required("detail", text(""))}),
                         "tables that could be read at the login before and cannot any more"))});
}

Shape setup() {
  Shape step =
      object("", {required("step", text("").among({"configure", "authenticate", "select", "destination", "confirm"})),
                  required("done", boolean("")), required("method", text("")), required("path", text("")),
                  required("detail", text(""))});
  return object("how far the set-up has come",
                {required("integration", text("id")), required("state", text("")),
                 required("next_step", text("null: nothing is left to do").or_null()),
                 required("missing", array_of(text(""), "steps that confirm still needs")),
                 required("steps", array_of(std::move(step), "in their order"))});
}

Shape shown_selection() {
  std::vector<Member> members = shown_table_settings();
  members.insert(members.begin(), {required("name", text("")), required("fields", array_of(text(""), "")),
                                   required("added_fields", array_of(text(""), "not described by the connector"))});
  return object("", {required("tables", array_of(object("", std::move(members)), ""))});
}

Shape schema_change() {
  return object(
      "what the source has and the table has not",
      {required("id", integer("")), required("table", text("")), required("field", text("")),
       required("kind", text("type: a value did not fit its column, which is null there").among({"new_field", "type"})),
       required("sample", text("JSON text of one value")), required("proposed_type", text("")),
       required("state", text("added: by on_new_fields").among({"open", "added", "approved", "rejected"})),
       required("backfill", text("").among({"none", "column", "table"}).or_null()),
       required("decided_at", time("").or_null()), required("first_seen_at", time("")),
       required("last_seen_at", time(""))});
}

Shape schema_change_plan() {
  return object("what an approval would do",
                {required("change", named("schema_change")), required("effects", array_of(text(""), "")),
                 required("reads_again", boolean("whether the next run reads the table from its beginning"))});
}

Shape logger() {
  return object("a part of this process that writes log lines",
                {required("name", text("root: what the others follow")),
                 required("level", text("").among({"trace", "debug", "info", "warn", "error"})),
                 required("own", boolean("whether it was set for this logger")),
                 required("until", time("when that ends by itself").or_null())});
}

Shape table_status() {
  return object(
      "a selected table",
      {required("name", text("")), required("destination_table", text("schema.table").or_null()),
       required("state", text("")), required("last_replicated_at", time("").or_null()),
       required("replicated_until", time("by the source's clock, everything before it is here").or_null()),
       required("rows", integer("live rows at the destination")), required("last_job", text("").or_null()),
       required("frequency", shown_frequency().or_null()), required("next_due", time("").or_null()),
       required("error",
                object("the last job's", {required("code", text("")), required("detail", text(""))}).or_null()),
       required("checkpoint", anything("the reader's own position"))});
}

Shape selected_table() {
  std::vector<Member> members = shown_table_settings();
  members.insert(members.begin(),
                 {required("status", named("table_status")), required("fields", array_of(text(""), "")),
                  required("added_fields", array_of(text(""), "not described by the connector"))});
  return object("a selected table with its settings", std::move(members));
}

Shape destination() {
  return object(
      "a place to load into",
      {required("id", text("")), required("name", text("")), required("kind", text("")),
       required("embedded", boolean("the daemon's own database")), required("parameters", open_object("")),
       required("has_password", boolean("")), required("created_at", time("")), required("updated_at", time(""))});
}

Shape destination_check() {
  return object("what connecting showed",
                {required("server_version", text("")), required("database", text("")), required("user", text("")),
                 required("can_create", boolean("")), required("warnings", array_of(text(""), ""))});
}

Shape run() {
  return object(
      "the jobs of one tick or trigger",
      {required("id", text("")), required("integration", text("id")), required("integration_name", text("")),
       required("trigger", text("").among({"confirm", "schedule", "manual"})), required("open", boolean("")),
       required("result", text("").among({"succeeded", "partial", "failed", "cancelled"}).or_null()),
       required("created", time("")), required("started", time("").or_null()), required("ended", time("").or_null())});
}

Shape reload_run() {
  Shape shape = run();
  shape.members.push_back(required("queued_behind", boolean("true: this run was open before, the reload comes next")));
  return shape;
}

Shape date_window() {
  return object("of a backfill: what changed from then on, and before then",
                {required("from", time("null: everything before").or_null()), required("until", time(""))})
      .or_null();
}

Shape planned_read() {
  return object(
      "a read beyond the usual increments",
      {required("table", text("")), required("kind", text("").among({"backfill", "reload"})),
       required("mode", text("of a reload").among({"swap", "merge"}).or_null()), required("window", date_window())});
}

Shape job() {
  Shape rows = object("", {});
  for (const char* name : {"read", "inserted", "updated", "unchanged", "deleted", "rejected"})
    rows.members.push_back(required(name, integer("")));
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
                 required("rows", std::move(rows)),
                 required("expected_rows", integer("").or_null()),
                 required("progress", object("", {required("percent", integer("").or_null()),
                                                  required("rows_per_second", integer("").or_null())})),
                 required("bytes", integer("")),
                 required("source_calls", integer("")),
                 required("throttled_seconds", number("")),
                 required("attempt", integer("")),
                 required("max_attempts", integer("")),
                 required("next_attempt", time("").or_null()),
                 required("error", object("", {required("code", text("")), required("kind", text("")),
                                               required("detail", text("")), required("hint", text("").or_null())})
                                       .or_null()),
                 required("window", date_window()),
                 required("logs", text("path of its log"))});
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

Shape plan() {
  const auto things = [](const char* meaning) {
    return array_of(object("", {required("kind", text("").such_as("destination_table")),
                                required("name", text("").such_as("public.acme_orders"))}),
                    meaning);
  };
  return object(
      "what the call would do without dry_run; nothing of it was kept",
      {required("dry_run", boolean("true")), required("action", text("operationId of the route")),
       required("status", integer("of the answer")),
       required("changes", array_of(object("", {required("what", text("JSON pointer into what GET shows")),
                                                required("from", anything("")), required("to", anything(""))}),
                                    "")),
       required("creates", things("what would be there afterwards")),
       required("drops", things("what would be gone afterwards")), optional("estimate", estimate()),
       optional("reads", array_of(planned_read(), "what would be read of tables beyond their increments")),
       optional("answer", anything("the body of a 200"))});
}

Shape token(bool with_text) {
  Shape shape = object("a bearer token",
                       {required("id", text("")), required("name", text("")), required("scope", text("")),
                        required("created_at", time("")), required("expires_at", time("").or_null()),
                        required("revoked_at", time("").or_null()), required("last_used_at", time("").or_null())});
  if (with_text) shape.members.push_back(required("token", text("the token itself, shown only now")));
  return shape;
}

Shape webhook(bool with_secret) {
  Shape shape =
      object("who is told of changes of state",
             {required("id", text("")), required("url", text("")),
              required("events", one_of({text("").among({"*"}), array_of(text(""), "")}, "")),
              required("integrations", array_of(text("id"), "null: all of them").or_null()),
              required("stale_after", text("null: by the frequency").or_null()), required("enabled", boolean("")),
              required("disabled_reason", text("gone: its receiver answered 410").or_null()),
              required("created_at", time("")), required("updated_at", time(""))});
  if (with_secret) shape.members.push_back(required("secret", text("whsec_...: signs the messages; shown only now")));
  return shape;
}

Shape delivery() {
  Shape attempt = object(
      "", {required("at", time("")), required("status", integer("null: no answer").or_null()),
           required("error", text("why there was no answer").or_null()), required("duration_seconds", number(""))});
  return object(
      "a message on its way to a webhook",
      {required("id", text("")), required("message", text("what the receiver sees as webhook-id")),
       required("event", text("")), required("state", text("").among({"pending", "delivered", "failed", "cancelled"})),
       required("attempts", array_of(std::move(attempt), "")), required("max_attempts", integer("")),
       required("next_attempt_at", time("").or_null()), required("created_at", time("")),
       required("finished_at", time("").or_null())});
}

Shape freshness() {
  Shape stale =
      object("a table that is not fresh",
             {required("integration", text("name")), required("integration_id", text("")), required("table", text("")),
              required("state", text("")), required("last_replicated_at", time("end of the last load").or_null()),
              required("replicated_until", time("by the source's clock").or_null()),
              required("age_seconds", integer("of its contents; null: never loaded").or_null()),
              required("max_age_seconds", integer("")),
              required("reason", text("").among({"never_loaded", "paused", "auth_required", "failing", "late"})),
              required("error_code", text("of the last load").or_null())});
  return object("whether the data are as new as wanted",
                {required("fresh", boolean("false as well when no table matches")),
                 required("checked", integer("tables")), required("stale", array_of(std::move(stale), ""))});
}

Shape problem() {
  return object("RFC 9457",
                {required("type", text("/problems/<code>")), required("title", text("")),
                 required("status", integer("")), required("detail", text("")), required("code", text("stable")),
                 required("hint", text("the remedy")), optional("request_id", text("")),
                 optional("errors", array_of(object("", {required("pointer", text("JSON pointer into the body")),
                                                         required("code", text("")), required("detail", text(""))}),
                                             "")),
                 optional("retry_after", integer("seconds"))});
}

Shape problem_kind() {
  return object("a kind of problem", {required("code", text("")), required("status", integer("")),
                                      required("title", text("")), required("hint", text(""))});
}

Shape readiness() {
  return object("", {required("ready", boolean("")),
                     optional("checks", array_of(object("", {required("name", text("")), required("ok", boolean("")),
                                                             required("detail", text(""))}),
                                                 ""))});
}

}  // namespace

const NamedShapes& answer_shapes() {
  static const NamedShapes shapes{
      {"connector_summary", connector_summary()},
      {"connector", connector()},
      {"connector_list", list_of("connector_summary")},
      {"table", table(false)},
      {"table_list", list_of("table")},
      {"account", account()},
      {"shown_target", shown_target()},
      {"integration", integration()},
      {"integration_list", list_of("integration")},
      {"authentication", authentication()},
      {"catalog", object("what this account may read",
                         {required("integration", text("id")), required("tables", array_of(table(true), "")),
                          required("estimate", estimate())})},
      {"plan", plan()},
      {"clone_plan",
       object("what cloning would do", {required("name", text("")), required("confirmed", boolean("")),
                                        required("creates", array_of(text(""), "tables at the destination")),
                                        required("estimate", estimate())})},
      {"applied", applied()},
      {"setup", setup()},
      {"shown_selection", shown_selection()},
      {"schema_change", schema_change()},
      {"schema_change_list", list_of("schema_change")},
      {"schema_change_plan", schema_change_plan()},
      {"logger", logger()},
      {"logger_list", list_of("logger")},
      {"table_status", table_status()},
      {"table_status_list", list_of("table_status")},
      {"selected_table", selected_table()},
      {"reload_run", reload_run()},
      {"reload_plan", object("what a reload would do",
                             {required("table", text("")), required("mode", text("").among({"swap", "merge"})),
                              required("rows_now", integer("live ones")),
                              required("keeps_rollback", boolean("whether the old rows are kept")),
                              required("estimate", estimate())})},
      {"checkpoint",
       object("how far a table has been read",
              {required("table", text("")), required("cursor", time("").or_null()),
               required("pass_under_way", boolean("whether a read stopped in the middle and goes on there")),
               required("rows", integer("live ones")), required("position", anything("the reader's own"))})},
      {"checkpoint_plan",
       object("what setting it would do", {required("table", text("")), required("from", time("")),
                                           required("to", time("")), required("reads_again", boolean(""))})},
      {"shown_frequency", shown_frequency()},
      {"destination", destination()},
      {"destination_list", list_of("destination")},
      {"destination_check", destination_check()},
      {"run", run()},
      {"run_list", list_of("run")},
      {"job", job()},
      {"job_list", list_of("job")},
      {"log_line", log_line()},
      {"log_list", list_of("log_line")},
      {"event", event()},
      {"event_list", list_of("event")},
      {"token", token(false)},
      {"token_list", list_of("token")},
      {"made_token", token(true)},
      {"webhook", webhook(false)},
      {"webhook_list", list_of("webhook")},
      {"made_webhook", webhook(true)},
      {"delivery", delivery()},
      {"delivery_list", list_of("delivery")},
      {"freshness", freshness()},
      {"problem", problem()},
      {"problem_kind", problem_kind()},
      {"readiness", readiness()},
      {"liveness", object("", {required("status", text(""))})},
      {"version", object("", {required("name", text("")), required("version", text("")), required("api", text("")),
                              required("schema_version", integer("of the control database"))})},
      {"document", open_object("OpenAPI 3.1")},
  };
  return shapes;
}

}  // namespace sluice::api
