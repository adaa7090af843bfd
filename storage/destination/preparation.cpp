#include "storage/destination/preparation.hpp"

#include "storage/destination/bookkeeping.hpp"
#include "storage/destination/generations.hpp"
#include "storage/destination/table_sql.hpp"
#include "storage/destination/widening.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace sluice {
namespace {

constexpr const char* schema_exists_sql = "select exists (select from pg_namespace where nspname = $1)";

constexpr const char* relations_sql = R"(
  select coalesce(c.oid::bigint, 0), coalesce(obj_description(c.oid, 'pg_class'), '')
  from unnest($1::text[], $2::text[]) with ordinality as wanted(schema_name, name, place)
  left join pg_namespace n on n.nspname = wanted.schema_name
  left join pg_class c on c.relnamespace = n.oid and c.relname = wanted.name
  order by wanted.place)";

constexpr const char* columns_sql = R"(
  select a.attrelid::bigint, a.attname, format_type(a.atttypid, a.atttypmod),
         coalesce(col_description(a.attrelid, a.attnum), ''), coalesce(a.attnum = any(i.indkey), false)
  from pg_attribute a left join pg_index i on i.indrelid = a.attrelid and i.indisprimary
  where a.attrelid = any($1::bigint[]::oid[]) and a.attnum > 0 and not a.attisdropped)";

// Indexes and constraints follow a column to its new type; views, rules, policies and the like do not.
constexpr const char* dependents_sql = R"(
  select distinct case when d.classid = 'pg_rewrite'::regclass
                       then (select case v.relkind when 'm' then 'materialized view ' else 'view ' end || v.oid::regclass
                             from pg_rewrite r join pg_class v on v.oid = r.ev_class where r.oid = d.objid)
                       else pg_describe_object(d.classid, d.objid, d.objsubid) end
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attname = $3
  join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and d.refobjsubid = a.attnum
  where n.nspname = $1 and c.relname = $2 and d.classid not in ('pg_class'::regclass, 'pg_constraint'::regclass)
  order by 1)";

// A large table takes its time to be written anew.
constexpr const char* have_patience_sql = "set local statement_timeout = '2h'";

// Compiled without lz4, the server does not offer it here; before version 14 there is no such setting.
constexpr const char* has_lz4_sql =
    "select exists (select from pg_settings where name = 'default_toast_compression' and 'lz4' = any(enumvals))";

/// A table as the server has it.
struct Found {
  std::int64_t oid = 0;  // 0: not there
  std::string comment;
  struct FoundColumn {
    std::string type;
    std::string comment;
    bool in_key = false;
  };
  std::map<std::string, FoundColumn> columns;
};

std::vector<Found> find_tables(PgConnection& connection, const std::vector<DestinationTable>& tables) {
  std::vector<std::string> schemas;
  std::vector<std::string> names;
  for (const DestinationTable& table : tables) {
    schemas.push_back(table.schema.str());
    names.push_back(table.name.str());
  }
  const PgRows relations = connection.exec(relations_sql, {pg_array(schemas), pg_array(names)});
  std::vector<Found> found(tables.size());
  std::vector<std::int64_t> oids;
  std::map<std::int64_t, Found*> by_oid;
  for (int row = 0; row < relations.size(); ++row) {
    Found& table = found[static_cast<std::size_t>(row)];
    table.oid = relations.number(row, 0);
    table.comment = relations.text(row, 1);
    if (table.oid == 0) continue;
    oids.push_back(table.oid);
    by_oid.emplace(table.oid, &table);
  }
  const PgRows columns = connection.exec(columns_sql, {pg_array(oids)});
  for (int row = 0; row < columns.size(); ++row) {
    by_oid.at(columns.number(row, 0))->columns[columns.text(row, 1)] = {columns.text(row, 2), columns.text(row, 3),
                                                                        columns.is_true(row, 4)};
  }
  return found;
}

bool is_registered_here(const std::optional<Registration>& registration, const DestinationTable& table) {
  return registration && registration->integration == table.integration.str() &&
         registration->table == table.registered_name();
}

Error foreign_table(const DestinationTable& table) {
  return {
      ErrorKind::config, "destination.foreign_table",
      "table " + table.schema.str() + "." + table.name.str() +
          " exists at the destination and was not made by this integration, so it is left alone: rename or drop it, "
          "or choose another schema"};
}

/// Whether the table that is there is the one we made. After a restore from a dump the oid is another one, but then our
/// mark is still in the comment; a stranger's table of the same name has neither.
bool is_ours(const Found& found, const std::optional<Registration>& registration, const DestinationTable& table) {
  if (!is_registered_here(registration, table)) return false;
  return registration->oid == found.oid || found.comment.ends_with(ownership_mark(table));
}

std::optional<ColumnType> type_named(std::string_view name) {
  for (const ColumnType type : {ColumnType::bigint, ColumnType::numeric, ColumnType::text, ColumnType::boolean,
                                ColumnType::timestamptz, ColumnType::date, ColumnType::jsonb}) {
    if (server_type(type) == name) return type;
  }
  return std::nullopt;
}

