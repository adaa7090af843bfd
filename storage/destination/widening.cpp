#include "storage/destination/widening.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <iterator>

namespace sluice {
namespace {

struct Widening {
  ColumnType from;
  ColumnType to;
  std::string_view value;  // {} stands for the column
};

// What a session's settings could spell differently is spelt out.
constexpr Widening widenings[] = {
    {ColumnType::bigint, ColumnType::numeric, "{}::numeric"},
    {ColumnType::bigint, ColumnType::text, "{}::text"},
    {ColumnType::bigint, ColumnType::jsonb, "to_jsonb({})"},
    {ColumnType::numeric, ColumnType::text, "{}::text"},
    {ColumnType::numeric, ColumnType::jsonb, "to_jsonb({})"},
    {ColumnType::boolean, ColumnType::text, "{}::text"},
    {ColumnType::boolean, ColumnType::jsonb, "to_jsonb({})"},
    {ColumnType::date, ColumnType::timestamptz, "{}::timestamp at time zone 'UTC'"},
    {ColumnType::date, ColumnType::text, "to_char({}, 'YYYY-MM-DD')"},
    {ColumnType::date, ColumnType::jsonb, "to_jsonb(to_char({}, 'YYYY-MM-DD'))"},
    {ColumnType::timestamptz, ColumnType::text, R"(to_char({} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))"},
    {ColumnType::timestamptz, ColumnType::jsonb,
     R"(to_jsonb(to_char({} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')))"},
    {ColumnType::text, ColumnType::jsonb, "to_jsonb({})"},
};

const Widening* find(ColumnType from, ColumnType to) {
  const auto* found = std::find_if(std::begin(widenings), std::end(widenings),
                                   [&](const Widening& each) { return each.from == from && each.to == to; });
  return found == std::end(widenings) ? nullptr : found;
}

}  // namespace

bool may_widen(ColumnType from, ColumnType to) { return find(from, to) != nullptr; }

std::string widened_value_sql(ColumnType from, ColumnType to, std::string_view column) {
  const Widening* widening = find(from, to);
  if (widening == nullptr) {
    throw Error(ErrorKind::bug, "destination.no_widening",
                std::string(to_string(from)) + " does not become " + std::string(to_string(to)));
  }
  std::string sql(widening->value);
  return sql.replace(sql.find("{}"), 2, column);
}

}  // namespace sluice
