#include "storage/destination/generations.hpp"

#include "core/time.hpp"
#include "storage/destination/table_sql.hpp"

namespace sluice {
namespace {

constexpr const char* find_generation_sql = R"(
  select t.schema_name, t.name, t.number, t.created_at, c.rows
  from _sluice.tables t
  join _sluice.checkpoint c on c.integration_id = t.integration_id and c.table_name = t.table_name
  where t.integration_id = $1 and t.table_name = $2)";

// The place of a generation moves with its rows.
constexpr const char* move_position_sql = R"(
  update _sluice.checkpoint to_row
  set position = from_row.position, rows = from_row.rows, pass_began_with = 0, updated_at = statement_timestamp()
  from _sluice.checkpoint from_row
  where to_row.integration_id = $1 and to_row.table_name = $2
    and from_row.integration_id = $1 and from_row.table_name = $3)";

// Held as whoever writes rows there holds it, before any of them.
constexpr const char* hold_by_name_sql = R"(
  select t.table_name
  from _sluice.tables t
  join _sluice.checkpoint c on c.integration_id = t.integration_id and c.table_name = t.table_name
  where t.integration_id = $1 and t.schema_name = $2 and t.name = $3
  for update of c)";

constexpr const char* fewer_rows_sql =
    "update _sluice.checkpoint set rows = rows - $3::bigint where integration_id = $1 and table_name = $2";

constexpr const char* drop_rejects_sql = "delete from _sluice.rejected where integration_id = $1 and table_name = $2";
constexpr const char* move_rejects_sql =
    "update _sluice.rejected set table_name = $2 where integration_id = $1 and table_name = $3";

constexpr const char* old_generations_sql = R"(
  select schema_name, name, integration_id, table_name, number from _sluice.tables
  where table_name like '%/kept' and created_at < $1::timestamptz for update skip locked)";

constexpr const char* references_sql = R"(
  select c.conrelid::regclass::text || ' (' || c.conname || ')'
  from pg_constraint c join pg_class t on t.oid = c.confrelid join pg_namespace n on n.oid = t.relnamespace
  where c.contype = 'f' and n.nspname = $1 and t.relname = $2 order by 1)";

struct Generation {
  DestinationTable table;
  std::int64_t number = 0;
  KeptGeneration kept;
};

DestinationTable generation_of(const DestinationTable& target, const std::string& generation) {
  DestinationTable table = target;
  table.generation = generation;
  table.parent.reset();
  table.followers.clear();
  return table;
}

std::optional<Generation> find(PgConnection& connection, const DestinationTable& target, const std::string& name) {
  if (!has_bookkeeping(connection)) return std::nullopt;
  Generation found{generation_of(target, name), 0, {}};
  const PgRows rows = connection.exec(find_generation_sql, {target.integration.str(), found.table.registered_name()});
  if (rows.size() == 0) return std::nullopt;
  found.table.schema = *Identifier::parse(rows.text(0, 0));
  found.table.name = *Identifier::parse(rows.text(0, 1));
  found.number = rows.number(0, 2);
  if (const auto at = parse_iso8601(rows.text(0, 3))) found.kept.kept_at = *at;
  found.kept.rows = rows.number(0, 4);
  return found;
}

void drop(PgConnection& connection, const Generation& generation) {
  connection.exec("drop table if exists " + qualified_name(generation.table));
  forget_table(connection, generation.table, {generation.number, "", "", 0});
}

std::string column_list(const DestinationTable& table) {
  std::string list;
  for (const Column& column : columns_of(table)) list += (list.empty() ? "" : ", ") + quote_name(column.name);
  return list;
}

void fill(PgConnection& connection, const DestinationTable& target, const std::string& from,
          const std::string& columns) {
  connection.exec("delete from " + qualified_name(target));
  connection.exec("insert into " + qualified_name(target) + " (" + columns + ") select " + columns + " from " + from);
}

/// Rows below those that are about to vanish go with them: afterwards nothing shows that they had a parent once.
void take_followers_along(PgConnection& connection, const DestinationTable& target, const DestinationTable& beside) {
  const std::string key = quote_name(target.table->key.front());
  for (const FollowingTable& follower : target.followers) {
    const PgRows registered =
        connection.exec(hold_by_name_sql, {target.integration.str(), target.schema.str(), follower.name.str()});
    if (registered.size() == 0) continue;
    const auto gone = connection.exec(
        "update " + target.schema.quoted() + "." + follower.name.quoted() + " set " + quote_name(deleted_at_column) +
        " = statement_timestamp(), " + quote_name(synced_at_column) + " = statement_timestamp() where " +
        quote_name(deleted_at_column) + " is null and " + quote_name(follower.parent_column) + " in (select " + key +
        " from " + qualified_name(target) + " except select " + key + " from " + qualified_name(beside) + ")");
    connection.exec(fewer_rows_sql, {target.integration.str(), registered.text(0, 0), std::to_string(gone.affected())});
  }
}

