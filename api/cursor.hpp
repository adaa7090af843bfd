#pragma once
// Where a listing goes on, as an opaque text that fits its own list only. Pure.

#include <optional>
#include <string>
#include <string_view>

namespace sluice::api {

std::string encode_cursor(std::string_view list, std::string_view after);
/// nullopt when the text was not made by encode_cursor for the same list.
std::optional<std::string> decode_cursor(std::string_view list, std::string_view cursor);

}  // namespace sluice::api
