#pragma once
// A destination table as SQL text: names, columns, comments, and what makes them. Pure.

#include "storage/destination.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// As format_type() of the server says it.
std::string_view server_type(ColumnType type);

/// Any text as an SQL identifier or literal.
std::string quote_name(std::string_view name);
std::string quote_text(std::string_view text);

/// Names that PostgreSQL or Sluice keeps to itself in every table.
bool is_reserved_column(std::string_view name);

// What every row has besides its data.
constexpr std::string_view synced_at_column = "_sluice_synced_at";
constexpr std::string_view job_id_column = "_sluice_job_id";
constexpr std::string_view deleted_at_column = "_sluice_deleted_at";

struct Column {
  std::string name;
  std::string type;  // as format_type() of the server says it
  std::string comment;
  bool is_bookkeeping = false;
};

/// The data columns in the order of the fields, then the bookkeeping. Throws Error{bug, "destination.column_name"} for
/// names that no column can have.
std::vector<Column> columns_of(const DestinationTable& table);

/// `"schema"."name"`
std::string qualified_name(const DestinationTable& table);
/// Ends with the mark that says whose the table is.
std::string comment_of(const DestinationTable& table);
std::string ownership_mark(const DestinationTable& table);

/// `with_lz4`: whether the server can compress with it; it takes half of pglz's time.
std::string create_table_sql(const DestinationTable& table, bool with_lz4);
std::string add_column_sql(const DestinationTable& table, const Column& column, bool with_lz4);
/// `with` is the value in its new type.
std::string change_type_sql(const DestinationTable& table, const Column& column, const std::string& with);
std::string comment_on_table_sql(const DestinationTable& table);
std::string comment_on_column_sql(const DestinationTable& table, const Column& column);
/// "" when the key finds the rows of a parent, or rows are never looked up by parent.
std::string create_parent_index_sql(const DestinationTable& table);

}  // namespace sluice
