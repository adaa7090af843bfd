#pragma once
// The OpenAPI 3.1 document, from the routes and shapes. Pure.

#include "api/route.hpp"
#include "core/json.hpp"

#include <set>
#include <span>
#include <string_view>

namespace sluice::api {

Json openapi_document(std::span<const Route> routes);

/// Codes of every problem that the route may answer with.
std::set<std::string_view> problems_of(const Route& route);

}  // namespace sluice::api
