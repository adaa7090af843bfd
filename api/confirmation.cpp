#include "api/confirmation.hpp"

#include "api/handlers/lookup.hpp"
#include "api/problem.hpp"
#include "api/rehearsal.hpp"
#include "api/selection.hpp"
#include "api/setup.hpp"

namespace sluice::api {
namespace {

void check_complete(const Integration& draft, bool has_default) {
  if (draft.state != IntegrationState::draft) {
    throw Error(ErrorKind::conflict, "integration.confirmed", "the integration is confirmed already");
  }
  std::vector<Problem> missing;
  std::string names;
  for (const SetupStep& step : setup_steps(draft, has_default)) {
    if (step.done || step.name == "confirm") continue;
    missing.push_back({"", "missing_step", std::string(step.method) + " " + step.path + ": " + step.detail});
    names.append(names.empty() ? "" : ", ").append(step.name);
  }
  if (missing.empty()) return;
  throw refusal("setup_incomplete", "these steps are missing: " + names, std::move(missing));
}

DestinationRecord record_of(const ApiContext& context, const Integration& integration) {
  auto record = context.destinations.find(integration.destination->str());
  if (!record) throw Error(ErrorKind::missing, "destination.unknown", "the destination does not exist any more");
  return *std::move(record);
}

std::vector<std::string> names_of(const std::vector<DestinationTable>& tables) {
  std::vector<std::string> names;
  for (const DestinationTable& table : tables) names.push_back(qualified_name(table));
  return names;
}

}  // namespace

Integration complete_draft(const ApiContext& context, Integration draft) {
  const auto fallback = default_destination(context);
  check_complete(draft, fallback.has_value());
  if (draft.destination) return draft;
  return context.integrations.set_destination(draft.id, fallback->id, "public", std::nullopt);
}

OpenDestination open_destination(const ApiContext& context, const Connector& connector, const Integration& draft) {
  if (auto problems = missing_scopes(draft.selection, draft.account_facts); !problems.empty()) {
    throw body_refusal(std::move(problems));
  }
  OpenDestination destination;
  destination.tables = destination_tables(draft, connector.catalogue());
  destination.connection = DestinationConnection::open(context.address_of(record_of(context, draft)));
  const DestinationCheck check = destination.connection->check(destination.tables.front().schema);
  if (check.can_create) return destination;
  throw Error(
      ErrorKind::config, "destination.no_create_right",
      "the user " + check.user + " may not create tables in the schema " + draft.schema + " of " + check.database);
}

std::vector<std::string> plan_confirmation(const ApiContext& context, const Connector& connector, Integration draft) {
  const auto fallback = default_destination(context);
  check_complete(draft, fallback.has_value());
  if (!draft.destination) {
    draft.destination = fallback->id;
    draft.schema = "public";
  }
  return names_of(open_destination(context, connector, draft).tables);
}

std::vector<std::string> prepare_destination(const ApiContext& context, OpenDestination& destination) {
  auto names = names_of(destination.tables);
  if (context.rehearsal != nullptr) {
    destination.connection->rehearse(destination.tables);
    for (const auto& name : names) context.rehearsal->creates.push_back({"destination_table", name});
  } else {
    destination.connection->prepare(destination.tables);
  }
  return names;
}

Confirmed confirm_draft(const ApiContext& context, const Integration& draft, OpenDestination& destination) {
  return confirm_prepared(context, draft, prepare_destination(context, destination));
}

Confirmed confirm_prepared(const ApiContext& context, const Integration& draft,
                           const std::vector<std::string>& tables) {
  Integration confirmed = context.integrations.confirm(draft.id, tables);
  auto triggered = context.queue.trigger(draft.id, RunTrigger::confirm);
  return {std::move(confirmed), std::move(triggered.run)};
}

void drop_tables(const ApiContext& context, const Connector& connector, const Integration& integration) {
  if (!integration.destination || integration.selection.empty()) return;
  const auto tables = destination_tables(integration, connector.catalogue());
  if (context.rehearsal != nullptr) {
    for (const auto& name : names_of(tables)) context.rehearsal->drops.push_back({"destination_table", name});
    return;
  }
  DestinationConnection::open(context.address_of(record_of(context, integration)))->drop(tables);
}

}  // namespace sluice::api
