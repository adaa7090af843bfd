#include "scheduler/remover.hpp"

#include "core/backoff.hpp"
#include "core/error.hpp"
#include "storage/destination_table.hpp"

#include <algorithm>

namespace sluice {
namespace {

using namespace std::chrono_literals;

// Longer than dropping tables takes; should its worker die, somebody else comes after this time.
constexpr Duration lease = 2min;
constexpr Duration between_looks = 5s;
constexpr Duration shortest_pause = 500ms;

const Connector& connector_of(const RemovalContext& context, const Integration& integration) {
  if (const Connector* const connector = find_connector(context.connectors, integration.connector)) return *connector;
  throw Error(ErrorKind::config, "connector.unknown", "this Sluice has no connector \"" + integration.connector + "\"");
}

void drop_tables(const RemovalContext& context, const Integration& integration) {
  if (!integration.destination || !integration.confirmed_at) return;
  std::vector<DestinationTable> tables;
  for (const SelectedTable& selected : integration.selection) {
    auto table = destination_table(integration, connector_of(context, integration).catalogue(), selected.name);
    if (table) tables.push_back(*std::move(table));
  }
  if (tables.empty()) return;
  const auto record = context.destinations.find(integration.destination->str());
  if (record) DestinationConnection::open(context.address_of(*record))->drop(tables);
}

}  // namespace

Removal remove_next(const RemovalContext& context, const std::optional<IntegrationId>& id, const Log& log) {
  const auto leaving = context.integrations.claim_delete(id, lease);
  if (!leaving) return Removal::none;
  const Deletion& deletion = *leaving->deletion;
  try {
    // Tables go before the integration does, so that a destination that fails can be tried again.
    if (deletion.tables == TablesLeft::dropped) drop_tables(context, *leaving);
    context.integrations.finish_delete(leaving->id);
  } catch (const Error& error) {
    const Duration wait = backoff_delay({5s, 5min}, deletion.attempts + 1, random_unit());
    log.warn("integration not deleted yet", {{"integration", leaving->name},
                                             {"code", error.code()},
                                             {"reason", error.message()},
                                             {"wait_seconds", wait.count() / 1000}});
    context.integrations.delay_delete(leaving->id, error, wait);
    return Removal::delayed;
  }
  log.info("integration deleted", {{"integration", leaving->name}, {"tables", to_string(deletion.tables)}});
  return Removal::done;
}

Task<void> Remover::run() {
  while (!stop_.is_asked()) {
    const auto swept = co_await attempt(sweep());
    Duration pause = between_looks;
    if (swept) {
      pause = swept.value();
    } else {
      log_.warn("deletions could not be finished", {{"reason", to_error(swept.failure()).message()}});
    }
    if (!stop_.is_asked()) co_await changed_.wait(pause);
  }
}

/// How long to wait before the next one.
Task<Duration> Remover::sweep() {
  while (!stop_.is_asked()) {
    const Removal removal = co_await pool_.run([this] { return remove_next(context_, std::nullopt, log_); });
    if (removal == Removal::none) break;
  }
  const auto next = co_await pool_.run([this] { return context_.integrations.until_next_delete(); });
  co_return next ? std::clamp(*next, shortest_pause, between_looks) : between_looks;
}

}  // namespace sluice
