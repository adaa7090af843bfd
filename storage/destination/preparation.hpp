#pragma once
// Makes the tables of an integration at a destination what they should be, and touches none that is somebody else's.

#include "storage/destination/pg_connection.hpp"

#include <vector>

namespace sluice {

/// Within a transaction. Does nothing when everything is as it should be, and needs no rights for that.
void prepare_tables(PgConnection& connection, const std::vector<DestinationTable>& tables);
/// What of others hangs on a column, so that its type cannot change; each with what it is.
std::vector<std::string> dependents_of(PgConnection& connection, const DestinationTable& table,
                                       const std::string& column);
Error column_in_use(const DestinationTable& table, const std::string& column, const std::vector<std::string>& users);
/// Within a transaction. Drops those that this integration made; others are left alone.
void drop_tables(PgConnection& connection, const std::vector<DestinationTable>& tables);

}  // namespace sluice
