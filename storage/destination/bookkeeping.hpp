#pragma once
// Schema `_sluice` at a destination: whose tables are whose, how far each has come, what could not be stored.

#include "storage/destination/pg_connection.hpp"

#include <string>
#include <vector>

namespace sluice {

/// Creates what is missing of the schema. Within a transaction that holds lock_preparation.
void ensure_bookkeeping(PgConnection& connection);
bool has_bookkeeping(PgConnection& connection);

/// One at a time prepares or drops at this destination, until the transaction ends.
void lock_preparation(PgConnection& connection);

/// The row of a table in the registry.
struct Registration {
  std::int64_t number = 0;  // names what else belongs to the table
  std::string integration;
  std::string table;
  std::int64_t oid = 0;  // of the table that was made
};

/// `_sluice.seen_<number>`: the keys that a pass under way has shown. It is there only during a pass.
std::string seen_table_name(std::int64_t number);

/// Per table, in the order given; without a value where nothing is registered. `_sluice` must be there.
std::vector<std::optional<Registration>> find_registrations(PgConnection& connection,
                                                            const std::vector<DestinationTable>& tables);
/// A table that was just made: registers it and forgets how far its predecessor had come. The fence stays.
void register_table(PgConnection& connection, const DestinationTable& table);
/// The same table under a new oid, for example out of a dump.
void adopt_table(PgConnection& connection, const DestinationTable& table, std::int64_t oid);
void forget_table(PgConnection& connection, const DestinationTable& table, const Registration& registration);

/// Raises the fence; Error{conflict, "destination.fenced"} when a newer owner was here.
std::vector<Checkpoint> raise_fence(PgConnection& connection, const std::vector<DestinationTable>& tables,
                                    std::int64_t epoch);

/// What a commit must know of a table before it changes it.
struct TableStanding {
  std::int64_t rows = 0;
  std::int64_t pass_began_with = 0;  // live rows when the snapshot pass under way began
  std::int64_t pass_lost = 0;        // records of the pass under way that became no row
  bool is_loaded = false;            // has a position
};

/// Locks the checkpoints until the transaction ends. Throws like raise_fence. In the order of the tables.
std::vector<TableStanding> hold_fence(PgConnection& connection, const std::vector<DestinationTable>& tables,
                                      std::int64_t epoch);

/// Null: the table is read from its beginning again. Throws like raise_fence.
void set_position(PgConnection& connection, const DestinationTable& table, const Json& position, std::int64_t epoch);

/// What a batch did, per table.
struct TableAdvance {
  JobId job;
  Counters counters;
  std::int64_t rows = 0;
  std::int64_t pass_began_with = 0;
  std::int64_t pass_lost = 0;
};

void advance_checkpoints(PgConnection& connection, const std::vector<DestinationTable>& tables, const Json& position,
                         const std::vector<TableAdvance>& advances);

/// Keeps the newest reason per key.
void quarantine(PgConnection& connection, const DestinationTable& table, const JobId& job,
                const std::vector<Reject>& rejects);

}  // namespace sluice
