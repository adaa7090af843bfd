#pragma once
// Tables with columns of every type, flat and nested, and rows inside of rows: what pages are decoded into.

#include "connectors/record.hpp"
#include "connectors/table_loader.hpp"

#include <string>
#include <vector>

namespace sluice {

inline const std::vector<EmbeddedFile>& record_table_files() {
  static const std::vector<EmbeddedFile> files{
      {"things.json", R"({"table": "things", "title": "Things", "meaning": "For tests.", "path": "/things",
        "subject": "catalog", "scopes": ["read"], "style": "v2", "key": ["id"],
        "paging": {"kind": "keyset", "field": "id", "from": "min_id"}, "increment": {"field": "changed", "min": "min_changed"},
        "fields": [["id", "bigint", "Number"], ["name", "text", "Name"], ["price", "numeric", "Price"], ["stock", "bigint", "Stock"],
                   ["sold", "boolean", "Whether"], ["changed", "timestamptz", "Date"], ["born", "date", "Day"],
                   ["extra", "jsonb", "More"], ["city", "text", "City", {"from": "address.city"}]]})"},
      {"parts.json",
       R"({"table": "parts", "title": "Parts", "meaning": "For tests.", "subject": "catalog", "style": "v2",
        "key": ["code"], "scopes": ["read"],
        "parent": {"table": "things", "link": "embedded", "field": "thing_id", "rows": ["parts", "boxes.parts"]},
        "fields": [["code", "text", "Code"], ["thing_id", "bigint", "Owner", {"from": "^.id"}], ["size", "numeric", "Size"]]})"},
      {"people.json", R"({"table": "people", "title": "People", "meaning": "For tests.", "path": "/people",
        "subject": "customers", "scopes": ["read"], "style": "v3", "key": ["id"], "paging": {"kind": "cursor"},
        "fields": [["id", "bigint", "Number"], ["name", "text", "Name"], ["tags", "jsonb", "Tags"]]})"}};
  return files;
}

inline Lane whole_lane(const Table& table) {
  Lane lane{&table, {}};
  for (const Field& field : table.fields) lane.fields.push_back(&field);
  return lane;
}

}  // namespace sluice
