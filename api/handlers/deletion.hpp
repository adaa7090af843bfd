#pragma once
// Taking an integration away, for everyone who may.

#include "api/api.hpp"

namespace sluice::api {

enum class TablesLeft { kept, dropped };

/// Nothing new starts from here on; a run under way is given some seconds to notice. False while it still holds its
/// lease: repeating takes up where this stopped.
Task<bool> remove_integration(const ApiContext& context, const Integration& integration, ExpectedGeneration expected,
                              TablesLeft tables);

}  // namespace sluice::api
