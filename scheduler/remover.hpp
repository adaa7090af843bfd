#pragma once
// Finishes deletions of integrations that were begun on request: once no run of theirs is under way, whichever daemon
// comes to it first drops the tables if that was asked for, and lets the integration go. What fails is tried again.

#include "connectors/connector.hpp"
#include "core/blocking_pool.hpp"
#include "core/event.hpp"
#include "core/log.hpp"
#include "core/stop.hpp"
#include "storage/destination.hpp"
#include "storage/destinations.hpp"
#include "storage/integrations.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace sluice {

/// What a deletion works with.
struct RemovalContext {
  Integrations& integrations;
  Destinations& destinations;
  const Connectors& connectors;
  const std::function<DestinationAddress(const DestinationRecord&)>& address_of;
};

enum class Removal {
  none,     // nothing is due: there is no deletion, its run goes on, or somebody else is at it
  done,     // one integration is gone
  delayed,  // it did not work; the integration says why
};

/// Blocks. This deletion, or whichever is due.
Removal remove_next(const RemovalContext& context, const std::optional<IntegrationId>& id, const Log& log);

class Remover {
 public:
  Remover(BlockingPool& pool, Stop& stop, RemovalContext context, Log log)
      : pool_(pool), stop_(stop), context_(context), log_(std::move(log)) {}

  /// Until the stop is asked (see wake). Failures are logged and tried again.
  Task<void> run();
  /// Looks at the stop and for deletions now.
  void wake() { changed_.notify(); }

 private:
  Task<Duration> sweep();

  BlockingPool& pool_;
  Stop& stop_;
  RemovalContext context_;
  Log log_;
  Event changed_;
};

}  // namespace sluice
