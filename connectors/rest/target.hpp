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

}  // namespace sluice
