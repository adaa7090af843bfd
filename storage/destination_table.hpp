#pragma once
// How a selected table of an integration stands at its destination. Pure.

#include "connectors/catalogue.hpp"
#include "storage/destination.hpp"

#include <optional>
#include <string_view>

namespace sluice {

/// nullopt when the connector has no such table, or it is not selected.
std::optional<DestinationTable> destination_table(const Integration& integration, const Catalogue& catalogue,
                                                  std::string_view table);

}  // namespace sluice
