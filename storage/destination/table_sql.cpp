#include "storage/destination/table_sql.hpp"

#include <algorithm>
#include <array>

namespace sluice {
namespace {

// PostgreSQL's own, in every table.
constexpr std::array<std::string_view, 6> system_columns{"ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"};

void check_column_name(const std::string& name) {
  const bool fits = !name.empty() && name.size() <= identifier_limit && name.find('\0') == std::string::npos;
  if (fits && !is_reserved_column(name)) return;
  throw Error(ErrorKind::bug, "destination.column_name",
              "no column can be called \"" + quote_outside_text(name) + "\"; give the field another name");
}

std::string definition(const Column& column, bool with_lz4) {
  std::string sql = quote_name(column.name) + " " + column.type;
  if (column.type == "jsonb" && with_lz4) sql += " compression lz4";
  return sql;
}

std::string in_quotes(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  return out + quote;
}

}  // namespace

bool is_reserved_column(std::string_view name) {
  return name.starts_with("_sluice_") ||
         std::find(system_columns.begin(), system_columns.end(), name) != system_columns.end();
}

std::string_view server_type(ColumnType type) {
  return type == ColumnType::timestamptz ? "timestamp with time zone" : to_string(type);
}

std::string quote_name(std::string_view name) { return in_quotes(name, '"'); }

/// standard_conforming_strings is on unless somebody made the server odd on purpose; E'' reads the same either way.
std::string quote_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\0') continue;
    if (c == '\\') escaped += '\\';
    escaped += c;
  }
  return "E" + in_quotes(escaped, '\'');
}

std::vector<Column> columns_of(const DestinationTable& table) {
  std::vector<Column> columns;
  for (const Field* field : table.fields) {
    check_column_name(field->name);
    columns.push_back({field->name, std::string(server_type(field->type)), field->meaning, false});
  }
  columns.push_back(
      {std::string(synced_at_column), "timestamp with time zone", "When Sluice last wrote this row.", true});
  columns.push_back({std::string(job_id_column), "text", "The Sluice job that last wrote this row.", true});
  columns.push_back({std::string(deleted_at_column), "timestamp with time zone",
                     "When Sluice saw that the source no longer has this row; null while it has.", true});
  return columns;
}

std::string qualified_name(const DestinationTable& table) { return table.schema.quoted() + "." + table.name.quoted(); }

std::string ownership_mark(const DestinationTable& table) {
  return "(kept by Sluice: integration " + table.integration.str() + ", table " + table.registered_name() + ")";
}

std::string comment_of(const DestinationTable& table) {
  std::string comment = table.table->title;
  if (!table.table->meaning.empty()) comment += (comment.empty() ? "" : ": ") + table.table->meaning;
  return comment + (comment.empty() ? "" : " ") + ownership_mark(table);
}

std::string create_table_sql(const DestinationTable& table, bool with_lz4) {
  std::string sql = "create table " + qualified_name(table) + " (\n";
  for (const Column& column : columns_of(table)) {
    sql += "  " + definition(column, with_lz4);
    if (column.is_bookkeeping && column.name != deleted_at_column) sql += " not null";
    sql += ",\n";
  }
  sql += "  primary key (";
  for (const std::string& key : table.table->key)
    sql += (&key == &table.table->key.front() ? "" : ", ") + quote_name(key);
  return sql + ")\n)";
}

std::string add_column_sql(const DestinationTable& table, const Column& column, bool with_lz4) {
  return "alter table " + qualified_name(table) + " add column " + definition(column, with_lz4);
}

std::string change_type_sql(const DestinationTable& table, const Column& column, const std::string& with) {
  return "alter table " + qualified_name(table) + " alter column " + quote_name(column.name) + " type " + column.type +
         " using " + with;
}

std::string comment_on_table_sql(const DestinationTable& table) {
  return "comment on table " + qualified_name(table) + " is " + quote_text(comment_of(table));
}

std::string comment_on_column_sql(const DestinationTable& table, const Column& column) {
  return "comment on column " + qualified_name(table) + "." + quote_name(column.name) + " is " +
         (column.comment.empty() ? "null" : quote_text(column.comment));
}

std::string create_parent_index_sql(const DestinationTable& table) {
  const Table& source = *table.table;
  if (source.deletes != DeleteKind::with_parent || !source.parent) return "";
  if (source.key.front() == source.parent->key_field) return "";
  return "create index on " + qualified_name(table) + " (" + quote_name(source.parent->key_field) + ")";
}

}  // namespace sluice
