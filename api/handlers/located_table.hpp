#pragma once
// A selected table with its place at the destination, for what is done to one table.

#include "api/api.hpp"
#include "api/call.hpp"
#include "storage/destination_table.hpp"

#include <memory>
#include <string>

namespace sluice::api {

struct Located {
  Integration integration;
  const Catalogue* catalogue = nullptr;
  std::string table;
  DestinationTable target;
  DestinationAddress address;
};

/// The one that the path names. Error{conflict, "integration.draft"} before it is confirmed.
Task<Located> locate(const ApiContext& context, const Call& call);

// These block.

TableStatus status_of(const ApiContext& context, const Located& it);
/// A job that is under way holds the table's place; nobody else may move it: Error{conflict, "table.busy"}.
void check_idle(const ApiContext& context, const Located& it);
/// Error{conflict, "table.not_paused"} when neither the table nor its integration is.
void check_paused(const ApiContext& context, const Located& it);
std::unique_ptr<DestinationConnection> open(const Located& it);
/// After the destination was changed outside of a run.
Checkpoint mirror(const ApiContext& context, const Located& it, DestinationConnection& connection, std::int64_t epoch,
                  const HandWrite& write);

}  // namespace sluice::api
