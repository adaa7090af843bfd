#include "api/declaration.hpp"

#include "api/secret_references.hpp"
#include "api/shape.hpp"
#include "api/table_settings.hpp"
#include "core/time.hpp"
#include "storage/frequency.hpp"

namespace sluice::api {
namespace {

/// Null and left out say the same where null is no value of its own.
const Json* member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

const Json& list(const Json& body, const char* name) {
  static const Json none = Json::array();
  const Json* found = member(body, name);
  return found == nullptr ? none : *found;
}

std::string item_pointer(const char* name, std::size_t index) {
  return "/" + std::string(name) + "/" + std::to_string(index);
}

bool is_secret_member(const Connector& connector, const std::string& name) {
  const Json& schema = connector.info().credentials_schema;
  if (!schema.is_object() || !schema.contains("properties") || !schema["properties"].contains(name)) return false;
  return schema["properties"][name].value("writeOnly", false);
}

/// The credentials with secrets in the place of references. The document's own form is kept for export only when it
/// gives no secret away.
Json resolve_credentials(const Json& given, const Connector& connector, const ReadSecrets& secrets,
                         DeclaredIntegration& integration, std::vector<Problem>& problems) {
  Json resolved = given;
  bool refers = false;
  bool is_written_out = false;
  for (const auto& [name, value] : given.items()) {
    const std::string place = child_pointer(integration.pointer + "/credentials", name);
    const bool is_secret = is_secret_member(connector, name);
    if (const auto secret = secrets.find(place); secret != secrets.end()) {
      // Other members are shown, and their faults quoted.
      if (!is_secret) problems.push_back({place, "no_secret_here", "only secret members may be references"});
      resolved[name] = secret->second.reveal();
      refers = true;
    } else if (is_secret) {
      is_written_out = true;
    }
  }
  if (refers && !is_written_out) integration.reference = given;
  return resolved;
}

void parse_credentials(const Connector& connector, const Json& credentials, DeclaredIntegration& integration,
                       std::vector<Problem>& problems) {
  try {
    integration.parsed = connector.parse_credentials(credentials);
  } catch (const Error& error) {
    const std::string pointer = integration.pointer + "/credentials";
    if (error.problems().empty()) problems.push_back({pointer, "invalid_credentials", error.message()});
    for (const Problem& problem : error.problems()) {
      const std::string below = problem.pointer.starts_with('/') ? problem.pointer : "/" + problem.pointer;
      problems.push_back({pointer + below, "invalid_credentials", problem.detail});
    }
  }
}

DeclaredDestination read_destination(const Json& body, std::string pointer, const ReadSecrets& secrets) {
  DeclaredDestination destination{std::move(pointer), body.at("name").get<std::string>(), body.at("parameters")};
  const auto password = body.find("password");
  if (password == body.end()) return destination;
  const auto read = secrets.find(destination.pointer + "/password");
  if (read != secrets.end()) {
    destination.password = read->second;
    destination.reference = *password;
  } else if (password->is_string() && !password->get_ref<const std::string&>().empty()) {
    destination.password = Secret(password->get<std::string>());
  } else {
    destination.password = std::optional<Secret>();
  }
  return destination;
}

DeclaredIntegration read_integration(const Json& body, std::string pointer, std::vector<Problem>& problems) {
  DeclaredIntegration integration{std::move(pointer), body.at("name").get<std::string>(),
                                  body.at("connector").get<std::string>()};
  if (const Json* frequency = member(body, "frequency")) {
    integration.frequency = read_frequency(*frequency, integration.pointer + "/frequency", problems);
  }
  if (body.contains("quiet_hours")) {
    const Json* windows = member(body, "quiet_hours");
    integration.quiet_hours =
        windows == nullptr ? QuietHours{} : read_quiet_hours(*windows, integration.pointer + "/quiet_hours", problems);
  }
  if (body.contains("start_date")) {
    const Json* start = member(body, "start_date");
    integration.start_date = start == nullptr ? std::nullopt : parse_iso8601(start->get<std::string>());
  }
  NewFieldPolicy policy{};
  if (const Json* text = member(body, "on_new_fields"); text != nullptr && parse(text->get<std::string>(), policy)) {
    integration.on_new_fields = policy;
  }
  if (const Json* selection = member(body, "selection")) integration.selection = *selection;
  if (const Json* target = member(body, "destination")) {
    integration.target = {target->at("destination").get<std::string>(),
                          Identifier::parse_schema(target->value("schema", "public"))->str()};
  }
  if (const Json* paused = member(body, "paused")) integration.paused = paused->get<bool>();
  integration.confirmed = body.value("confirmed", true);
  return integration;
}

Json show_fields(const SelectedTable& selected, const Table* table) {
  const bool is_whole = table != nullptr && selected.fields.size() == table->fields.size();
  return is_whole ? Json("*") : Json(selected.fields);
}

Json show_tables(const Integration& integration, const Catalogue& catalogue) {
  Json tables = Json::array();
  for (const SelectedTable& selected : integration.selection) {
    Json shown{{"name", selected.name}, {"fields", show_fields(selected, catalogue.find(selected.name))}};
    shown.update(given_settings(selected.settings));
    tables.push_back(std::move(shown));
  }
  return tables;
}

}  // namespace

std::vector<ReferencePlace> references_in(const Json& body) {
  std::vector<ReferencePlace> places;
  const Json& destinations = list(body, "destinations");
  for (std::size_t i = 0; i < destinations.size(); ++i) {
    const Json* password = member(destinations[i], "password");
    if (password == nullptr || !is_secret_reference(*password)) continue;
    places.push_back({item_pointer("destinations", i) + "/password", *password});
  }
  const Json& integrations = list(body, "integrations");
  for (std::size_t i = 0; i < integrations.size(); ++i) {
    const Json* credentials = member(integrations[i], "credentials");
    if (credentials == nullptr) continue;
    for (const auto& [name, value] : credentials->items()) {
      if (!is_secret_reference(value)) continue;
      places.push_back({child_pointer(item_pointer("integrations", i) + "/credentials", name), value});
    }
  }
  return places;
}

Declaration read_declaration(const Json& body, const ReadSecrets& secrets, const Connectors& connectors,
                             std::vector<Problem>& problems) {
  Declaration declaration;
  const Json& destinations = list(body, "destinations");
  for (std::size_t i = 0; i < destinations.size(); ++i) {
    declaration.destinations.push_back(read_destination(destinations[i], item_pointer("destinations", i), secrets));
  }
  const Json& integrations = list(body, "integrations");
  for (std::size_t i = 0; i < integrations.size(); ++i) {
    auto integration = read_integration(integrations[i], item_pointer("integrations", i), problems);
    const Json* credentials = member(integrations[i], "credentials");
    const Connector* connector = find_connector(connectors, integration.connector);
    if (credentials != nullptr && connector != nullptr) {
      const Json resolved = resolve_credentials(*credentials, *connector, secrets, integration, problems);
      parse_credentials(*connector, resolved, integration, problems);
    }
    declaration.integrations.push_back(std::move(integration));
  }
  return declaration;
}

Json show_declared(const DestinationRecord& record, const Json& password_reference) {
  Json shown{{"name", record.name}, {"parameters", record.parameters}};
  if (!password_reference.is_null()) shown["password"] = password_reference;
  return shown;
}

Json show_declared(const ExportedIntegration& exported, const Catalogue& catalogue) {
  const Integration& integration = exported.integration;
  Json shown{{"name", integration.name},
             {"connector", integration.connector},
             {"frequency", to_json(integration.frequency)},
             {"quiet_hours", to_json(integration.quiet_hours)},
             {"start_date", integration.start_date ? Json(format_rfc3339(*integration.start_date)) : Json(nullptr)},
             {"on_new_fields", to_string(integration.on_new_fields)},
             {"credentials", exported.reference},
             {"paused", integration.paused},
             {"confirmed", integration.confirmed_at.has_value()}};
  if (!integration.selection.empty()) shown["selection"] = {{"tables", show_tables(integration, catalogue)}};
  if (integration.destination) {
    shown["destination"] = {{"destination", exported.destination}, {"schema", integration.schema}};
  }
  return shown;
}

}  // namespace sluice::api
