#pragma once
// Strong ETags, which are generations of a configuration, and the conditions that requests put on them. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::api {

std::string etag_of(std::int64_t generation);

/// What an If-Match or If-None-Match header allows for the current generation: "*" any; else one of the strong tags
/// must be its own. Weak tags never fit If-Match; If-None-Match compares without regard to weakness.
bool fits_if_match(std::string_view header, std::int64_t generation);
bool fits_if_none_match(std::string_view header, std::int64_t generation);

/// For what has no generation: the tag of a text, and whether a header has it already.
std::string weak_etag_of(std::string_view body);
bool fits_if_none_match(std::string_view header, std::string_view weak_etag);

}  // namespace sluice::api
