#pragma once
// The headers that warn of a route's end. Pure.

#include "api/route.hpp"

namespace sluice::api {

/// Deprecation (RFC 9745), Sunset (RFC 8594) and a Link to the successor; nothing for a route that stays.
void add_deprecation(const Route& route, Headers& headers);

}  // namespace sluice::api
