#pragma once
// Taking an integration away, for everyone who may.

#include "api/api.hpp"

namespace sluice::api {

/// Nothing new starts from here on, and from here on it ends by itself (scheduler/remover.hpp). True when it is gone
/// within `wait`.
Task<bool> remove_integration(const ApiContext& context, const Integration& integration, ExpectedGeneration expected,
                              TablesLeft tables, Duration wait);

}  // namespace sluice::api
