#pragma once
// Who owns a run, as it looks from outside of the daemons: from the stores that they ask and the destination that they
// write to, against the leases that the control database has granted and what it has told them.

#include "core/clock.hpp"
#include "core/ids.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace sluice::simulation {

struct World;

class Ownership {
 public:
  explicit Ownership(World& world) : world_(world) {}

  // What the control database decides.
  void granted(std::int64_t epoch, const std::string& daemon, const IntegrationId& integration, Time until);
  void extended(std::int64_t epoch, Time until);
  /// By somebody's decision, or because the run is over.
  void freed(std::int64_t epoch);
  /// The daemon has heard that the run is not its own any more.
  void told(std::int64_t epoch);

  // What the daemon at work does.
  void takes_over(const IntegrationId& integration, std::int64_t epoch);
  /// The epoch for which the daemon has last taken over tables of the integration.
  std::int64_t taken_over(const IntegrationId& integration) const;
  /// To a table of the destination, and was not refused.
  void writes(const std::pair<std::string, std::string>& table, std::int64_t epoch);
  /// A call to the store.
  void asks(const IntegrationId& integration, std::int64_t epoch);

 private:
  struct Owner {
    std::string daemon;
    IntegrationId integration;
    Time until{};
    std::optional<Time> freed_at = {};
    std::optional<Time> told_at = {};
  };

  const Owner* owner_at_work(const IntegrationId& integration, std::int64_t epoch) const;

  World& world_;
  std::map<std::int64_t, Owner> owners_;
  std::map<std::pair<std::string, IntegrationId>, std::int64_t> taken_over_;
  std::map<std::pair<std::string, std::string>, std::int64_t> newest_writer_;
};

}  // namespace sluice::simulation
