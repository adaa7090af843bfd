#pragma once
// The shapes of answers, in the groups that their routes have (api/routes/groups.hpp).

#include "api/shapes.hpp"

namespace sluice::api {

NamedShapes connectors_and_destinations_answers();
NamedShapes integrations_answers();
NamedShapes tables_answers();
NamedShapes watching_answers();
NamedShapes administration_answers();
NamedShapes process_answers();

}  // namespace sluice::api
