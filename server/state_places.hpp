#pragma once
// Where a daemon with these settings keeps its state: for itself, and for commands that work beside it.

#include "core/config.hpp"
#include "storage/embedded_postgres.hpp"
#include "storage/master_keys.hpp"

namespace sluice {

EmbeddedPostgresSettings embedded_postgres_settings(const Config& config);
MasterKeys master_keys(const Config& config, bool may_create);

}  // namespace sluice
