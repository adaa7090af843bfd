#include "api/operation.hpp"

#include <algorithm>

namespace sluice::api {
namespace {

/// The words of a path that are not {names}: "integrations.tables" of "/v1/integrations/{integration}/tables/{table}".
std::string words_of(std::string_view path) {
  std::string words;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    if (segment.starts_with('{') || segment == "v1") continue;
    words.append(words.empty() ? "" : ".").append(segment);
  }
  return words;
}

/// Things are made by POST to the path that they are found below.
bool makes_things(std::span<const Route> routes, std::string_view path) {
  const std::string below = std::string(path) + "/{";
  return std::any_of(routes.begin(), routes.end(), [&](const Route& each) { return each.path.starts_with(below); });
}

std::string_view verb_of(std::span<const Route> routes, const Route& route) {
  if (route.method == "GET") return is_list(route) ? "list" : "get";
  if (route.method == "PUT") return "replace";
  if (route.method == "PATCH") return "update";
  if (route.method == "DELETE") return "delete";
  // Else the path ends with the verb.
  return makes_things(routes, route.path) ? "create" : "";
}

}  // namespace

std::string operation_id(std::span<const Route> routes, const Route& route) {
  std::string id = words_of(route.path);
  const std::string_view verb = verb_of(routes, route);
  if (!verb.empty()) id.append(".").append(verb);
  return id;
}

bool is_list(const Route& route) {
  return std::any_of(route.parameters.begin(), route.parameters.end(),
                     [](const Parameter& parameter) { return parameter.name == "cursor"; });
}

bool is_write(const Route& route) { return route.method != "GET" && !route.only_looks; }

}  // namespace sluice::api
