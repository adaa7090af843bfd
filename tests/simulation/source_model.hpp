#pragma once
// A store, in memory, whose rows change while they are read; every call takes its time and may fail.

#include "connectors/connector.hpp"
#include "tests/simulation/world.hpp"

namespace sluice::simulation {

class ModelConnector final : public Connector {
 public:
  explicit ModelConnector(World& world) : world_(world) { info_.name = "model"; }

  const ConnectorInfo& info() const override { return info_; }
  const Catalogue& catalogue() const override { return simulation::catalogue(); }
  Credentials parse_credentials(const Json&) const override { return {}; }
  Task<Account> authenticate(const Credentials&) override { co_return Account{}; }
  std::unique_ptr<Source> open(std::shared_ptr<CurrentCredentials> credentials, const Log& log) override;

 private:
  World& world_;
  ConnectorInfo info_;
};

}  // namespace sluice::simulation
