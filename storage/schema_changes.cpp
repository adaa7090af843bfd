#include "storage/schema_changes.hpp"

#include "core/utf8.hpp"
#include "storage/destination/table_sql.hpp"
#include "storage/destination/widening.hpp"
#include "storage/identifier.hpp"
#include "storage/integration_rows.hpp"
#include "storage/listing.hpp"
#include "storage/tx.hpp"

#include <algorithm>
#include <charconv>

namespace sluice {
namespace {

constexpr const char* lock_table = R"(
select coalesce(t.on_new_fields, i.on_new_fields) as policy, t.column_types
from sluice.integrations i join sluice.integration_tables t on t.integration_id = i.id
where i.id = $1 and t.table_name = $2
for no key update of t)";

// A run that began before a decision goes on seeing what was decided about: only another type is news then.
constexpr const char* note_changes = R"(
insert into sluice.schema_changes as known (integration_id, table_name, field, kind, sample, proposed_type, state)
select $1, $2, seen.field, seen.kind, seen.sample, seen.type, seen.state
from jsonb_to_recordset($3::jsonb) as seen(field text, kind text, sample text, type text, state text)
on conflict (integration_id, table_name, kind, field) do update
set last_seen_at = now(), sample = excluded.sample, proposed_type = excluded.proposed_type, backfill = null,
    decided_at = null, state = case when known.state = 'rejected' then 'open' else excluded.state end
where known.state = 'open' or (known.state in ('approved', 'rejected') and known.proposed_type <> excluded.proposed_type
                               and not (known.state = 'approved' and known.kind = 'new_field')))";

constexpr const char* add_fields = R"(
update sluice.integration_tables t
set added_fields = t.added_fields || fresh.fields
from (select coalesce(jsonb_agg(jsonb_build_object('name', seen.field, 'type', seen.type)), '[]') as fields
      from jsonb_to_recordset($3::jsonb) as seen(field text, kind text, type text, state text)
      where seen.state = 'added'
        and not exists (select from sluice.schema_changes no
                        where no.integration_id = $1 and no.table_name = $2 and no.kind = seen.kind
                          and no.field = seen.field and no.state = 'rejected')
        and not exists (select from sluice.integration_tables o, jsonb_array_elements(o.added_fields) as has
                        where o.integration_id = $1 and o.table_name = $2 and has ->> 'name' = seen.field)) as fresh
where t.integration_id = $1 and t.table_name = $2)";

constexpr const char* list_changes = R"(
select id, table_name, field, kind, sample, proposed_type, state, backfill, decided_at, first_seen_at, last_seen_at
from sluice.schema_changes
where integration_id = $1 and id > $2::bigint and ($4::text is null or state = any (string_to_array($4, ',')))
order by id
limit $3::bigint)";

constexpr const char* find_change = R"(
select id, table_name, field, kind, sample, proposed_type, state, backfill, decided_at, first_seen_at, last_seen_at
from sluice.schema_changes
where integration_id = $1 and id = $2::bigint)";

constexpr const char* lock_change = R"(
select state, proposed_type, backfill
from sluice.schema_changes
where integration_id = $1 and id = $2::bigint
for no key update)";

constexpr const char* approve_change = R"(
update sluice.schema_changes
set state = 'approved', backfill = $3, decided_at = now()
where integration_id = $1 and id = $2::bigint)";

constexpr const char* reject_change = R"(
update sluice.schema_changes
set state = 'rejected', backfill = null, decided_at = now()
where integration_id = $1 and id = $2::bigint)";

constexpr const char* widen_column = R"(
update sluice.integration_tables
set column_types = column_types || jsonb_build_object($3::text, $4::text)
where integration_id = $1 and table_name = $2)";

constexpr const char* want_reread = R"(
update sluice.integration_tables
set rereads_wanted = rereads_wanted + 1
where integration_id = $1 and table_name = $2)";

constexpr const char* raise_generation = R"(
update sluice.integrations set generation = generation + 1, updated_at = now() where id = $1)";

SchemaChange read_change(const pqxx::row& row) {
  SchemaChange change;
  change.id = row["id"].as<std::int64_t>();
  change.table = text_of(row["table_name"]);
  change.seen.field = text_of(row["field"]);
  change.seen.kind = text_of(row["kind"]) == "type" ? SchemaChangeKind::type : SchemaChangeKind::new_field;
  change.seen.sample = text_of(row["sample"]);
  parse(text_of(row["proposed_type"]), change.seen.proposed_type);
  change.state = text_of(row["state"]);
  Backfill backfill{};
  if (parse(text_of(row["backfill"]), backfill)) change.backfill = backfill;
  change.decided_at = optional_time(row["decided_at"]);
  change.first_seen_at = time_of(row["first_seen_at"]);
  change.last_seen_at = time_of(row["last_seen_at"]);
  return change;
}

/// The type that holds what the column holds and this value, too.
ColumnType widened(ColumnType column, ColumnType value) {
  if (value == ColumnType::jsonb) return ColumnType::jsonb;
  if (column == ColumnType::bigint && value == ColumnType::numeric) return ColumnType::numeric;
  return ColumnType::text;
}

/// Whether a wider type is news: a run that began before an approval proposes what the column has outgrown by now.
bool is_outgrown(const SeenChange& change, const Json& column_types) {
  const auto chosen = column_types.find(change.field);
  ColumnType type{};
  return chosen != column_types.end() && parse(chosen->get<std::string>(), type) &&
         !may_widen(type, change.proposed_type) && type != change.proposed_type;
}

