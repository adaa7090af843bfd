#pragma once
// What paths and bodies name, looked up; what is not there is a refusal.

#include "api/api.hpp"
#include "api/call.hpp"

#include <string>
#include <string_view>

namespace sluice::api {

/// 404 when the path names nothing.
Task<Integration> integration_in_path(const ApiContext& context, const Call& call);
/// The selected table that the path names, by name or alias; lives as long as `integration`.
const SelectedTable& table_in_path(const ApiContext& context, const Call& call, const Integration& integration);
Task<DestinationRecord> destination_in_path(const ApiContext& context, const Call& call);
/// The integration that the query parameter of that name names: an id as it is (it may be deleted by now), or the id
/// behind a name.
Task<std::optional<IntegrationId>> filtered_integration(const ApiContext& context, const Call& call);
Error not_found(std::string_view what, const std::string& name);

/// The connector of an integration that exists; Error{bug} when this daemon has none of that name.
const Connector& connector_of(const ApiContext& context, const Integration& integration);
Connector& usable_connector(const ApiContext& context, std::string_view name);

/// Of the destination that it loads into; "" when none was chosen. Blocks.
std::string destination_name(const ApiContext& context, const Integration& integration);
/// The daemon's own destination, when it has one. Blocks.
std::optional<DestinationRecord> default_destination(const ApiContext& context);

/// Checks If-Match against what is there: the generation that a change may replace; none for "*". Throws `changed`.
ExpectedGeneration expected_generation(const Call& call, std::int64_t current);

/// The integration with its ETag.
HttpResponse integration_answer(const Call& call, int status, const Integration& integration,
                                const std::string& destination_name);

}  // namespace sluice::api
