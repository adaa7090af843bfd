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
/// A whole answer: a page of a list as a table; an object as a line per member, nested ones as "run.id", and its lists
/// as tables below.
std::string text_of(const Json& answer, std::span<const Column> columns);
std::string log_line_of(const Json& line);
std::string change_line_of(const Json& change);

/// How one value stands in a cell.
std::string cell_of(const Json& value);

}  // namespace sluice::ctl
