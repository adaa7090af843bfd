#include "api/answers/words.hpp"

namespace sluice::api {
namespace {

Shape field(bool of_catalog) {
  Shape shape = object("a column", {required("name", text("")), required("type", text("PostgreSQL's name")),
                                    required("meaning", text("")), required("sensitive", boolean("personal data")),
                                    required("required", boolean("part of every selection"))});
  if (of_catalog) shape.members.push_back(required("selected", boolean("")));
  return shape;
}

}  // namespace

Shape list_of(const char* item) {
  return object("one page",
                {required("items", array_of(named(item), "")),
                 required("next_cursor", text("pass as cursor for the next page; null: this was the last").or_null())});
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

Shape shown_frequency() {
  return one_of(
      {text("an interval or manual"), object("", {required("cron", text("")), required("time_zone", text(""))})}, "");
}

Shape run() {
  return object(
      "the jobs of one tick or trigger",
      {required("id", text("")), required("integration", text("id")), required("integration_name", text("")),
       required("trigger", text("").among({"confirm", "schedule", "manual"})), required("open", boolean("")),
       required("result", text("").among({"succeeded", "partial", "failed", "cancelled"}).or_null()),
       required("created", time("")), required("started", time("").or_null()), required("ended", time("").or_null())});
}

Shape date_window() {
  return object("of a backfill: what changed from then on, and before then",
                {required("from", time("null: everything before").or_null()), required("until", time(""))})
      .or_null();
}

std::vector<Member> verification_members() {
  return {
      required("repair", boolean("whether what differed was to be settled")),
      required("equal", boolean("whether nothing differs (any more)")),
      required("source_rows", integer("keys that the source showed")),
      required("destination_rows", integer("live rows when they were compared")),
      required("not_judged", integer("live rows that the source's list could not have shown, by the start date")),
      required("missing", integer("in the source, not live at the destination")),
      required("surplus", integer("live at the destination, not in the source")),
      required("newer", integer("what else differed, changed after the checkpoint: the next load brings it; null: "
                                "the source has no dates, so it is among the others")
                            .or_null()),
      required("repaired", object("how many of these differ no more",
                                  {required("missing", integer("")), required("surplus", integer(""))})),
      required(
          "surplus_kept",
          text("why surplus rows were not removed").among({"deletes_are_off", "never_deleted", "too_many"}).or_null())};
}

std::vector<Member> row_counts_members() {
  return {required("verdict", text("moved: they differ, but so did the source's count while its list was read")
                                  .among({"agree", "differ", "moved"})),
          required("source_least", integer("records by the source's own count, at the least while they were read")),
          required("source_most", integer("and at the most")),
          required("destination", integer("live rows at the end of the pass, from the start date on")),
          required("put_aside", integer("records of the pass that could not be stored")),
          required("may_hold_more", boolean("whether rows may be among them that the pass could not show, such as "
                                            "those of records that are gone"))};
}

}  // namespace sluice::api
