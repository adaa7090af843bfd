#include "storage/destination/merge_sql.hpp"

#include "core/time.hpp"
#include "storage/destination/table_sql.hpp"

#include <algorithm>

namespace sluice {
namespace {

const std::string synced_at = quote_name(synced_at_column);
const std::string job_id = quote_name(job_id_column);
const std::string deleted_at = quote_name(deleted_at_column);

using Names = std::vector<std::string>;

/// `t.a, t.b`, or with the empty prefix `a, b`.
std::string list(const Names& names, const std::string& prefix = "") {
  std::string text;
  for (const std::string& name : names) {
    if (!text.empty()) text += ", ";
    text += prefix + name;
  }
  return text;
}

std::string row(const Names& names, const std::string& prefix) { return "(" + list(names, prefix) + ")"; }

/// `a.k1 = b.k1 and a.k2 = b.k2`
std::string same_key(const MergeShape& shape, const std::string& left, const std::string& right) {
  std::string text;
  for (const std::string& key : shape.key) {
    if (!text.empty()) text += " and ";
    text += left + key + " = " + right + key;
  }
  return text;
}

Names beside_key(const MergeShape& shape) {
  Names names;
  for (const std::string& column : shape.columns) {
    if (std::find(shape.key.begin(), shape.key.end(), column) == shape.key.end()) names.push_back(column);
  }
  return names;
}

/// Whether the data of a stored row and a new one differ, or the stored one counts as deleted.
std::string differs(const MergeShape& shape, const std::string& stored, const std::string& fresh) {
  const Names data = beside_key(shape);
  std::string text;
  if (!data.empty()) text = row(data, stored) + " is distinct from " + row(data, fresh) + " or ";
  return text + stored + deleted_at + " is not null";
}

std::string and_also(const std::string& condition) { return condition.empty() ? "" : " and (" + condition + ")"; }

/// Rows `s` of the stage as rows `t` of the target. What follows may ask for known keys by a scalar subquery: that can
/// only be answered through the key's index, whatever the planner believes about sizes.
std::string insert_staged(const MergeShape& shape, const std::string& staged) {
  return "insert into " + shape.target + " as t (" + list(shape.columns) + ", " + synced_at + ", " + job_id +
         ")\n  select " + list(shape.columns, "s.") + ", statement_timestamp(), $1\n  from " + staged + " as s\n";
}

std::string mark_deleted(const MergeShape& shape) {
  return "update " + shape.target + " as t set " + deleted_at + " = statement_timestamp(), " + synced_at +
         " = statement_timestamp(), " + job_id + " = $1 where t." + deleted_at + " is null";
}

}  // namespace

MergeShape merge_shape(const DestinationTable& table, std::size_t lane) {
  MergeShape shape;
  shape.target = qualified_name(table);
  shape.stage = "pg_temp.sluice_stage_" + std::to_string(lane);
  for (const Column& column : columns_of(table)) {
    if (column.is_bookkeeping) continue;
    shape.columns.push_back(quote_name(column.name));
    shape.types.push_back(column.type);
  }
  for (const std::string& key : table.table->key) shape.key.push_back(quote_name(key));
  return shape;
}

std::string create_stage_sql(const MergeShape& shape) {
  std::string columns;
  for (std::size_t i = 0; i < shape.columns.size(); ++i) {
    columns += (i == 0 ? "" : ", ") + shape.columns[i] + " " + shape.types[i];
  }
  const std::string name = shape.stage.substr(shape.stage.find('.') + 1);
  return "drop table if exists " + shape.stage + "; create temporary table " + name + " (" + columns +
         ") on commit delete rows";
}

std::string copy_to_stage_sql(const MergeShape& shape) {
  return "copy " + shape.stage + " (" + list(shape.columns) + ") from stdin (format binary)";
}

std::string add_new_sql(const MergeShape& shape) {
  return insert_staged(shape, shape.stage) + "  where (select true from " + shape.target + " as old where " +
         same_key(shape, "old.", "s.") + ") is null";
}

std::string merge_sql(const MergeShape& shape, Repeats repeats) {
  std::string staged = shape.stage;
  std::string sql = "with ";
  if (repeats == Repeats::possible) {
    // Rows stand in a stage in the order they were copied.
    sql += "picked as (\n  select distinct on (" + list(shape.key) + ") * from " + shape.stage + " order by " +
           list(shape.key) + ", ctid desc\n), ";
    staged = "picked";
  }
  sql += "merged as (\n  " + insert_staged(shape, staged) + "  where (select " + differs(shape, "old.", "s.") +
         " from " + shape.target + " as old where " + same_key(shape, "old.", "s.") + ") is not false\n";
  sql += "  on conflict (" + list(shape.key) + ") do update set ";
  for (const std::string& column : beside_key(shape)) sql += column + " = excluded." + column + ", ";
  sql += synced_at + " = excluded." + synced_at + ", " + job_id + " = excluded." + job_id + ", " + deleted_at +
         " = null\n  where " + differs(shape, "t.", "excluded.");
  // An inserted row was locked by nobody; of an updated one, a query in `returning` still sees the version before.
  sql += "\n  returning xmax = 0 as is_new, case when xmax = 0 then false else (select old." + deleted_at +
         " is null from " + shape.target + " as old where " + same_key(shape, "old.", "t.") + ") end as was_live\n)\n";
  sql +=
      "select count(*) filter (where is_new), count(*) filter (where not is_new),\n"
      "  count(*) filter (where not was_live),\n  (select count(*) from " +
      staged + ")\nfrom merged";
  return sql;
}

std::string mark_orphans_sql(const MergeShape& shape, const std::string& parent) {
  return mark_deleted(shape) + " and t." + parent + " = any($2::bigint[]) and not exists (select from " + shape.stage +
         " as s where " + same_key(shape, "s.", "t.") + ")";
}

std::string follow_parents_sql(const MergeShape& shape, const std::string& parent, const std::string& parents,
                               const std::string& parents_key) {
  return mark_deleted(shape) + " and t." + parent + " in (select " + parents_key + " from " + parents + " where " +
         deleted_at + " is not null)";
}

std::string purge_sql(const MergeShape& shape, const DestinationTable& table) {
  std::string sql = "delete from " + shape.target + " as t where t." + deleted_at + " is not null";
  for (const FollowingTable& follower : table.followers) {
    sql += " and not exists (select from " + table.schema.quoted() + "." + follower.name.quoted() + " as f where f." +
           quote_name(follower.parent_column) + " = t." + shape.key.front() + " and f." + deleted_at + " is null)";
  }
  return sql;
}

std::string create_seen_sql(const MergeShape& shape, const std::string& seen) {
  std::string columns;
  for (const std::string& key : shape.key) {
    const auto at =
        static_cast<std::size_t>(std::find(shape.columns.begin(), shape.columns.end(), key) - shape.columns.begin());
    columns += (columns.empty() ? "" : ", ") + key + " " + shape.types.at(at);
  }
  return "drop table if exists " + seen + "; create table " + seen + " (" + columns + ")";
}

std::string note_seen_sql(const MergeShape& shape, const std::string& seen) {
  return "insert into " + seen + " select " + list(shape.key) + " from " + shape.stage;
}

std::string shown_since(const Table& table, const std::optional<Time>& from) {
  if (!from) return "";
  if (!table.increment) return "false";
  return "t." + quote_name(table.increment->field) + " >= " + quote_text(format_rfc3339(*from));
}

std::string count_live_sql(const MergeShape& shape, const std::string& within) {
  return "select count(*) from " + shape.target + " as t where t." + deleted_at + " is null" + and_also(within);
}

std::string count_unseen_sql(const MergeShape& shape, const std::string& seen, const std::string& within) {
  return "select count(*), count(*) filter (where not exists (select from " + seen + " as s where " +
         same_key(shape, "s.", "t.") + ")" + and_also(within) + "), exists (select from " + seen + ") from " +
         shape.target + " as t where t." + deleted_at + " is null";
}

std::string mark_unseen_sql(const MergeShape& shape, const std::string& seen, const std::string& within) {
  return mark_deleted(shape) + " and not exists (select from " + seen + " as s where " + same_key(shape, "s.", "t.") +
         ")" + and_also(within);
}

}  // namespace sluice
