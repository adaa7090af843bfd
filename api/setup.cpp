#include "api/setup.hpp"

namespace sluice::api {

std::vector<SetupStep> setup_steps(const Integration& integration, bool has_default) {
  const std::string base = "/v1/integrations/" + integration.name;
  const bool is_chosen = integration.destination.has_value();
  return {
      {"configure", true, "PATCH", base, "name, connector, frequency and start date"},
      {"authenticate", !integration.account.empty(), "POST", base + "/authenticate",
       "send the credentials of the source"},
      {"select", !integration.selection.empty(), "PUT", base + "/selection", "choose tables and fields"},
      {"destination", is_chosen || has_default, "PUT", base + "/destination",
       is_chosen || !has_default ? "choose where to load" : "the daemon's own database, unless another one is chosen"},
      {"confirm", integration.confirmed_at.has_value(), "POST", base + "/confirm",
       "create the tables and begin to load"},
  };
}

}  // namespace sluice::api
