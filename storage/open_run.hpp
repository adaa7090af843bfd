#pragma once
// How an open run comes to its end, for everyone who may end one. Private to storage/*.cpp; callers hold the lock on
// the integration.

#include "storage/model.hpp"

#include <cstdint>
#include <optional>

namespace sluice {

class Tx;

/// Cancels what waits. What runs under a live lease is left to its owner.
void cancel_waiting_jobs(Tx& tx, const IntegrationId& integration);
/// Ends the open run, whoever has it: his writes no longer find it, and his next heartbeat tells him.
void cancel_open_run(Tx& tx, const IntegrationId& integration);
/// Closes the integration's open run if no job of it is left to do and nobody else than `epoch` holds it. True if it
/// did.
bool close_finished_run(Tx& tx, const IntegrationId& integration, std::optional<std::int64_t> epoch);

}  // namespace sluice
