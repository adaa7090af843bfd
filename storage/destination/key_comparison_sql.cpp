#include "storage/destination/key_comparison_sql.hpp"

#include "core/time.hpp"
#include "storage/destination/table_sql.hpp"

namespace sluice {
namespace {

const std::string deleted_at = quote_name(deleted_at_column);

std::string names_of(const std::vector<const Field*>& fields, const std::string& prefix = "") {
  std::string text;
  for (const Field* field : fields) text += (text.empty() ? "" : ", ") + prefix + quote_name(field->name);
  return text;
}

std::string key_of(const MergeShape& shape, const std::string& prefix = "") {
  std::string text;
  for (const std::string& key : shape.key) text += (text.empty() ? "" : ", ") + prefix + key;
  return text;
}

/// `exists` over a row of `table` with the key of the row `of`.
std::string has_key(const MergeShape& shape, const std::string& table, const std::string& of) {
  std::string text = "exists (select from " + table + " as k where ";
  for (std::size_t i = 0; i < shape.key.size(); ++i)
    text += (i == 0 ? "k." : " and k.") + shape.key[i] + " = " + of + "." + shape.key[i];
  return text + ")";
}

std::string is_live(const MergeShape& shape, const std::string& of) {
  std::string text = has_key(shape, shape.target, of);
  text.insert(text.size() - 1, " and k." + deleted_at + " is null");
  return text;
}

/// "" when all rows are.
std::string is_judged(const ComparisonPlan& plan) {
  switch (plan.judged) {
    case JudgedRows::all:
      break;
    case JudgedRows::changed_since_start:
      return "t." + quote_name(plan.changed) + " >= " + quote_text(format_rfc3339(*plan.start));
    case JudgedRows::of_shown_parents:
      return "t." + quote_name(plan.parent) + " in (select key from " + shown_parents + ")";
  }
  return "";
}

std::string after_cursor(const ComparisonPlan& plan) {
  return " > " + quote_text(format_rfc3339(*plan.cursor)) + "::timestamptz";
}

std::string parent_is_newer(const ComparisonPlan& plan, const std::string& of) {
  return "exists (select from " + std::string(parent_dates) + " as p where p." +
         quote_name(plan.parents->fields.front()->name) + " = " + of + "." + quote_name(plan.parent) + " and p." +
         quote_name(plan.parents->fields.back()->name) + after_cursor(plan) + ")";
}

std::string fill(const std::string& name, const std::string& select) {
  return "drop table if exists " + name + "; create table " + name + " as " + select + "; analyze " + name;
}

}  // namespace

std::string create_keys_sql(const std::string& name, const std::vector<const Field*>& fields) {
  std::string columns;
  for (const Field* field : fields) {
    columns += (columns.empty() ? "" : ", ") + quote_name(field->name) + " " + std::string(server_type(field->type));
  }
  return "drop table if exists " + name + "; create table " + name + " (" + columns + ")";
}

std::string copy_keys_sql(const std::string& name, const std::vector<const Field*>& fields) {
  return "copy " + name + " (" + names_of(fields) + ") from stdin (format binary)";
}

std::string find_missing_sql(const ComparisonPlan& plan, const MergeShape& shape) {
  return fill(missing_rows, "select distinct on (" + key_of(shape, "s.") + ") " + names_of(plan.fields, "s.") +
                                " from " + shown_keys + " as s where not " + is_live(shape, "s"));
}

std::string find_surplus_sql(const ComparisonPlan& plan, const MergeShape& shape) {
  std::string select = "select " + names_of(plan.fields, "t.") + " from " + shape.target + " as t where t." +
                       deleted_at + " is null and not " + has_key(shape, shown_keys, "t");
  if (const std::string judged = is_judged(plan); !judged.empty()) select += " and " + judged;
  return fill(surplus_rows, select);
}

std::string count_keys_sql(const ComparisonPlan& plan, const MergeShape& shape) {
  const std::string judged = is_judged(plan);
  return "select (select count(*) from (select distinct " + key_of(shape) + " from " + shown_keys +
         ") as s), count(*), count(*) filter (where " + (judged.empty() ? "true" : judged) + ") from " + shape.target +
         " as t where t." + deleted_at + " is null";
}

std::string drop_unconfirmed_sql(const MergeShape& shape) {
  return "analyze " + std::string(shown_again_keys) + "; delete from " + missing_rows + " as d where not " +
         has_key(shape, shown_again_keys, "d") + "; delete from " + surplus_rows + " as d where " +
         has_key(shape, shown_again_keys, "d");
}

std::string drop_newer_missing_sql(const ComparisonPlan& plan, const MergeShape& shape) {
  if (!plan.has_dates()) return "";
  if (plan.changed.empty()) {
    return "delete from " + std::string(missing_rows) + " as d where " + parent_is_newer(plan, "d");
  }
  std::string again = has_key(shape, shown_again_keys, "d");
  again.insert(again.size() - 1, " and k." + quote_name(plan.changed) + after_cursor(plan));
  return "delete from " + std::string(missing_rows) + " as d where " + again;
}

std::string drop_newer_surplus_sql(const ComparisonPlan& plan) {
  if (!plan.has_dates() || !plan.changed.empty()) return "";
  return "delete from " + std::string(surplus_rows) + " as d where " + parent_is_newer(plan, "d");
}

std::string list_keys_sql(const std::string& name, const MergeShape& shape, std::size_t most) {
  const std::string key = key_of(shape);
  return "select coalesce(jsonb_agg(to_jsonb(k)), '[]') from (select " + key + " from " + name + " order by " + key +
         " limit " + std::to_string(most) + ") as k";
}

std::string mark_surplus_sql(const MergeShape& shape) {
  return "update " + shape.target + " as t set " + deleted_at + " = statement_timestamp(), " +
         quote_name(synced_at_column) + " = statement_timestamp(), " + quote_name(job_id_column) + " = $1 where t." +
         deleted_at + " is null and " + has_key(shape, surplus_rows, "t");
}

std::string count_surplus_sql(const MergeShape& shape) {
  return "select count(*), count(*) filter (where " + has_key(shape, surplus_rows, "t") + "), exists (select from " +
         std::string(shown_keys) + ") from " + shape.target + " as t where t." + deleted_at + " is null";
}

std::string count_repaired_sql(const MergeShape& shape) {
  return "select (select count(*) from " + std::string(missing_rows) + " as d where " + is_live(shape, "d") +
         "), (select count(*) from " + surplus_rows + " as d where not " + is_live(shape, "d") + ")";
}

}  // namespace sluice
