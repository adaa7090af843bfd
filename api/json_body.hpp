#pragma once
// A request's body as a JSON object within limits. Pure.

#include "core/json.hpp"

#include <string_view>

namespace sluice::api {

constexpr std::size_t body_limit = 1024 * 1024;
constexpr int depth_limit = 32;

/// An empty body is an empty object. Throws a refusal that says where the text stops being JSON.
Json parse_body(std::string_view text);

}  // namespace sluice::api
