#pragma once
// From what a body says of tables and fields to a selection that the account can fulfil. Pure.

#include "connectors/catalogue.hpp"
#include "core/json.hpp"
#include "storage/destination.hpp"
#include "storage/model.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::api {

/// `body` has the shape "selection"; `facts` is null before authentication. Throws a refusal with everything that is
/// wrong, pointers below `pointer`.
std::vector<SelectedTable> resolve_selection(const Catalogue& catalogue, const Json& body, const Json& facts,
                                             const std::string& pointer = "");
/// Selected tables that the account may not read.
std::vector<Problem> missing_scopes(const std::vector<SelectedTable>& selection, const Json& facts);

/// Bytes of the longest table's name.
std::size_t longest_table(const Catalogue& catalogue);
/// The problem with an integration's name, if its tables' names would not fit PostgreSQL.
std::optional<Problem> check_name_length(std::string_view name, const Catalogue& catalogue, const std::string& pointer);

/// The destination's side of a selection. Throws Error{bug} when the connector no longer has a table or field.
std::vector<DestinationTable> destination_tables(const Integration& integration, const Catalogue& catalogue);
std::string qualified_name(const DestinationTable& table);

}  // namespace sluice::api
