#pragma once
// Small tables and a decoder around them, for the tests of decoding.

#include "connectors/record.hpp"
#include "connectors/table_loader.hpp"
#include "tests/support/copy_text.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// The table files of a test, by their text.
inline Catalogue tables_of(const std::vector<std::string>& texts) {
  std::vector<EmbeddedFile> files;
  for (const std::string& text : texts) files.push_back({"test.json", text});
  return load_tables(files);
}

inline Lane whole(const Table& table) {
  Lane lane{&table, {}};
  for (const Field& field : table.fields) lane.fields.push_back(&field);
  return lane;
}

inline std::vector<std::string> rows_of(const RowBatch& batch, const Lane& lane) {
  std::vector<ColumnType> types;
  for (const Field* field : lane.fields) types.push_back(field->type);
  return CopyText(batch.rows.bytes()).rows(types);
}

inline std::string things_file(std::string_view style, std::string_view fields, std::string_view more = "") {
  return R"({"table": "things", "title": "Things", "meaning": "For tests.", "path": "/things", "key": ["id"],
             "subject": "catalog", "scopes": ["read"], "style": ")" +
         std::string(style) + "\", " + std::string(more) + R"("fields": [["id", "bigint", "Number"])" +
         std::string(fields) + "]}";
}

}  // namespace sluice
