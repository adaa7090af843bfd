#include "storage/schema_changes.hpp"

#include "storage/listing.hpp"
#include "storage/tx.hpp"

#include <algorithm>
#include <charconv>

namespace sluice {
namespace {

constexpr const char* lock_table = R"(
select coalesce(t.on_new_fields, i.on_new_fields) as policy
from sluice.integrations i join sluice.integration_tables t on t.integration_id = i.id
where i.id = $1 and t.table_name = $2
for no key update of t)";

constexpr const char* note_changes = R"(
insert into sluice.schema_changes as known (integration_id, table_name, field, kind, sample, proposed_type, state)
select $1, $2, seen.field, seen.kind, seen.sample, seen.type, seen.state
from jsonb_to_recordset($3::jsonb) as seen(field text, kind text, sample text, type text, state text)
on conflict (integration_id, table_name, kind, field) do update
set last_seen_at = now(), sample = excluded.sample, proposed_type = excluded.proposed_type,
    state = case when known.state = 'added' then known.state else excluded.state end)";

constexpr const char* add_fields = R"(
update sluice.integration_tables t
set added_fields = t.added_fields || fresh.fields
from (select coalesce(jsonb_agg(jsonb_build_object('name', seen.field, 'type', seen.type)), '[]') as fields
      from jsonb_to_recordset($3::jsonb) as seen(field text, kind text, type text, state text)
      where seen.state = 'added'
        and not exists (select from sluice.integration_tables o, jsonb_array_elements(o.added_fields) as has
                        where o.integration_id = $1 and o.table_name = $2 and has ->> 'name' = seen.field)) as fresh
where t.integration_id = $1 and t.table_name = $2)";

constexpr const char* list_changes = R"(
select id, table_name, field, kind, sample, proposed_type, state, first_seen_at, last_seen_at
from sluice.schema_changes
where integration_id = $1 and id > $2::bigint
order by id
limit $3::bigint)";

SchemaChange read_change(const pqxx::row& row) {
  SchemaChange change;
  change.id = row["id"].as<std::int64_t>();
  change.table = text_of(row["table_name"]);
  change.seen.field = text_of(row["field"]);
  change.seen.kind = text_of(row["kind"]) == "type" ? SchemaChangeKind::type : SchemaChangeKind::new_field;
  change.seen.sample = text_of(row["sample"]);
  parse(text_of(row["proposed_type"]), change.seen.proposed_type);
  change.state = text_of(row["state"]);
  change.first_seen_at = time_of(row["first_seen_at"]);
  change.last_seen_at = time_of(row["last_seen_at"]);
  return change;
}

/// What a column can be called: a field of another name is shown, but never added by itself.
bool can_be_column(const std::string& name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && !(name.front() >= '0' && name.front() <= '9') && !name.starts_with("_sluice_") &&
         std::ranges::all_of(name, fits);
}

/// The type that holds what the column holds and this value, too.
ColumnType widened(ColumnType column, ColumnType value) {
  if (value == ColumnType::jsonb) return ColumnType::jsonb;
  if (column == ColumnType::bigint && value == ColumnType::numeric) return ColumnType::numeric;
  return ColumnType::text;
}

}  // namespace

std::string_view to_string(SchemaChangeKind kind) { return kind == SchemaChangeKind::type ? "type" : "new_field"; }

std::vector<SeenChange> changes_in(const RowBatch& batch, const Table& table) {
  std::vector<SeenChange> changes;
  for (const NewField& field : batch.new_fields)
    changes.push_back({SchemaChangeKind::new_field, field.name, field.sample, field.type});
  for (const Reject& reject : batch.rejects) {
    const Field* column = reject.row_kept ? table.find_field(reject.field) : nullptr;
    if (column == nullptr || std::ranges::find(changes, reject.field, &SeenChange::field) != changes.end()) continue;
    constexpr std::size_t longest_sample = 200;
    changes.push_back({SchemaChangeKind::type, reject.field, reject.raw.substr(0, longest_sample),
                       widened(column->type, guess_type(reject.raw))});
  }
  return changes;
}

void SchemaChanges::note(const IntegrationId& integration, const std::string& table,
                         const std::vector<SeenChange>& changes) {
  if (changes.empty()) return;
  in_transaction(database_, [&](Tx& tx) {
    const auto found = tx.exec(lock_table, integration, table);
    if (found.empty()) return;
    const std::string policy = text_of(found[0]["policy"]);
    Json seen = Json::array();
    for (const SeenChange& change : changes) {
      const bool is_new = change.kind == SchemaChangeKind::new_field;
      if (is_new && policy == "ignore") continue;
      seen.push_back({{"field", change.field},
                      {"kind", to_string(change.kind)},
                      {"sample", change.sample},
                      {"type", to_string(change.proposed_type)},
                      {"state", is_new && policy == "add" && can_be_column(change.field) ? "added" : "open"}});
    }
    if (seen.empty()) return;
    tx.exec(add_fields, integration, table, seen);
    tx.exec(note_changes, integration, table, seen);
  });
}

Listing<SchemaChange> SchemaChanges::list(const IntegrationId& integration, const PageRequest& page) {
  std::int64_t after = 0;
  if (page.after) std::from_chars(page.after->data(), page.after->data() + page.after->size(), after);
  return in_transaction(database_, [&](Tx& tx) {
    const auto rows = tx.exec(list_changes, integration, after, rows_to_ask(page));
    return listing_of<SchemaChange>(rows, page, read_change,
                                    [](const SchemaChange& change) { return std::to_string(change.id); });
  });
}

}  // namespace sluice
