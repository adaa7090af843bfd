#pragma once
// The request target of a list call: path, constant parameters, what embedded tables want included, and the page.

#include "connectors/record.hpp"
#include "connectors/table.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// `base_path` stands in front of the table's path. Includes that lanes ask for under one name are joined by commas.
std::string request_target(std::string_view base_path, const Table& carrier, const std::vector<Lane>& lanes,
                           const QueryParameters& page);

/// Adds parameters; those of the same name become one list, each item once.
void add_to_query(QueryParameters& query, const QueryParameters& more);

}  // namespace sluice
