#pragma once
// Decisions about one parent record: whether it changed, whether it can have rows below it, and how it stands in a
// path.

#include "connectors/record.hpp"
#include "connectors/table.hpp"
#include "core/json.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// null for what is no JSON.
Json parse_captured(std::string_view text);
/// Anything but null, false, 0 (also as text, "0.0000"), and empty text, arrays and objects.
bool is_set(const Json& value);
/// True when the parent's date of change lies before `since`; an unreadable one never does.
bool changed_before(std::string_view captured_date, const Increment& increment, Time since);
/// A key as it stands in a path; "" for what cannot stand there.
std::string path_text(const Json& key);
/// The objects at `path` below `value`, walking arrays.
std::vector<Json> objects_at(const Json& value, std::span<const std::string> path);
/// Puts the keys in the places {parent} and {row} of path and query.
void fill_in(Table& table, const std::string& parent, const std::string& row);
/// The rows of another answer behind those of this one.
void append(RowBatch& batch, RowBatch more);

}  // namespace sluice
