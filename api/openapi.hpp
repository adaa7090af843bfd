#pragma once
// The OpenAPI 3.1 document, from the routes and shapes. Pure.

#include "api/route.hpp"
#include "core/json.hpp"

#include <span>

namespace sluice::api {

Json openapi_document(std::span<const Route> routes);

}  // namespace sluice::api
