#pragma once
// Decides when and what runs, in this process: opens what is due, claims runs under leases, loads their tables, and
// comes back for retries. Everything it knows is in the control database, so any number of daemons may do this.

#include "connectors/connector.hpp"
#include "core/blocking_pool.hpp"
#include "core/event.hpp"
#include "core/log.hpp"
#include "core/stop.hpp"
#include "storage/destination.hpp"
#include "storage/destinations.hpp"
#include "storage/integrations.hpp"
#include "storage/job_queue.hpp"
#include "storage/schema_changes.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sluice {

struct SchedulerSettings {
  std::string worker;  // names this process in leases
  std::size_t runs = 4;
  std::size_t tables = 2;
  Duration lease{15'000};
  Duration spread{60'000};
  std::size_t batch_rows = 25'000;
  std::size_t batch_bytes = 48 * 1024 * 1024;
  Duration batch_age{10'000};
  int max_attempts = usual_attempts;
  Duration retry_cap{3'600'000};
  Duration keep_replaced = std::chrono::hours(24 * 7);  // rows that a reload replaced, for a rollback
};

/// What the scheduler works with; all of it outlives the scheduler.
struct SchedulerContext {
  BlockingPool& pool;
  Clock& clock;
  Stop& stop;
  Integrations& integrations;
  Destinations& destinations;
  JobQueue& queue;
  SchemaChanges& schema_changes;
  const Connectors& connectors;
  std::function<DestinationAddress(const DestinationRecord&)> address_of;
};

class Scheduler {
 public:
  Scheduler(SchedulerContext context, SchedulerSettings settings, Log log);
  ~Scheduler();

  /// Until the stop is asked: then every table commits the batch at hand, leases are given back, and this returns.
  Task<void> run();
  /// There may be something to do, or to stop: look now.
  void wake();
  /// Cancels what still runs; `run` returns soon after.
  void insist();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice
