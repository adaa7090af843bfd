#pragma once
// Path and method -> route. Pure.

#include "api/route.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::api {

using PathValues = std::vector<std::pair<std::string, std::string>>;

struct Match {
  const Route* route = nullptr;      // none: no such path, or the path does not take the method
  PathValues values;                 // decoded
  std::vector<std::string> allowed;  // methods of the path, HEAD and OPTIONS included; empty: no such path
};

/// HEAD finds the route of GET.
Match match(std::span<const Route> routes, std::string_view method, std::string_view path);

/// Whether `path` (still encoded) is one of `pattern`, and the values of its {names}.
bool match_path(std::string_view pattern, std::string_view path, PathValues& values);

}  // namespace sluice::api
