#include "api/router.hpp"

#include "core/utf8.hpp"

#include <algorithm>

namespace sluice::api {
namespace {

/// The text up to the next '/', which is removed from `rest` with it.
std::string_view take_segment(std::string_view& rest) {
  const auto slash = rest.find('/');
  const std::string_view segment = rest.substr(0, slash);
  rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
  return segment;
}

}  // namespace

bool match_path(std::string_view pattern, std::string_view path, PathValues& values) {
  if (std::count(pattern.begin(), pattern.end(), '/') != std::count(path.begin(), path.end(), '/')) return false;
  while (!pattern.empty()) {
    const std::string_view wanted = take_segment(pattern);
    const std::string_view given = take_segment(path);
    if (!wanted.starts_with('{')) {
      if (wanted != given) return false;
      continue;
    }
    auto value = percent_decode(given);
    const bool is_text =
        value && !value->empty() && value->find('\0') == std::string::npos && valid_utf8(*value) == *value;
    if (!is_text) return false;
    values.emplace_back(wanted.substr(1, wanted.size() - 2), std::move(*value));
  }
  return path.empty();
}

Match match(std::span<const Route> routes, std::string_view method, std::string_view path) {
  Match found;
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  for (const Route& route : routes) {
    PathValues values;
    if (!match_path(route.path, path, values)) continue;
    found.allowed.emplace_back(route.method);
    if (route.method == "GET") found.allowed.emplace_back("HEAD");
    if (route.method != wanted) continue;
    found.route = &route;
    found.values = std::move(values);
  }
  if (!found.allowed.empty()) found.allowed.emplace_back("OPTIONS");
  return found;
}

}  // namespace sluice::api
