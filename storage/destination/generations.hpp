#pragma once
// Other generations of a table's rows: the one that a reload fills beside it, and the one that the last reload put
// aside. Replacing changes rows and nothing else: the table stays the same one, so grants, comments, indexes, views
// and publications on it stay, and readers see the old rows until the one transaction commits.

#include "storage/destination/bookkeeping.hpp"
#include "storage/destination/pg_connection.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// The rows of `beside` in place of those of `target`, whose old ones are kept; `beside` is gone afterwards. Inside a
/// transaction; throws Error{conflict, "destination.fenced"} when a newer owner was here.
void replace_rows(PgConnection& connection, const DestinationTable& target, const DestinationTable& beside,
                  std::int64_t epoch);

std::optional<KeptGeneration> find_kept(PgConnection& connection, const DestinationTable& target);

/// The kept rows in place of those of `target`, with the position that they had. Inside a transaction; raises the fence
/// to `epoch`. Throws Error{missing, "destination.nothing_kept"}.
void restore_kept(PgConnection& connection, const DestinationTable& target, std::int64_t epoch);

/// Drops what a reload left beside `target`, but for a table of that name.
void drop_stale(PgConnection& connection, const DestinationTable& target, const std::string& but_for);
/// Drops whatever generations there are beside `target`.
void drop_generations(PgConnection& connection, const DestinationTable& target);
/// Drops kept generations that were put aside before, of all integrations. Returns how many.
int drop_kept_before(PgConnection& connection, Time before);

/// Foreign keys of other tables that point at `target`: its rows cannot be replaced under them.
std::vector<std::string> references_to(PgConnection& connection, const DestinationTable& target);

}  // namespace sluice
