#pragma once
// One daemon of a simulation: the real scheduler with all that it starts, on an io thread and a pool that do one step
// at a time, when they are told to.

#include "core/blocking_pool.hpp"
#include "scheduler/scheduler.hpp"
#include "storage/secrets.hpp"
#include "tests/simulation/source_model.hpp"
#include "tests/simulation/world.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <vector>

namespace sluice::simulation {

class SimulatedDaemon {
 public:
  SimulatedDaemon(World& world, std::string name);
  /// As SIGKILL: whatever it was doing is dropped between two statements.
  ~SimulatedDaemon();

  /// As far as it gets without time passing, or until it is slow.
  void work();
  /// Asked to stop, as by SIGTERM.
  void stop();
  bool has_ended() const noexcept { return has_ended_; }

  Time frozen_until{};  // SIGSTOP, or a host that stands still

 private:
  bool step();

  World& world_;
  Desk desk_;
  Time worked_at_{};
  std::unique_ptr<BlockingPool> pool_;
  SystemClock clock_;
  Stop stop_;
  SecretBox box_;
  Integrations integrations_;
  Destinations destinations_;
  JobQueue queue_;
  SchemaChanges schema_changes_;
  std::vector<std::unique_ptr<Connector>> connectors_;
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<boost::asio::io_context> io_;
  bool has_ended_ = false;
};

}  // namespace sluice::simulation
