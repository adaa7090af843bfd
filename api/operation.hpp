#pragma once
// What a route is called in the OpenAPI document and in the audit: "integrations.pause",
// "integrations.selection.replace". Pure, from method and path.

#include "api/route.hpp"

#include <span>
#include <string>

namespace sluice::api {

std::string operation_id(std::span<const Route> routes, const Route& route);
/// Whether it lists things, page by page.
bool is_list(const Route& route);
/// Whether it changes something.
bool is_write(const Route& route);

}  // namespace sluice::api
