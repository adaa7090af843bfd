#pragma once
// The control schema `sluice`, as numbered steps forward (storage/migrations/NNNN_name.sql, embedded in the binary).

#include "storage/database.hpp"

namespace sluice {

struct MigrationReport {
  int before = 0;
  int after = 0;
};

/// Applies what is missing, each step in a transaction of its own, under an advisory lock: several daemons may start at
/// once. Throws Error{config, "database.schema_newer"} when the database was made by a newer Sluice.
MigrationReport migrate(Database& database);
/// The newest step this binary knows, and the one the database is at (0: empty).
int known_schema_version();
int schema_version(Database& database);

}  // namespace sluice
