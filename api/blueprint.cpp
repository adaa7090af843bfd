#include "api/blueprint.hpp"

#include "api/handlers/lookup.hpp"
#include "api/problem.hpp"
#include "api/selection.hpp"

#include <memory>

namespace sluice::api {

void take_credentials(Blueprint& blueprint, const Credentials& credentials, Json facts, Json reference) {
  blueprint.wanted.account = credentials.account;
  blueprint.wanted.client_id = credentials.client_id;
  blueprint.wanted.account_facts = std::move(facts);
  blueprint.access_token = credentials.access_token;
  blueprint.reference = std::move(reference);
}

TargetChoice choose_target(const ApiContext& context, const Json& choice, const std::string& pointer) {
  const std::string name = choice.is_string() ? choice.get<std::string>() : choice.at("name").get<std::string>();
  auto found = context.destinations.find(name);
  if (choice.is_string()) {
    if (found) return {*std::move(found)};
    throw body_refusal(
        {Problem{pointer, "unknown_destination", "there is no destination \"" + quote_outside_text(name, 80) + "\""}});
  }
  TargetChoice made{std::nullopt, name, choice.at("parameters"), Secret(choice.value("password", ""))};
  try {
    parse_destination(made.parameters, made.password);
  } catch (const Error& error) {
    throw below_pointer(error, pointer + "/parameters");
  }
  if (found) {
    throw Error(ErrorKind::conflict, "destination.name_taken", "there is a destination named \"" + name + "\" already",
                {Problem{pointer + "/name", "name_taken", "is taken"}});
  }
  return made;
}

DestinationRecord make_target(const ApiContext& context, const TargetChoice& choice, Undo& undo) {
  if (choice.known) return *choice.known;
  auto made = context.destinations.create(choice.name, choice.parameters, choice.password);
  undo.add([&context, id = made.id] { context.destinations.remove(id, std::nullopt); });
  return made;
}

Integration make_draft(const ApiContext& context, const Blueprint& blueprint, Undo& undo) {
  const Integration& wanted = blueprint.wanted;
  Integrations& integrations = context.integrations;
  Integration draft =
      integrations.create(wanted.name, wanted.connector, wanted.frequency, wanted.start_date, wanted.quiet_hours);
  const IntegrationId id = draft.id;
  undo.add([&integrations, id] {
    integrations.begin_delete(id, std::nullopt);
    integrations.finish_delete(id);
  });
  if (wanted.on_new_fields != draft.on_new_fields) {
    draft = integrations.change(id, {.on_new_fields = wanted.on_new_fields}, draft.generation);
  }
  if (blueprint.access_token) {
    draft = integrations.set_credentials(id, wanted.account, wanted.client_id, *blueprint.access_token,
                                         wanted.account_facts, blueprint.reference, draft.generation);
  }
  if (!wanted.selection.empty()) draft = integrations.set_selection(id, wanted.selection, draft.generation);
  if (wanted.destination) {
    draft = integrations.set_destination(id, *wanted.destination, wanted.schema, draft.generation);
  }
  return draft;
}

PreparedDraft prepare_draft(const ApiContext& context, const Connector& connector, Integration draft, Undo& undo) {
  draft = complete_draft(context, std::move(draft));
  OpenDestination destination = open_destination(context, connector, draft);
  // Opened again to undo: a failure may have cost this connection.
  if (context.rehearsal == nullptr) undo.add([&context, &connector, draft] { drop_tables(context, connector, draft); });
  return {std::move(draft), prepare_destination(context, destination)};
}

}  // namespace sluice::api
