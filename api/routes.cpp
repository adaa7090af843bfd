#include "api/route.hpp"
#include "api/routes/groups.hpp"

#include <iterator>
#include <utility>

namespace sluice::api {
namespace {

std::vector<Route> all_routes() {
  std::vector<Route> all;
  for (const auto group : {process_routes, connectors_and_destinations_routes, integrations_routes, tables_routes,
                           watching_routes, administration_routes}) {
    std::vector<Route> some = group();
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  for (Route& route : all) {
    if (!route.can_rehearse) continue;
    route.parameters.push_back({"dry_run", boolean("check everything and answer the plan; nothing is kept"), false});
  }
  return all;
}

}  // namespace

const std::vector<Route>& routes() {
  static const std::vector<Route> table = all_routes();
  return table;
}

}  // namespace sluice::api
