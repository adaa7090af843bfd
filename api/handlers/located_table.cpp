#include "api/handlers/located_table.hpp"

#include "api/handlers/lookup.hpp"
#include "core/error.hpp"

#include <algorithm>

namespace sluice::api {

Task<Located> locate(const ApiContext& context, const Call& call) {
  const Integration integration = co_await integration_in_path(context, call);
  const Catalogue& catalogue = connector_of(context, integration).catalogue();
  const std::string table = table_in_path(context, call, integration).name;
  auto target = destination_table(integration, catalogue, table);
  if (!target || !integration.confirmed_at) {
    throw Error(ErrorKind::conflict, "integration.draft", "the integration is not confirmed yet");
  }
  const auto record =
      co_await context.pool.run([&] { return context.destinations.find(integration.destination->str()); });
  if (!record) throw Error(ErrorKind::missing, "destination.unknown", "the destination does not exist any more");
  co_return Located{integration, &catalogue, table, *std::move(target), context.address_of(*record)};
}

TableStatus status_of(const ApiContext& context, const Located& it) {
  const auto all = context.integrations.tables(it.integration.id);
  const auto status = std::ranges::find(all, it.table, &TableStatus::table);
  if (status == all.end()) throw not_found("selected table", it.table);
  return *status;
}

void check_idle(const ApiContext& context, const Located& it) {
  const JobFilter open{.integration = it.integration.id,
                       .run = {},
                       .table = it.table,
                       .states = {JobState::queued, JobState::running, JobState::waiting_retry},
                       .kinds = {},
                       .since = {},
                       .until = {}};
  if (context.queue.list_jobs(open, {1, std::nullopt}).items.empty()) return;
  throw Error(ErrorKind::conflict, "table.busy", "a job of the table " + it.table + " is not finished");
}

void check_paused(const ApiContext& context, const Located& it) {
  if (it.integration.paused || status_of(context, it).state == TableState::paused) return;
  throw Error(ErrorKind::conflict, "table.not_paused",
              "neither the table " + it.table + " nor its integration is paused");
}

std::unique_ptr<DestinationConnection> open(const Located& it) { return DestinationConnection::open(it.address); }

Checkpoint mirror(const ApiContext& context, const Located& it, DestinationConnection& connection, std::int64_t epoch,
                  const HandWrite& write) {
  auto checkpoint = connection.take_over({it.target}, epoch).front();
  context.integrations.mirror(it.integration.id, it.table, checkpoint, write);
  return checkpoint;
}

}  // namespace sluice::api
