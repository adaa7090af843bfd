#pragma once
// What must hold within and between tables once each file reads well.

#include "connectors/table.hpp"
#include "core/error.hpp"

#include <string>
#include <vector>

namespace sluice {

/// `places` says where each table stands, for the messages.
void check_tables(const std::vector<Table>& tables, const std::vector<std::string>& places,
                  std::vector<Problem>& problems);

}  // namespace sluice
