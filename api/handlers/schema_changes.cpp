// What the source has and the tables here have not, and what people decide about it.

#include "api/handlers/handlers.hpp"
#include "api/handlers/lookup.hpp"
#include "api/problem.hpp"
#include "api/views/views.hpp"
#include "storage/destination/widening.hpp"
#include "storage/destination_table.hpp"

#include <algorithm>
#include <charconv>

namespace sluice::api {
namespace {

/// A change with what it is about.
struct Matter {
  Integration integration;
  SchemaChange change;
};

Task<Matter> matter_in_path(const ApiContext& context, const Call& call) {
  Integration integration = co_await integration_in_path(context, call);
  const std::string& text = call.path("change");
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size()) throw not_found("schema change", text);
  auto change = co_await context.pool.run([&] { return context.schema_changes.find(integration.id, id); });
  if (!change) throw not_found("schema change", text);
  co_return Matter{std::move(integration), *std::move(change)};
}

DestinationTable table_of(const ApiContext& context, const Matter& matter) {
  const auto& catalogue = connector_of(context, matter.integration).catalogue();
  auto table = destination_table(matter.integration, catalogue, matter.change.table);
  if (table) return *std::move(table);
  throw refusal("conflict", "the table \"" + matter.change.table + "\" is not selected any more");
}

const Field* find_column(const DestinationTable& table, const std::string& name) {
  const auto found = std::ranges::find(table.fields, name, &Field::name);
  return found == table.fields.end() ? nullptr : *found;
}

void check_new_field(const SeenChange& seen) {
  if (can_be_column(seen.field)) return;
  throw refusal("cannot_be_column", "\"" + quote_outside_text(seen.field, 80) +
                                        "\" is no name for a column: those are lower-case letters, digits and _");
}

void check_widening(const DestinationTable& table, const SeenChange& seen) {
  const Field* column = find_column(table, seen.field);
  if (column == nullptr) throw refusal("conflict", "the field \"" + seen.field + "\" is not selected any more");
  if (table.table->is_required(*column)) {
    throw refusal("cannot_widen",
                  "\"" + seen.field + "\" is a field that reading the table goes by; its type is fixed");
  }
  if (column->type == seen.proposed_type || may_widen(column->type, seen.proposed_type)) return;
  throw refusal("cannot_widen", "a column of " + std::string(to_string(column->type)) + " cannot become " +
                                    std::string(to_string(seen.proposed_type)) + " without loss");
}

/// Blocks. Before anything is kept, because what hangs on the column would fail the next run.
void check_dependents(const ApiContext& context, const Integration& integration, const DestinationTable& table,
                      const std::string& column) {
  const auto record = context.destinations.find(integration.destination.value_or(DestinationId()).str());
  if (!record) throw refusal("conflict", "the integration's destination does not exist any more");
  const auto users = DestinationConnection::open(context.address_of(*record))->dependents(table, column);
  if (users.empty()) return;
  std::string names;
  for (const std::string& user : users) names += (names.empty() ? "" : ", ") + user;
  throw refusal("column_in_use", "the column \"" + column + "\" is used by " + names);
}

Json plan_of(const SchemaChange& change, const DestinationTable& table, Backfill backfill) {
  const SeenChange& seen = change.seen;
  const std::string place = table.schema.str() + "." + table.name.str();
  const std::string type(to_string(seen.proposed_type));
  const bool is_new = seen.kind == SchemaChangeKind::new_field;
  const bool is_known = change.state == "added" || change.state == "approved";
  Json effects = Json::array();
  if (!is_known && is_new)
    effects.push_back("the next run adds the column " + seen.field + " " + type + " to " + place);
  if (!is_known && !is_new) {
    effects.push_back("the next run changes the type of the column " + seen.field + " of " + place + " to " + type +
                      ", which writes the table anew");
  }
  if (backfill != Backfill::none) {
    effects.push_back("the next run reads the table " + change.table + " from its beginning; its rows stay readable");
  }
  return {{"change", show_schema_change(change)},
          {"effects", std::move(effects)},
          {"reads_again", backfill != Backfill::none}};
}

}  // namespace

Task<HttpResponse> list_schema_changes(const ApiContext& context, const Call& call) {
  const Integration integration = co_await integration_in_path(context, call);
  const PageRequest page = call.page();
  const auto states = call.list("state");
  const auto listing =
      co_await context.pool.run([&] { return context.schema_changes.list(integration.id, states, page); });
  Json items = Json::array();
  for (const SchemaChange& change : listing.items) items.push_back(show_schema_change(change));
  co_return list_answer(call, std::move(items), listing.next);
}

Task<HttpResponse> get_schema_change(const ApiContext& context, const Call& call) {
  const Matter matter = co_await matter_in_path(context, call);
  co_return answer(200, show_schema_change(matter.change));
}

Task<HttpResponse> approve_schema_change(const ApiContext& context, const Call& call) {
  const Matter matter = co_await matter_in_path(context, call);
  Backfill backfill = Backfill::none;
  if (const auto text = call.text("backfill")) parse(*text, backfill);
  const DestinationTable table = table_of(context, matter);
  const SeenChange& seen = matter.change.seen;
  if (seen.kind == SchemaChangeKind::new_field) {
    check_new_field(seen);
  } else if (matter.change.state != "approved") {
    check_widening(table, seen);
    co_await context.pool.run([&] { check_dependents(context, matter.integration, table, seen.field); });
  }
  if (call.flag("dry_run")) co_return answer(200, plan_of(matter.change, table, backfill));
  const auto approved = co_await context.pool.run(
      [&] { return context.schema_changes.approve(matter.integration.id, matter.change, backfill); });
  co_return answer(200, show_schema_change(approved));
}

Task<HttpResponse> reject_schema_change(const ApiContext& context, const Call& call) {
  const Matter matter = co_await matter_in_path(context, call);
  const auto rejected =
      co_await context.pool.run([&] { return context.schema_changes.reject(matter.integration.id, matter.change.id); });
  co_return answer(200, show_schema_change(rejected));
}

}  // namespace sluice::api