std::optional<SchemaChange> get_change(Tx& tx, const IntegrationId& integration, std::int64_t id) {
  const auto rows = tx.exec(find_change, integration, id);
  if (rows.empty()) return std::nullopt;
  return read_change(rows[0]);
}

Error changed_meanwhile() {
  return {ErrorKind::conflict, "schema_change.changed", "the schema change is another by now: read it again"};
}

/// Its state, locked. The integration is locked first, as everywhere.
std::string lock(Tx& tx, const IntegrationId& integration, std::int64_t id) {
  if (lock_integration(tx, integration).state == IntegrationState::deleting) {
    throw Error(ErrorKind::conflict, "integration.deleting", "the integration is being deleted");
  }
  const auto rows = tx.exec(lock_change, integration, id);
  if (rows.empty()) throw Error(ErrorKind::missing, "schema_change.unknown", "there is no such schema change");
  return text_of(rows[0]["state"]);
}

void apply(Tx& tx, const IntegrationId& integration, const SchemaChange& change, Backfill backfill) {
  const SeenChange& seen = change.seen;
  if (seen.kind == SchemaChangeKind::type) {
    tx.exec(widen_column, integration, change.table, seen.field, seen.proposed_type);
  } else {
    const Json field{{"field", seen.field},
                     {"kind", to_string(seen.kind)},
                     {"type", to_string(seen.proposed_type)},
                     {"state", "added"}};
    tx.exec(add_fields, integration, change.table, Json::array({field}));
  }
  if (backfill != Backfill::none) tx.exec(want_reread, integration, change.table);
  tx.exec(raise_generation, integration);
}

}  // namespace

bool can_be_column(std::string_view name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name.size() <= identifier_limit && !(name.front() >= '0' && name.front() <= '9') &&
         !is_reserved_column(name) && std::ranges::all_of(name, fits);
}

std::string_view to_string(SchemaChangeKind kind) { return kind == SchemaChangeKind::type ? "type" : "new_field"; }

std::vector<SeenChange> changes_in(const RowBatch& batch, const std::vector<const Field*>& fields) {
  std::vector<SeenChange> changes;
  for (const NewField& field : batch.new_fields)
    changes.push_back({SchemaChangeKind::new_field, field.name, field.sample, field.type});
  for (const Reject& reject : batch.rejects) {
    const auto column = std::ranges::find(fields, reject.field, &Field::name);
    const bool is_known = std::ranges::find(changes, reject.field, &SeenChange::field) != changes.end();
    if (!reject.row_kept || column == fields.end() || is_known) continue;
    const ColumnType wider = widened((*column)->type, guess_type(reject.raw));
    // A value that jsonb cannot hold fits nowhere.
    if (!may_widen((*column)->type, wider)) continue;
    constexpr std::size_t longest_sample = 200;
    changes.push_back({SchemaChangeKind::type, reject.field, cut_utf8(reject.raw, longest_sample), wider});
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
    const Json column_types = json_of(found[0]["column_types"]);
    Json seen = Json::array();
    for (const SeenChange& change : changes) {
      const bool is_new = change.kind == SchemaChangeKind::new_field;
      if (is_new && policy == "ignore") continue;
      if (!is_new && is_outgrown(change, column_types)) continue;
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

Listing<SchemaChange> SchemaChanges::list(const IntegrationId& integration, const std::vector<std::string>& states,
                                          const PageRequest& page) {
  std::int64_t after = 0;
  if (page.after) std::from_chars(page.after->data(), page.after->data() + page.after->size(), after);
  std::string wanted;
  for (const std::string& state : states) wanted.append(wanted.empty() ? "" : ",").append(state);
  return in_transaction(database_, [&](Tx& tx) {
    const auto rows = tx.exec(list_changes, integration, after, rows_to_ask(page), if_given(wanted));
    return listing_of<SchemaChange>(rows, page, read_change,
                                    [](const SchemaChange& change) { return std::to_string(change.id); });
  });
}

std::optional<SchemaChange> SchemaChanges::find(const IntegrationId& integration, std::int64_t id) {
  return in_transaction(database_, [&](Tx& tx) { return get_change(tx, integration, id); });
}

SchemaChange SchemaChanges::approve(const IntegrationId& integration, const SchemaChange& seen, Backfill backfill) {
  return in_transaction(database_, [&](Tx& tx) {
    lock(tx, integration, seen.id);
    const SchemaChange now = get_change(tx, integration, seen.id).value();
    if (now.seen.proposed_type != seen.seen.proposed_type) throw changed_meanwhile();
    if (now.state == "approved" && now.backfill == backfill) return now;
    // A rejection stands in the way of the policy, not of a person.
    tx.exec(approve_change, integration, seen.id, backfill);
    apply(tx, integration, now, backfill);
    return get_change(tx, integration, seen.id).value();
  });
}

SchemaChange SchemaChanges::reject(const IntegrationId& integration, std::int64_t id) {
  return in_transaction(database_, [&](Tx& tx) {
    const std::string state = lock(tx, integration, id);
    if (state == "added" || state == "approved") {
      throw Error(ErrorKind::conflict, "schema_change.decided",
                  "the change is " + state + " already, and a column is never taken back");
    }
    if (state == "open") tx.exec(reject_change, integration, id);
    return get_change(tx, integration, id).value();
  });
}

}  // namespace sluice
