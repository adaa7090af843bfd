#pragma once
// JSON of the API as text for a terminal. Control characters that came from outside never reach it. Pure.

#include "core/json.hpp"
#include "server/ctl/command.hpp"

#include <span>
#include <string>

namespace sluice::ctl {

/// One row per item under a head line. Columns that no item fills are left out; without columns, the members of the
/// items are the columns.
std::string table_of(const Json& items, std::span<const Column> columns);
/// One line per member, nested ones as "run.id".
std::string members_of(const Json& object);
/// A whole answer: its list if that is all it has to say, its members and its list otherwise.
std::string text_of(const Json& answer, std::span<const Column> columns);
std::string log_line_of(const Json& line);

/// How one value stands in a cell.
std::string cell_of(const Json& value);

}  // namespace sluice::ctl
