#pragma once
// Parts of a draft's set-up that it was given first, and that are taken back when a later step fails.

#include "storage/database.hpp"
#include "storage/model.hpp"

namespace sluice {

struct DraftParts {
  bool credentials = false;
  bool selection = false;
  bool destination = false;
};

/// As if it never had them. Error{conflict, "integration.confirmed"} when it is no draft any more; Error{missing,
/// "integration.unknown"}.
Integration take_back(Database& database, const IntegrationId& id, const DraftParts& parts);

}  // namespace sluice
