#pragma once
// "Did you mean …?" for names that people type: configuration keys, members of a request, tables, fields.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice {

/// The known name with the smallest edit distance to `name`, if that is small enough to be a slip.
std::optional<std::string> nearest(std::string_view name, std::span<const std::string> known);
/// " (did you mean \"orders\"?)" or nothing.
std::string did_you_mean(std::string_view name, std::span<const std::string> known);

}  // namespace sluice
