#pragma once
// Tables as their files describe them, without fields: only how their lists are walked.

#include "connectors/table.hpp"
#include "core/time.hpp"

namespace sluice {

inline const Time epoch = *parse_iso8601("2026-06-01T00:00:00Z");

/// As V2 orders: keyset with both ends, sorted by change for increments, says nothing about its length.
inline Table orders() {
  Table table;
  table.name = "orders";
  table.path = "/v2/orders";
  table.paging.kind = PagingKind::keyset;
  table.paging.key_field = "id";
  table.paging.from_parameter = "min_id";
  table.paging.to_parameter = "max_id";
  table.paging.ascending = {{"sort", "id:asc"}};
  table.paging.descending = {{"sort", "id:desc"}};
  table.increment =
      Increment{"date_modified",         "min_date_modified",    "", DateForm::iso8601, {{"sort", "date_modified:asc"}},
                std::chrono::seconds(1), std::chrono::minutes(5)};
  return table;
}

/// As a V3 list that has page numbers only.
inline Table numbered() {
  Table table;
  table.name = "brands";
  table.path = "/v3/brands";
  table.paging.end = PageEnd::total;
  table.paging.page_size = 20;
  return table;
}

inline Table cursored() {
  Table table = numbered();
  table.paging.kind = PagingKind::cursor;
  table.paging.cursor_parameter = "after";
  return table;
}

}  // namespace sluice
