#pragma once
// What a read of a whole list lacks of what its source counts, and whether another read is worth it. Pure.

#include "connectors/connector.hpp"
#include "connectors/rest/position.hpp"

namespace sluice {

/// After a read that went through everything and was shown `shown` records. `before`: of the last such read. None: it
/// lacks nothing.
std::optional<Shortfall> compare_counts(const RecordTotal& counted, std::int64_t shown,
                                        const std::optional<Shortfall>& before);

}  // namespace sluice
