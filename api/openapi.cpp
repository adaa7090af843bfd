#include "api/openapi.hpp"

#include "api/example.hpp"
#include "api/operation.hpp"
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
                                                "not_acceptable", "body_too_large",    "internal",
                                                "unavailable"};
constexpr std::string_view body_problems[] = {"bad_json", "unknown_member", "unsupported_media_type", "invalid_body"};
constexpr std::string_view key_problems[] = {"invalid_idempotency_key", "idempotency_key_in_use",
                                             "idempotency_key_reused"};

struct Tag {
  std::string_view name;
  std::string_view meaning;
};
/// In the order of the document.
constexpr Tag tags[] = {
    {"process", "Probes, versions, and what describes the API itself."},
    {"connectors", "The kinds of sources, with their tables and fields."},
    {"destinations", "The PostgreSQL databases to load into."},
    {"integrations", "One source account replicated into one destination: its set-up and its life."},
    {"runs", "The jobs of one tick or trigger."},
    {"jobs", "One extract and load of one table each."},
    {"freshness", "Whether what is here is new enough, as a gate."},
    {"events", "The audit of every write."},
    {"webhooks", "Who is told of changes of state."},
    {"apply", "Everything as one document."},
    {"export", "Everything as one document."},
    {"loggers", "How much the process writes down."},
    {"tokens", "Who may do what."},
};

struct HeaderMeaning {
  const char* name;
  const char* meaning;
  const char* type;
};
constexpr HeaderMeaning answer_headers[] = {
    {"ETag", "of the configuration that is shown; for If-Match and If-None-Match", "string"},
    {"Location", "where the thing that was made, or the run, is found", "string"},
    {"Link", "rel=next: the next page", "string"},
    {"Retry-After", "seconds", "integer"},
    {"WWW-Authenticate", "Bearer", "string"},
    {"X-Request-Id", "as it was sent, or one that was made; in every line of the log", "string"},
    {"Idempotency-Replayed", "true: the answer to the first request under this Idempotency-Key", "string"},
    {"RateLimit-Limit", "calls per minute", "integer"},
    {"RateLimit-Remaining", "calls that are left right now", "integer"},
    {"RateLimit-Reset", "seconds until all are there again", "integer"},
};

