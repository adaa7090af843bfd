#pragma once
// The routes by what they are about, in the order of the document.

#include "api/route.hpp"

#include <vector>

namespace sluice::api {

std::vector<Route> process_routes();
std::vector<Route> connectors_and_destinations_routes();
std::vector<Route> integrations_routes();
std::vector<Route> tables_routes();
std::vector<Route> watching_routes();
std::vector<Route> administration_routes();

}  // namespace sluice::api
