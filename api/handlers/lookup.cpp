#include "api/handlers/lookup.hpp"

#include "api/etag.hpp"
#include "api/problem.hpp"
#include "api/views/views.hpp"

#include <algorithm>

namespace sluice::api {

Error not_found(std::string_view what, const std::string& name) {
  return refusal("not_found", "there is no " + std::string(what) + " \"" + quote_outside_text(name, 80) + "\"");
}

Task<Integration> integration_in_path(const ApiContext& context, const Call& call) {
  const std::string& name = call.path("integration");
  auto found = co_await context.pool.run([&] { return context.integrations.find(name); });
  if (!found) throw not_found("integration", name);
  co_return *std::move(found);
}

const SelectedTable& table_in_path(const ApiContext& context, const Call& call, const Integration& integration) {
  const std::string& name = call.path("table");
  const Table* known = connector_of(context, integration).catalogue().find(name);
  const auto selected =
      std::ranges::find(integration.selection, known == nullptr ? name : known->name, &SelectedTable::name);
  if (selected == integration.selection.end()) throw not_found("selected table", name);
  return *selected;
}

Task<DestinationRecord> destination_in_path(const ApiContext& context, const Call& call) {
  const std::string& name = call.path("destination");
  auto found = co_await context.pool.run([&] { return context.destinations.find(name); });
  if (!found) throw not_found("destination", name);
  co_return *std::move(found);
}

Task<std::optional<IntegrationId>> filtered_integration(const ApiContext& context, const Call& call) {
  const auto wanted = call.parameter("integration");
  if (!wanted) co_return std::nullopt;
  if (IntegrationId::matches(*wanted)) co_return IntegrationId(*wanted);
  const auto found = co_await context.pool.run([&] { return context.integrations.find(*wanted); });
  if (!found) throw refusal("invalid_parameter", "there is no integration \"" + quote_outside_text(*wanted, 80) + "\"");
  co_return found->id;
}

Connector& usable_connector(const ApiContext& context, std::string_view name) {
  if (Connector* const connector = find_connector(context.connectors, name)) return *connector;
  throw Error(ErrorKind::bug, "api.no_connector", "this daemon has no connector \"" + std::string(name) + "\"");
}

const Connector& connector_of(const ApiContext& context, const Integration& integration) {
  return usable_connector(context, integration.connector);
}

std::string destination_name(const ApiContext& context, const Integration& integration) {
  if (!integration.destination) return "";
  const auto record = context.destinations.find(integration.destination->str());
  return record ? record->name : "";
}

std::optional<DestinationRecord> default_destination(const ApiContext& context) {
  auto record = context.destinations.find("embedded");
  if (record && !record->embedded) record.reset();
  return record;
}

ExpectedGeneration expected_generation(const Call& call, std::int64_t current) {
  const auto header = call.request.headers.find("If-Match");
  if (!header || *header == "*") return std::nullopt;
  if (fits_if_match(*header, current)) return current;
  throw refusal("changed", "If-Match does not name the current version, which is " + etag_of(current));
}

HttpResponse integration_answer(const Call& call, int status, const Integration& integration,
                                const std::string& destination_name) {
  return tagged_answer(call, status, show_integration(integration, destination_name), integration.generation);
}

}  // namespace sluice::api