/// Whatever columns it has: also those that are no longer filled.
void keep(PgConnection& connection, const DestinationTable& target, const Identifier& name) {
  if (const auto before = find(connection, target, "kept")) drop(connection, *before);
  DestinationTable kept = generation_of(target, "kept");
  kept.schema = *Identifier::parse("_sluice");
  kept.name = name;
  connection.exec("create table " + qualified_name(kept) + " as table " + qualified_name(target));
  register_table(connection, kept);
  connection.exec(move_position_sql, {target.integration.str(), kept.registered_name(), target.registered_name()});
}

/// Of the columns that both have.
std::string common_columns(PgConnection& connection, const DestinationTable& a, const DestinationTable& b) {
  const PgRows rows = connection.exec(
      "select string_agg(quote_ident(x.attname), ', ' order by x.attnum) from pg_attribute x "
      "join pg_attribute y on y.attname = x.attname and y.attrelid = $2::regclass and y.attnum > 0 and not "
      "y.attisdropped where x.attrelid = $1::regclass and x.attnum > 0 and not x.attisdropped",
      {qualified_name(a), qualified_name(b)});
  return rows.text(0, 0);
}

}  // namespace

void replace_rows(PgConnection& connection, const DestinationTable& target, const DestinationTable& beside,
                  std::int64_t epoch) {
  hold_fence(connection, {target, beside}, epoch);
  const auto name = Identifier::parse("kept_" + beside.name.str());
  if (!name) throw Error(ErrorKind::bug, "destination.bad_name", "a kept table has no name");
  keep(connection, target, *name);
  take_followers_along(connection, target, beside);
  fill(connection, target, qualified_name(beside), column_list(target));
  connection.exec(drop_rejects_sql, {target.integration.str(), target.registered_name()});
  connection.exec(move_rejects_sql, {target.integration.str(), target.registered_name(), beside.registered_name()});
  connection.exec(move_position_sql, {target.integration.str(), target.registered_name(), beside.registered_name()});
  if (const auto generation = find(connection, target, beside.generation)) drop(connection, *generation);
}

std::optional<KeptGeneration> find_kept(PgConnection& connection, const DestinationTable& target) {
  const auto found = find(connection, target, "kept");
  return found ? std::optional(found->kept) : std::nullopt;
}

void restore_kept(PgConnection& connection, const DestinationTable& target, std::int64_t epoch) {
  const auto kept = find(connection, target, "kept");
  if (!kept) {
    throw Error(ErrorKind::missing, "destination.nothing_kept",
                "nothing is kept of " + target.schema.str() + "." + target.name.str() + " to go back to");
  }
  raise_fence(connection, {target}, epoch);
  fill(connection, target, qualified_name(kept->table), common_columns(connection, target, kept->table));
  connection.exec(move_position_sql,
                  {target.integration.str(), target.registered_name(), kept->table.registered_name()});
  drop(connection, *kept);
}

void drop_stale(PgConnection& connection, const DestinationTable& target, const std::string& but_for) {
  const auto beside = find(connection, target, "reload");
  if (beside && beside->table.name.str() != but_for) drop(connection, *beside);
}

void drop_generations(PgConnection& connection, const DestinationTable& target) {
  for (const char* name : {"reload", "kept"}) {
    if (const auto generation = find(connection, target, name)) drop(connection, *generation);
  }
}

int drop_kept_before(PgConnection& connection, Time before) {
  if (!has_bookkeeping(connection)) return 0;
  const PgRows rows = connection.exec(old_generations_sql, {format_rfc3339(before)});
  for (int row = 0; row < rows.size(); ++row) {
    connection.exec("drop table if exists " + quote_name(rows.text(row, 0)) + "." + quote_name(rows.text(row, 1)));
    connection.exec("delete from _sluice.tables where number = $1", {rows.text(row, 4)});
    connection.exec("delete from _sluice.checkpoint where integration_id = $1 and table_name = $2",
                    {rows.text(row, 2), rows.text(row, 3)});
  }
  return rows.size();
}

std::vector<std::string> references_to(PgConnection& connection, const DestinationTable& target) {
  const PgRows rows = connection.exec(references_sql, {target.schema.str(), target.name.str()});
  std::vector<std::string> references;
  for (int row = 0; row < rows.size(); ++row) references.push_back(rows.text(row, 0));
  return references;
}

}  // namespace sluice
