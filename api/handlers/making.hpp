#pragma once
// What the handlers share that make integrations: credentials read and tried, the answer given.

#include "api/blueprint.hpp"
#include "api/call.hpp"

namespace sluice::api {

/// Throws what the connector throws, its pointers below `pointer`.
Credentials read_credentials(const Connector& connector, const Json& body, const std::string& pointer);
/// Throws `name_taken` before anything was asked or done.
Task<void> check_name_is_free(const ApiContext& context, const std::string& name);
/// 201 for a new integration; with the run that confirming opened, when it was confirmed.
Task<HttpResponse> made_answer(const ApiContext& context, const Call& call, Integration made, std::optional<Run> run);

}  // namespace sluice::api
