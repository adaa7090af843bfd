#pragma once
// How a table is compared with its source, from what the language of tables says of it. Pure.

#include "connectors/catalogue.hpp"
#include "storage/key_comparison.hpp"

#include <optional>

namespace sluice {

/// `position`: the table's checkpoint.
ComparisonPlan plan_comparison(const Catalogue& catalogue, const DestinationTable& table,
                               const std::optional<Time>& start_date, const Json& position);

/// The list that is walked for the table: its own, or its parents'.
const Table& walked_list(const Catalogue& catalogue, const Table& table);

}  // namespace sluice
