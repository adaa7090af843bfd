#pragma once
// What rows of routes say in one word.

#include "api/route.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace sluice::api {

constexpr auto open_to_all = std::nullopt;
constexpr auto read = TokenScope::read;
constexpr auto operate = TokenScope::operate;
constexpr auto write = TokenScope::write;
constexpr auto admin = TokenScope::admin;
constexpr auto if_match = Precondition::if_match;

/// A list: its filters, and where to go on.
inline std::vector<Parameter> paged(std::vector<Parameter> filters = {}) {
  filters.push_back({"limit", integer("items per page").between(1, 500), false});
  filters.push_back({"cursor", text("next_cursor of the page before").between(1, 1024), false});
  return filters;
}

inline Parameter search() { return {"q", text("in the name, without regard to case").between(0, 200), false}; }
inline Parameter of_integration() { return {"integration", text("id or name").between(1, 200), false}; }

}  // namespace sluice::api
