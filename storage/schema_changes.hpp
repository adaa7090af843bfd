#pragma once
// What the source's records have that the destination's tables do not. Noted while tables load, shown to people, and,
// where the policy says so, made a column at once.

#include "connectors/record.hpp"
#include "storage/backfill.hpp"
#include "storage/database.hpp"
#include "storage/model.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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
  std::string state;  // open, added (by the policy), approved, rejected
  std::optional<Backfill> backfill;
  std::optional<Time> decided_at;
  Time first_seen_at{};
  Time last_seen_at{};
};

/// What a page of a table's rows shows: its new fields, and a wider type for each column with values set aside.
/// `fields` are the table's columns as they are loaded.
std::vector<SeenChange> changes_in(const RowBatch& batch, const std::vector<const Field*>& fields);
/// Whether a column can be called so: a field of another name is shown, but never becomes one.
bool can_be_column(std::string_view name);

class SchemaChanges {
 public:
  explicit SchemaChanges(Database& database) : database_(database) {}

  /// Under the policy `add` a new field becomes a column of the table, filled from the next run on; under `ignore`
  /// nothing is kept. What was rejected stays so until its type changes.
  void note(const IntegrationId& integration, const std::string& table, const std::vector<SeenChange>& changes);
  /// `states` empty: all.
  Listing<SchemaChange> list(const IntegrationId& integration, const std::vector<std::string>& states,
                             const PageRequest& page);
  std::optional<SchemaChange> find(const IntegrationId& integration, std::int64_t id);
  /// The field becomes a column, or the column's type the proposed one, at the next run. Backfilling the column and
  /// the table come to the same here: the table is read from its beginning and merged. `seen` is the change as it was
  /// judged: Error{conflict, "schema_change.changed"} when it is another by now. Approved with this backfill already:
  /// nothing happens.
  SchemaChange approve(const IntegrationId& integration, const SchemaChange& seen, Backfill backfill);
  /// Not noted again until its type is another. Error{conflict, "schema_change.decided"} when it was approved or added:
  /// columns stay. Idempotent.
  SchemaChange reject(const IntegrationId& integration, std::int64_t id);

 private:
  Database& database_;
};

}  // namespace sluice
