#pragma once
// Whose a session at the destination is. PostgreSQL shows it as its application_name: sluice/<integration>/<epoch>.

#include "storage/destination.hpp"
#include "storage/destination/pg_connection.hpp"

namespace sluice {

/// Names the session after its owner and ends those of earlier owners of the same integration. Their fence would stop
/// them, too, but not before they let go of their locks.
void displace_earlier_owners(PgConnection& connection, const SessionOwner& owner);

}  // namespace sluice
