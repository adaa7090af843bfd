// An integration, how it is set up, and what a change of it would do.

#include "api/answers/groups.hpp"
#include "api/answers/words.hpp"
#include "api/table_settings.hpp"

namespace sluice::api {
namespace {

Shape account() {
  return object("the account at the source",
                {required("id", text("for BigCommerce the store hash")), required("name", text("")),
                 required("plan", text("")), required("time_zone", text("")), required("currency", text(""))});
}

Shape shown_target() {
  return object("where it loads", {required("destination", text("name").or_null()), required("id", text("").or_null()),
                                   required("schema", text("").or_null())});
}

Shape shown_quiet_hours() {
  return array_of(object("", {required("from", text("")), required("to", text("")), required("time_zone", text("")),
                              required("days", array_of(text(""), "on which it begins"))}),
                  "windows in which no run starts by schedule");
}

Shape deletion() {
  return object(
             "while it is being deleted",
             {required("data", text("what becomes of its tables").among({"keep", "drop"})), required("asked", time("")),
              required("failed_attempts", integer("")), required("next_attempt", time("once its run has stopped")),
              required("error",
                       object("why it did not work yet", {required("code", text("").such_as("destination.unreachable")),
                                                          required("detail", text(""))})
                           .or_null())})
      .or_null();
}

Shape integration() {
  return object(
      "an integration",
      {required("id", text("")),
       required("name", text("")),
       required("connector", text("")),
       required("state", text("").among({"draft", "pending", "active", "paused", "deleting", "deleted"})),
       required("paused", boolean("")),
       required("pause_reason", text("").or_null()),
       required("paused_until", time("when it resumes by itself").or_null()),
       required("health", text("").among({"ok", "degraded", "failing", "auth_required", "unknown"})),
       required("health_reasons", array_of(object("", {required("table", text("")), required("code", text("")),
                                                       required("detail", text(""))}),
                                           "what stands against it, also what is still being retried")),
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
       required("deletion", deletion()),
       required("created_at", time("")),
       required("updated_at", time("")),
       optional("run", named("run"))});
}

Shape applied() {
  const auto step = [] {
    return object(
        "", {required("name", text("")), required("id", text("").or_null()),
             required("action", text("").among({"create", "update", "delete", "unchanged"})),
             required("changes", array_of(object("", {required("member", text("")),
                                                      required("before", anything("null: nothing was there")),
                                                      required("after", anything(""))}),
                                          "")),
             required("detail",
                      text("why it is not done yet; in a dry run of a destination, why it cannot be used").or_null())});
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

Shape planned_read() {
  return object(
      "a read beyond the usual increments",
      {required("table", text("")), required("kind", text("").among({"backfill", "reload"})),
       required("mode", text("of a reload").among({"swap", "merge"}).or_null()), required("window", date_window())});
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

}  // namespace

NamedShapes integrations_answers() {
  return {
      {"account", account()},
      {"shown_target", shown_target()},
      {"shown_frequency", shown_frequency()},
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
  };
}

}  // namespace sluice::api
