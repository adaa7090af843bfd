// The tables of an integration, and what is done to one of them.

#include "api/answers/groups.hpp"
#include "api/answers/words.hpp"
#include "api/table_settings.hpp"

namespace sluice::api {
namespace {

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

Shape table_status() {
  std::vector<Member> counts = row_counts_members();
  counts.push_back(required("counted_at", time("when the pass ended")));
  return object(
      "a selected table",
      {required("name", text("")), required("destination_table", text("schema.table").or_null()),
       required("state", text("")), required("last_replicated_at", time("").or_null()),
       required("replicated_until", time("by the source's clock, everything before it is here").or_null()),
       required("rows", integer("live rows at the destination")), required("last_job", text("").or_null()),
       required("frequency", shown_frequency().or_null()), required("next_due", time("").or_null()),
       required("error",
                object("the last job's", {required("code", text("")), required("detail", text(""))}).or_null()),
       required("checkpoint", anything("the reader's own position")),
       required("verified_at", time("when it was last compared with the source").or_null()),
       required("verification", object("what that found", verification_members()).or_null()),
       required("row_counts", object("after the last complete pass; null: none yet, the source does not "
                                     "count this list, or a verification found the table equal since",
                                     std::move(counts))
                                  .or_null())});
}

Shape selected_table() {
  std::vector<Member> members = shown_table_settings();
  members.insert(members.begin(),
                 {required("status", named("table_status")), required("fields", array_of(text(""), "")),
                  required("added_fields", array_of(text(""), "not described by the connector"))});
  return object("a selected table with its settings", std::move(members));
}

Shape reload_run() {
  Shape shape = run();
  shape.members.push_back(required("queued_behind", boolean("true: this run was open before, the reload comes next")));
  return shape;
}

Shape verify_run() {
  Shape shape = run();
  shape.members.push_back(
      required("queued_behind", boolean("true: this run was open before, the verification comes next")));
  return shape;
}

Shape past_checkpoint() {
  return object(
      "where a table stood",
      {required("id", integer("descending in lists")), required("at", time("")),
       required("cause", text("").among({"job", "set", "rewound", "cleared", "rolled_back"})),
       required("job", text("whose end it was").or_null()),
       required("request_id", text("that set it, as in the events").or_null()), required("cursor", time("").or_null()),
       required("pass_under_way", boolean("whether it lies in the middle of a pass")),
       required("rows", integer("live ones")), required("replicated_until", time("").or_null()),
       required("position", anything("the reader's own; null: from the beginning"))});
}

}  // namespace

NamedShapes tables_answers() {
  return {
      {"schema_change", schema_change()},
      {"schema_change_list", list_of("schema_change")},
      {"schema_change_plan", schema_change_plan()},
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
      {"checkpoint_plan", object("what setting it would do",
                                 {required("table", text("")), required("from", time("null: no cursor").or_null()),
                                  required("to", time("").or_null()), required("reads_again", boolean(""))})},
      {"past_checkpoint", past_checkpoint()},
      {"past_checkpoint_list", list_of("past_checkpoint")},
      {"verify_run", verify_run()},
  };
}

}  // namespace sluice::api
