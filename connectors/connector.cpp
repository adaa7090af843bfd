#include "connectors/connector.hpp"

#include <algorithm>

namespace sluice {

Connector* find_connector(const Connectors& connectors, std::string_view name) {
  const auto found =
      std::ranges::find_if(connectors, [name](const auto& connector) { return connector->info().name == name; });
  return found == connectors.end() ? nullptr : found->get();
}

}  // namespace sluice
