#pragma once
// Fields that a table gets after it was loaded: what the caller wants done about its rows.

#include "api/api.hpp"
#include "api/call.hpp"
#include "storage/backfill.hpp"

#include <vector>

namespace sluice::api {

/// `backfill` of the body; without one, columns are filled.
Backfill backfill_in(const Call& call);
/// Whether the tables that get fields can be replaced, when that is wanted: Error{conflict, "table.referenced"}.
/// Blocks.
void check_can_fill(const ApiContext& context, const Integration& integration,
                    const std::vector<SelectedTable>& selection, Backfill backfill);

}  // namespace sluice::api
