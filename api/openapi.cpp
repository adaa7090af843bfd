#include "api/openapi.hpp"

#include "api/problem.hpp"
#include "api/shapes.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

namespace sluice::api {
namespace {

/// What any request may come to, whatever the route.
constexpr std::string_view common_problems[] = {"bad_request",    "unknown_parameter", "invalid_parameter",
                                                "not_acceptable", "internal",          "unavailable"};

std::string method_key(std::string_view method) {
  std::string key(method);
  std::transform(key.begin(), key.end(), key.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return key;
}

/// "get_v1_integrations_integration": unique, since method and path are.
std::string operation_id(const Route& route) {
  std::string id = method_key(route.method);
  for (const char c : route.path) {
    const bool is_word = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (is_word) {
      id += c;
    } else if (id.back() != '_') {
      id += '_';
    }
  }
  while (id.back() == '_') id.pop_back();
  return id;
}

std::string tag_of(std::string_view path) {
  if (!path.starts_with("/v1/")) return "process";
  path.remove_prefix(4);
  return std::string(path.substr(0, path.find('/')));
}

Json header(const char* name, const char* meaning, bool is_required) {
  return {{"name", name},
          {"in", "header"},
          {"required", is_required},
          {"description", meaning},
          {"schema", {{"type", "string"}}}};
}

Json parameters_of(const Route& route) {
  Json parameters = Json::array();
  std::string_view rest = route.path;
  for (auto open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
    rest.remove_prefix(open + 1);
    parameters.push_back({{"name", rest.substr(0, rest.find('}'))},
                          {"in", "path"},
                          {"required", true},
                          {"schema", {{"type", "string"}}}});
  }
  for (const Parameter& parameter : route.parameters) {
    Json schema = to_schema(parameter.shape);
    Json shown{
        {"name", parameter.name}, {"in", "query"}, {"required", false}, {"description", parameter.shape.meaning}};
    if (parameter.is_list) {
      schema = {{"type", "array"}, {"items", std::move(schema)}};
      shown["style"] = "form";
      shown["explode"] = false;
    }
    shown["schema"] = std::move(schema);
    parameters.push_back(std::move(shown));
  }
  if (route.precondition == Precondition::if_match) {
    parameters.push_back(header("If-Match", "the ETag that was read, or * for whatever is there", true));
  }
  if (std::ranges::find(route.media, "text/event-stream") != route.media.end()) {
    parameters.push_back(header("Last-Event-ID", "text/event-stream only: where a reader that comes back was", false));
  }
  if (std::find(route.statuses.begin(), route.statuses.end(), 202) != route.statuses.end() && route.method == "POST") {
    parameters.push_back(
        header("Prefer", "wait=30 answers when the run is closed, or after that many seconds (60 at most)", false));
  }
  return parameters;
}

Json content_of(const Route& route) {
  Json content = Json::object();
  for (const std::string_view media : route.media) {
    const bool is_json = media == "application/json";
    content[std::string(media)]["schema"] =
        is_json ? to_schema(named(std::string(route.answer))) : Json{{"type", "string"}};
  }
  return content;
}

std::string_view phrase(int status) {
  switch (status) {
    case 201:
      return "Made";
    case 202:
      return "Accepted; Location says where to look";
    case 204:
      return "Done";
    default:
      return "OK";
  }
}

Json responses_of(const Route& route) {
  Json responses = Json::object();
  for (const int status : route.statuses) {
    Json& response = responses[std::to_string(status)];
    response["description"] = phrase(status);
    if (!route.answer.empty() && status != 204) response["content"] = content_of(route);
    if (!route.plan.empty() && status == 200) {
      Json& schema = response["content"]["application/json"]["schema"];
      schema = {{"oneOf", Json::array({schema, to_schema(named(std::string(route.plan)))})}};
    }
  }
  std::map<int, std::set<std::string>> by_status;
  const auto add = [&](std::string_view code) {
    if (const ProblemKind* kind = find_problem(code)) by_status[kind->status].insert(std::string(code));
  };
  for (const auto code : common_problems) add(code);
  for (const auto code : route.problems) add(code);
  if (route.scope) {
    add("unauthenticated");
    add("scope_needed");
  }
  if (!route.body.empty()) {
    for (const auto* code : {"bad_json", "unknown_member", "body_too_large", "unsupported_media_type", "invalid_body"})
      add(code);
  }
  if (route.path.find('{') != std::string_view::npos) add("not_found");
  if (route.precondition == Precondition::if_match) {
    add("changed");
    add("precondition_required");
  }
  for (const auto& [status, codes] : by_status) {
    std::string all;
    for (const auto& code : codes) all.append(all.empty() ? "" : ", ").append(code);
    Json& response = responses[std::to_string(status)];
    // A route may answer one status in its own form, as /readyz does with 503.
    if (response.contains("content")) continue;
    response["description"] = all;
    response["content"]["application/problem+json"]["schema"] = to_schema(named("problem"));
  }
  return responses;
}

Json operation_of(const Route& route) {
  Json operation{
      {"operationId", operation_id(route)}, {"summary", route.summary}, {"tags", Json::array({tag_of(route.path)})}};
  if (route.scope) {
    operation["security"] = Json::array({Json{{"token", Json::array()}}});
    operation["x-scope"] = to_string(*route.scope);
    operation["description"] = "Needs a token of the scope " + std::string(to_string(*route.scope)) + " or higher.";
  } else {
    operation["security"] = Json::array();
  }
  if (Json parameters = parameters_of(route); !parameters.empty()) operation["parameters"] = std::move(parameters);
  if (!route.body.empty()) {
    const Shape& shape = find_shape(route.body);
    const bool is_needed =
        std::any_of(shape.members.begin(), shape.members.end(), [](const Member& member) { return member.required; });
    const char* media = route.method == "PATCH" ? "application/merge-patch+json" : "application/json";
    operation["requestBody"]["required"] = is_needed;
    operation["requestBody"]["content"][media]["schema"] = to_schema(named(std::string(route.body)));
  }
  operation["responses"] = responses_of(route);
  return operation;
}

constexpr const char* introduction =
    "Sluice replicates stores into PostgreSQL. Setting up an integration: POST /v1/integrations, "
    "POST .../authenticate, GET .../catalog, PUT .../selection and PUT .../destination (both with If-Match: *, or the "
    "ETag "
    "that was read), GET .../setup, POST .../confirm. POST /v1/integrations?confirm=true takes all of it in one body: "
    "each of credentials, selection and destination is the body of its own step. Wherever a path takes {integration} "
    "or "
    "{destination}, the id or the name works.";

}  // namespace

Json openapi_document(std::span<const Route> routes) {
  Json document{{"openapi", "3.1.0"},
                {"info", {{"title", "Sluice control API"}, {"version", SLUICE_VERSION}, {"description", introduction}}},
                {"jsonSchemaDialect", "https://json-schema.org/draft/2020-12/schema"},
                {"paths", Json::object()}};
  for (const Route& route : routes)
    document["paths"][std::string(route.path)][method_key(route.method)] = operation_of(route);
  Json& components = document["components"];
  components["securitySchemes"]["token"] = {{"type", "http"},
                                            {"scheme", "bearer"},
                                            {"bearerFormat", "slc_..."},
                                            {"description", "scopes: read < operate < write < admin"}};
  for (const NamedShapes* shapes : {&body_shapes(), &answer_shapes()}) {
    for (const auto& [name, shape] : *shapes) components["schemas"][name] = to_schema(shape);
  }
  return document;
}

}  // namespace sluice::api