/// Gives a column the wider type that people chose. False when that is not what its difference comes from.
bool widen(PgConnection& connection, const DestinationTable& table, const Column& column,
           const std::string& found_type) {
  const auto from = type_named(found_type);
  const auto to = type_named(column.type);
  const bool is_chosen = std::ranges::find(table.widened, column.name) != table.widened.end();
  if (!is_chosen || !from || !to || !may_widen(*from, *to)) return false;
  if (const auto users = dependents_of(connection, table, column.name); !users.empty()) {
    throw column_in_use(table, column.name, users);
  }
  connection.exec(have_patience_sql);
  connection.exec(change_type_sql(table, column, widened_value_sql(*from, *to, quote_name(column.name))));
  return true;
}

Error wrong_type(const DestinationTable& table, const Column& column, const std::string& found_type) {
  return {ErrorKind::config, "destination.column_type",
          "column \"" + column.name + "\" of " + table.schema.str() + "." + table.name.str() + " is " + found_type +
              " but must be " + column.type +
              ": change its type back or drop the table, which will then be loaded anew"};
}

void check_key(const DestinationTable& table, const Found& found) {
  std::set<std::string> key;
  for (const auto& [name, column] : found.columns) {
    if (column.in_key) key.insert(name);
  }
  if (key == std::set<std::string>(table.table->key.begin(), table.table->key.end())) return;
  std::string columns;
  for (const std::string& name : table.table->key) columns += (columns.empty() ? "" : ", ") + name;
  throw Error(ErrorKind::config, "destination.primary_key",
              "the primary key of " + table.schema.str() + "." + table.name.str() + " must be (" + columns +
                  "): restore it or drop the table, which will then be loaded anew");
}

void create(PgConnection& connection, const DestinationTable& table, bool with_lz4) {
  if (!connection.exec(schema_exists_sql, {table.schema.str()}).is_true(0, 0)) {
    connection.exec("create schema " + table.schema.quoted());
  }
  std::string sql = create_table_sql(table, with_lz4) + ";" + comment_on_table_sql(table) + ";";
  for (const Column& column : columns_of(table)) {
    if (!column.comment.empty()) sql += comment_on_column_sql(table, column) + ";";
  }
  connection.exec(sql + create_parent_index_sql(table));
  register_table(connection, table);
}

void complete(PgConnection& connection, const DestinationTable& table, const Found& found, bool with_lz4) {
  check_key(table, found);
  std::string sql;
  for (const Column& column : columns_of(table)) {
    const auto existing = found.columns.find(column.name);
    if (existing == found.columns.end()) {
      sql += add_column_sql(table, column, with_lz4) + ";";
      if (!column.comment.empty()) sql += comment_on_column_sql(table, column) + ";";
      continue;
    }
    if (column.type != existing->second.type && !widen(connection, table, column, existing->second.type)) {
      throw wrong_type(table, column, existing->second.type);
    }
    if (existing->second.comment != column.comment) sql += comment_on_column_sql(table, column) + ";";
  }
  if (found.comment != comment_of(table)) sql += comment_on_table_sql(table) + ";";
  if (!sql.empty()) connection.exec(sql);
}

}  // namespace

void prepare_tables(PgConnection& connection, const std::vector<DestinationTable>& tables) {
  lock_preparation(connection);
  ensure_bookkeeping(connection);
  for (const DestinationTable& table : tables) {
    if (!table.generation.empty()) drop_stale(connection, table, table.name.str());
  }
  const std::vector<Found> found = find_tables(connection, tables);
  const auto registrations = find_registrations(connection, tables);
  const bool with_lz4 = connection.exec(has_lz4_sql).is_true(0, 0);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const DestinationTable& table = tables[i];
    if (found[i].oid != 0 && !is_ours(found[i], registrations[i], table)) throw foreign_table(table);
    // Somebody else's, even if it was dropped by hand: its owner will make it again.
    if (registrations[i] && !is_registered_here(registrations[i], table)) throw foreign_table(table);
    if (found[i].oid == 0) {
      create(connection, table, with_lz4);
      continue;
    }
    complete(connection, table, found[i], with_lz4);
    if (registrations[i]->oid != found[i].oid) adopt_table(connection, table, found[i].oid);
  }
}

std::vector<std::string> dependents_of(PgConnection& connection, const DestinationTable& table,
                                       const std::string& column) {
  const PgRows rows = connection.exec(dependents_sql, {table.schema.str(), table.name.str(), column});
  std::vector<std::string> names;
  for (int row = 0; row < rows.size(); ++row) names.push_back(rows.text(row, 0));
  return names;
}

Error column_in_use(const DestinationTable& table, const std::string& column, const std::vector<std::string>& users) {
  std::string names;
  for (const std::string& user : users) names += (names.empty() ? "" : ", ") + user;
  return {ErrorKind::config, "destination.column_in_use",
          "the type of column \"" + column + "\" of " + table.schema.str() + "." + table.name.str() +
              " cannot change while these use it: " + names + "; drop them and make them again afterwards"};
}

void drop_tables(PgConnection& connection, const std::vector<DestinationTable>& tables) {
  lock_preparation(connection);
  if (!has_bookkeeping(connection)) return;
  const std::vector<Found> found = find_tables(connection, tables);
  const auto registrations = find_registrations(connection, tables);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    if (!is_registered_here(registrations[i], tables[i])) continue;
    drop_generations(connection, tables[i]);
    if (found[i].oid != 0 && is_ours(found[i], registrations[i], tables[i])) {
      connection.exec("drop table " + qualified_name(tables[i]));
    }
    forget_table(connection, tables[i], *registrations[i]);
  }
}

}  // namespace sluice
