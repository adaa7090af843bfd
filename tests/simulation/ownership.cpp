#include "tests/simulation/ownership.hpp"

#include "tests/simulation/world.hpp"

#include <algorithm>

namespace sluice::simulation {
namespace {

/// For what is under way when a daemon hears, or could have heard, that a run is not its own any more.
constexpr Duration moment = std::chrono::seconds(1);

}  // namespace

void Ownership::granted(std::int64_t epoch, const std::string& daemon, const IntegrationId& integration, Time until) {
  owners_[epoch] = {daemon, integration, until};
}

void Ownership::extended(std::int64_t epoch, Time until) { owners_.at(epoch).until = until; }

void Ownership::freed(std::int64_t epoch) { owners_.at(epoch).freed_at = world_.now(); }

void Ownership::told(std::int64_t epoch) {
  const auto owner = owners_.find(epoch);
  if (owner != owners_.end() && !owner->second.told_at) owner->second.told_at = world_.now();
}

void Ownership::takes_over(const IntegrationId& integration, std::int64_t epoch) {
  taken_over_[{world_.at_work->daemon, integration}] = epoch;
}

std::int64_t Ownership::taken_over(const IntegrationId& integration) const {
  const auto found = taken_over_.find({world_.at_work->daemon, integration});
  return found == taken_over_.end() ? 0 : found->second;
}

const Ownership::Owner* Ownership::owner_at_work(const IntegrationId& integration, std::int64_t epoch) const {
  const auto found = owners_.find(epoch);
  if (found == owners_.end()) return nullptr;
  const Owner& owner = found->second;
  return owner.daemon == world_.at_work->daemon && owner.integration == integration ? &owner : nullptr;
}

void Ownership::writes(const std::pair<std::string, std::string>& table, std::int64_t epoch) {
  const IntegrationId integration(table.first);
  world_.demand(owner_at_work(integration, epoch) != nullptr, table.second + ": who writes has claimed the run");
  std::int64_t& newest = newest_writer_[table];
  world_.demand(epoch >= newest, table.second + ": nothing of an old owner is written once there is a new one");
  newest = std::max(newest, epoch);
}

void Ownership::asks(const IntegrationId& integration, std::int64_t epoch) {
  const Owner* const owner = owner_at_work(integration, epoch);
  world_.demand(owner != nullptr, "who asks a store has claimed the run");
  if (owner == nullptr) return;
  const Desk& desk = *world_.at_work;
  // Nobody can find out while the control database does not answer, or do anything about it while standing still.
  const Time heard = std::max(desk.last_trouble, desk.thawed);
  const Time now = world_.now();
  if (owner->until <= now) ++world_.census->late_calls;
  world_.demand(now < std::max(owner->until, heard) + moment, "who has no lease any more asks the store no more");
  if (owner->freed_at) {
    world_.demand(now < std::max(*owner->freed_at, heard) + lease / 3 + moment,
                  "whose lease was taken away finds out with the next heartbeat");
  }
  if (owner->told_at) {
    world_.demand(now < std::max(*owner->told_at, desk.thawed) + moment, "who knows that its run is lost gives it up");
  }
}

}  // namespace sluice::simulation
