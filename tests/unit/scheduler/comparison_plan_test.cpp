#include "scheduler/comparison_plan.hpp"

#include "core/time.hpp"
#include "scheduler/verification_outcome.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

Field field(const std::string& name, ColumnType type = ColumnType::bigint) {
  Field made;
  made.name = name;
  made.type = type;
  made.source = {name};
  return made;
}

Table table(const std::string& name, std::vector<std::string> key = {"id"}) {
  Table made;
  made.name = name;
  made.key = std::move(key);
  for (const std::string& part : made.key) made.fields.push_back(field(part));
  made.fields.push_back(field("modified", ColumnType::timestamptz));
  return made;
}

Table dated(Table made) {
  made.increment = Increment{};
  made.increment->field = "modified";
  return made;
}

Table below(Table made, const std::string& parent, ParentLink link, ParentChoice choice = ParentChoice::changed) {
  made.parent = Parent{};
  made.parent->table = parent;
  made.parent->link = link;
  made.parent->choice = choice;
  made.parent->key_field = "parent_id";
  made.fields.push_back(field("parent_id"));
  return made;
}

Catalogue catalogue() {
  Table channels = table("channels", {"code"});
  channels.fields.front().type = ColumnType::text;
  Table routes = below(table("routes"), "channels", ParentLink::per_parent, ParentChoice::all);
  routes.fields.back().type = ColumnType::text;
  return Catalogue({dated(table("orders")), below(table("lines"), "orders", ParentLink::embedded),
                    below(table("taxes"), "orders", ParentLink::per_parent), table("brands"),
                    below(table("brand_images"), "brands", ParentLink::embedded), table("pairs", {"a", "b"}),
                    std::move(channels), std::move(routes),
                    below(dated(table("prices")), "brands", ParentLink::per_parent, ParentChoice::all)});
}

DestinationTable at_destination(const Table& source) {
  DestinationTable made{
      IntegrationId("int_a"), *Identifier::parse_schema("shop"), *Identifier::parse("acme_it"), &source, {}};
  for (const Field& column : source.fields) made.fields.push_back(&column);
  return made;
}

/// "columns; asked by; date; parents' list; which rows are judged"
std::string described(const ComparisonPlan& plan) {
  std::string text;
  for (const Field* column : plan.fields) text += (text.empty() ? "" : ",") + column->name;
  text += "; " + plan.asked_by + "; " + plan.changed + "; " + (plan.parents ? plan.parents->table->name : "") + "; ";
  switch (plan.judged) {
    case JudgedRows::all:
      return text + "all";
    case JudgedRows::changed_since_start:
      return text + "since start";
    case JudgedRows::of_shown_parents:
      return text + "of shown parents";
  }
  return text;
}

TEST(ComparisonPlans, follow_from_what_is_said_of_the_table) {
  const Catalogue tables = catalogue();
  const auto start = parse_iso8601("2026-01-01");
  struct Case {
    const char* table;
    std::optional<Time> start;
    const char* plan;
  };
  const std::vector<Case> cases{
      {"orders", {}, "id,modified; id; modified; ; all"},
      {"orders", start, "id,modified; id; modified; ; since start"},
      {"lines", {}, "id,parent_id; parent_id; ; orders; all"},
      {"lines", start, "id,parent_id; parent_id; ; orders; of shown parents"},
      {"taxes", start, "id,parent_id; parent_id; ; orders; of shown parents"},
      {"brands", start, "id; id; ; ; all"},
      {"brand_images", start, "id,parent_id; parent_id; ; ; all"},
      {"pairs", {}, "a,b; ; ; ; all"},
      {"routes", start, "id,parent_id; ; ; ; all"},
      {"prices", start, "id,parent_id,modified; parent_id; modified; ; all"},
  };

  for (const Case& one : cases) {
    const DestinationTable destination = at_destination(*tables.find(one.table));
    EXPECT_EQ(described(plan_comparison(tables, destination, one.start, nullptr)), one.plan) << one.table;
  }
}

TEST(ComparisonPlans, take_the_cursor_from_the_checkpoint) {
  const Catalogue tables = catalogue();
  const DestinationTable orders = at_destination(*tables.find("orders"));

  EXPECT_FALSE(plan_comparison(tables, orders, {}, nullptr).has_dates());
  EXPECT_FALSE(plan_comparison(tables, orders, {}, {{"ranges", Json::array()}}).has_dates());
  const auto plan = plan_comparison(tables, orders, {}, {{"cursor", "2026-02-01T00:00:00Z"}});
  EXPECT_EQ(plan.cursor, parse_iso8601("2026-02-01"));
  EXPECT_TRUE(plan.has_dates());
}

TEST(VerificationOutcomes, say_whether_anything_differs_any_more) {
  struct Case {
    const char* name;
    KeyDifferences found;
    KeyComparison::Repaired repaired;
    bool is_equal;
  };
  const std::vector<Case> cases{
      {"nothing differs", {.source_rows = 5, .destination_rows = 5}, {}, true},
      {"only what is newer differs", {.newer = 3}, {}, true},
      {"a missing key", {.missing = 1}, {}, false},
      {"a surplus row", {.surplus = 1}, {}, false},
      {"all was repaired", {.missing = 2, .surplus = 1}, {2, 1}, true},
      {"not all was repaired", {.missing = 2, .surplus = 1}, {2, 0}, false},
  };

  for (const Case& one : cases) {
    VerificationOutcome outcome;
    outcome.found = one.found;
    outcome.repaired = one.repaired;
    EXPECT_EQ(outcome.is_equal(), one.is_equal) << one.name;
    EXPECT_EQ(to_json(outcome)["equal"], one.is_equal) << one.name;
  }
}

TEST(VerificationOutcomes, tell_why_surplus_rows_stay) {
  Table source = table("orders");
  DestinationTable orders = at_destination(source);
  source.deletes = DeleteKind::id_sweep;
  EXPECT_EQ(surplus_kept(orders), SurplusKept::no);
  orders.deletes = DeletePolicy::off;
  EXPECT_EQ(surplus_kept(orders), SurplusKept::deletes_are_off);
  source.deletes = DeleteKind::none;
  EXPECT_EQ(surplus_kept(orders), SurplusKept::never_deleted);
  VerificationOutcome outcome;
  outcome.repairs = true;
  outcome.found.surplus = 1;
  outcome.surplus_kept = SurplusKept::never_deleted;
  EXPECT_EQ(to_json(outcome)["surplus_kept"], "never_deleted");
  outcome.repairs = false;
  EXPECT_EQ(to_json(outcome)["surplus_kept"], nullptr) << "nothing was to be removed";
}

}  // namespace
}  // namespace sluice
