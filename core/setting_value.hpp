#pragma once
// How the text of a setting becomes a value of its type. Pure.

#include "core/config.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

std::optional<std::int64_t> parse_integer(std::string_view text);
std::optional<bool> parse_boolean(std::string_view text);
/// "250ms", "15s", "5m", "1h", "1d" or ISO 8601.
std::optional<Duration> parse_duration(std::string_view text);
/// "64MiB", "16KiB", "1GiB", "512B" or a number.
std::optional<std::int64_t> parse_bytes(std::string_view text);
/// Comma separated, blanks around the items dropped, as are empty items.
std::vector<std::string> parse_list(std::string_view text);

/// What a value of this type must look like, when `text` does not; nullopt when it does.
std::optional<std::string_view> complaint_about(SettingType type, std::string_view text);

}  // namespace sluice
