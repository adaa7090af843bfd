#pragma once
// What the source's records have that the destination's tables do not. Noted while tables load, shown to people, and,
// where the policy says so, made a column at once.

#include "connectors/record.hpp"
#include "storage/database.hpp"
#include "storage/model.hpp"

#include <string>
#include <vector>

namespace sluice {

enum class SchemaChangeKind {
  new_field,  // a member that the connector's table does not know
  type        // a value that does not fit its column, which is null there
};

std::string_view to_string(SchemaChangeKind kind);

/// One observation of a load.
struct SeenChange {
  SchemaChangeKind kind = SchemaChangeKind::new_field;
  std::string field;
  std::string sample;  // JSON text of one value
  ColumnType proposed_type = ColumnType::text;
};

struct SchemaChange {
  std::int64_t id = 0;
  std::string table;
  SeenChange seen;
  std::string state;  // open, added
  Time first_seen_at{};
  Time last_seen_at{};
};

/// What a page of a table's rows shows: its new fields, and a wider type for each column with values set aside.
std::vector<SeenChange> changes_in(const RowBatch& batch, const Table& table);

class SchemaChanges {
 public:
  explicit SchemaChanges(Database& database) : database_(database) {}

  /// Under the policy `add` a new field becomes a column of the table, filled from the next run on; under `ignore`
  /// nothing is kept.
  void note(const IntegrationId& integration, const std::string& table, const std::vector<SeenChange>& changes);
  Listing<SchemaChange> list(const IntegrationId& integration, const PageRequest& page);

 private:
  Database& database_;
};

}  // namespace sluice