std::string method_key(std::string_view method) {
  std::string key(method);
  std::transform(key.begin(), key.end(), key.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return key;
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

bool takes_key(const Route& route) { return route.method == "POST" && is_write(route) && route.scope; }

Json parameters_of(const Route& route) {
  Json parameters = Json::array();
  std::string_view rest = route.path;
  for (auto open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
    rest.remove_prefix(open + 1);
    const std::string name(rest.substr(0, rest.find('}')));
    const bool has_name = name == "integration" || name == "destination";
    parameters.push_back({{"name", name},
                          {"in", "path"},
                          {"required", true},
                          {"description", has_name ? "id or name" : "as its list shows it"},
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
  if (route.method == "GET")
    parameters.push_back(header("If-None-Match", "the ETag that was read: 304 when nothing has changed", false));
  if (takes_key(route)) {
    parameters.push_back(header("Idempotency-Key",
                                "1 to 255 characters, new for each new request: for 24 hours a repetition gets the "
                                "first answer and does nothing",
                                false));
  }
  return parameters;
}

Json json_content(std::string_view shape) {
  return {{"schema", to_schema(named(std::string(shape)))}, {"example", example_of(find_shape(shape))}};
}

Json content_of(const Route& route) {
  Json content = Json::object();
  for (const std::string_view media : route.media) {
    const bool is_json = media == "application/json";
    content[std::string(media)] =
        is_json ? json_content(route.answer) : Json{{"schema", {{"type", "string"}}}, {"example", "..."}};
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

Json headers_of(const Route& route, int status) {
  std::set<std::string> names{"X-Request-Id"};
  if (route.scope) names.insert({"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"});
  if (status == 200 && is_list(route)) names.insert("Link");
  if (status == 201 || status == 202) names.insert("Location");
  if (status == 200 && route.method == "GET") names.insert("ETag");
  if (status == 401) names.insert("WWW-Authenticate");
  if (status == 429 || status == 503) names.insert("Retry-After");
  if (status < 400 && takes_key(route)) names.insert("Idempotency-Replayed");
  Json headers = Json::object();
  for (const std::string& name : names) headers[name] = {{"$ref", "#/components/headers/" + name}};
  return headers;
}

/// With ?dry_run=true a plan comes instead of the answer.
void add_plan(Json& responses, std::string_view plan) {
  Json& response = responses["200"];
  if (!response.contains("description")) response["description"] = "The plan, with dry_run";
  Json& content = response["content"]["application/json"];
  if (!content.contains("schema")) {
    content = json_content("plan");
    return;
  }
  content["schema"] = {{"anyOf", Json::array({content["schema"], to_schema(named(std::string(plan)))})}};
}

Json successes_of(const Route& route) {
  Json responses = Json::object();
  for (const int status : route.statuses) {
    Json& response = responses[std::to_string(status)];
    response["description"] = phrase(status);
    if (!route.answer.empty() && status != 204) response["content"] = content_of(route);
  }
  if (route.can_rehearse) add_plan(responses, "plan");
  if (!route.plan.empty() && route.plan != route.answer) add_plan(responses, route.plan);
  if (route.method == "GET") responses["304"]["description"] = "Not changed";
  return responses;
}

Json responses_of(const Route& route) {
  Json responses = successes_of(route);
  std::map<int, std::vector<std::string_view>> by_status;
  for (const auto code : problems_of(route)) by_status[find_problem(code)->status].push_back(code);
  for (const auto& [status, codes] : by_status) {
    Json& response = responses[std::to_string(status)];
    // A route may answer one status in its own form, as /readyz does with 503.
    if (response.contains("content")) continue;
    std::string all;
    Json& content = response["content"]["application/problem+json"];
    content["schema"] = to_schema(named("problem"));
    for (const auto code : codes) {
      all.append(all.empty() ? "" : ", ").append(code);
      content["examples"][std::string(code)] = {{"$ref", "#/components/examples/" + std::string(code)}};
    }
    response["description"] = all;
  }
  for (auto& [status, response] : responses.items()) response["headers"] = headers_of(route, std::stoi(status));
  return responses;
}

Json operation_of(std::span<const Route> routes, const Route& route) {
  Json operation{{"operationId", operation_id(routes, route)},
                 {"summary", route.summary},
                 {"tags", Json::array({tag_of(route.path)})}};
  if (route.scope) {
    operation["security"] = Json::array({Json{{"token", Json::array()}}});
    operation["x-scope"] = to_string(*route.scope);
    operation["description"] = "Needs a token of the scope " + std::string(to_string(*route.scope)) + " or higher.";
  } else {
    operation["security"] = Json::array();
    operation["description"] = "Needs no token.";
  }
  if (route.deprecation) operation["deprecated"] = true;
  if (Json parameters = parameters_of(route); !parameters.empty()) operation["parameters"] = std::move(parameters);
  if (!route.body.empty()) {
    const Shape& shape = find_shape(route.body);
    const bool is_needed =
        std::any_of(shape.members.begin(), shape.members.end(), [](const Member& member) { return member.required; });
    const char* media = route.method == "PATCH" ? "application/merge-patch+json" : "application/json";
    operation["requestBody"]["required"] = is_needed;
    operation["requestBody"]["content"][media] = json_content(route.body);
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

Json problem_example(const ProblemKind& kind) {
  const std::string code(kind.code);
  return {{"summary", kind.title},
          {"value",
           {{"type", "/problems/" + code},
            {"title", kind.title},
            {"status", kind.status},
            {"detail", kind.hint},
            {"code", code},
            {"hint", kind.hint},
            {"request_id", "req_01J8ZQ4Y7N3W5K6M8P9R0S1T2V"}}}};
}

Json components() {
  Json made = Json::object();
  made["securitySchemes"]["token"] = {
      {"type", "http"},
      {"scheme", "bearer"},
      {"bearerFormat", "slc_..."},
      {"description",
       "scopes, each with all that is before it: read < operate (sync, pause, cancel, retry) "
       "< write (configure) < admin (tokens). The scope of an operation is its x-scope."}};
  for (const NamedShapes* shapes : {&body_shapes(), &answer_shapes()}) {
    for (const auto& [name, shape] : *shapes) made["schemas"][name] = to_schema(shape);
  }
  for (const auto& [name, meaning, type] : answer_headers)
    made["headers"][name] = {{"description", meaning}, {"schema", {{"type", type}}}};
  return made;
}

/// The schemas, examples and headers that nothing refers to would only be in the way.
void drop_unused(Json& document) {
  for (bool is_done = false; !is_done;) {
    is_done = true;
    const std::string text = document.dump();
    for (const char* part : {"schemas", "examples", "headers"}) {
      Json& entries = document["components"][part];
      for (auto entry = entries.begin(); entry != entries.end();) {
        const bool is_used =
            text.find("\"#/components/" + std::string(part) + "/" + entry.key() + "\"") != std::string::npos;
        is_done = is_done && is_used;
        entry = is_used ? std::next(entry) : entries.erase(entry);
      }
    }
  }
}

}  // namespace

std::set<std::string_view> problems_of(const Route& route) {
  std::set<std::string_view> codes(std::begin(common_problems), std::end(common_problems));
  codes.insert(route.problems.begin(), route.problems.end());
  if (route.scope) codes.insert({"unauthenticated", "scope_needed", "too_many_requests"});
  if (!route.body.empty()) codes.insert(std::begin(body_problems), std::end(body_problems));
  if (takes_key(route)) codes.insert(std::begin(key_problems), std::end(key_problems));
  if (is_write(route)) codes.insert("draining");
  if (route.path.find('{') != std::string_view::npos) codes.insert("not_found");
  if (route.precondition == Precondition::if_match) codes.insert({"changed", "precondition_required"});
  return codes;
}

Json openapi_document(std::span<const Route> routes) {
  Json document{{"openapi", "3.1.0"},
                {"info",
                 {{"title", "Sluice control API"},
                  {"version", SLUICE_VERSION},
                  {"description", introduction},
                  {"contact", {{"name", "Sluice"}}}}},
                {"jsonSchemaDialect", "https://json-schema.org/draft/2020-12/schema"},
                {"servers", Json::array({{{"url", "/"}, {"description", "the daemon that answers this"}}})},
                {"paths", Json::object()}};
  for (const auto& [name, meaning] : tags) document["tags"].push_back({{"name", name}, {"description", meaning}});
  for (const Route& route : routes)
    document["paths"][std::string(route.path)][method_key(route.method)] = operation_of(routes, route);
  document["components"] = components();
  for (const ProblemKind& kind : problem_kinds())
    document["components"]["examples"][std::string(kind.code)] = problem_example(kind);
  drop_unused(document);
  return document;
}

}  // namespace sluice::api
