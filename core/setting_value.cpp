#include "core/setting_value.hpp"

#include "core/time.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace sluice {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t size;
};

constexpr std::array<Unit, 5> duration_units{
    {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
constexpr std::array<Unit, 5> byte_units{
    {{"", 1}, {"B", 1}, {"KiB", 1LL << 10}, {"MiB", 1LL << 20}, {"GiB", 1LL << 30}}};

/// A number that is not negative, followed by one of the units; nullopt when there is none or the product is too large.
template <std::size_t Size>
std::optional<std::int64_t> parse_with_unit(std::string_view text, const std::array<Unit, Size>& units) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_integer(text.substr(0, digits));
  if (!number) return std::nullopt;
  for (const Unit& unit : units) {
    if (text.substr(digits) != unit.name) continue;
    if (*number > std::numeric_limits<std::int64_t>::max() / unit.size) return std::nullopt;
    return *number * unit.size;
  }
  return std::nullopt;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, failure] = std::from_chars(text.data(), end, value);
  if (failure != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

std::optional<bool> parse_boolean(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}

std::optional<Duration> parse_duration(std::string_view text) {
  if (text.starts_with('P')) return parse_iso_duration(text);
  const auto milliseconds = parse_with_unit(text, duration_units);
  if (!milliseconds) return std::nullopt;
  return Duration{*milliseconds};
}

std::optional<std::int64_t> parse_bytes(std::string_view text) { return parse_with_unit(text, byte_units); }

std::vector<std::string> parse_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    if (const auto item = trim(text.substr(0, comma)); !item.empty()) items.emplace_back(item);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

std::optional<std::string_view> complaint_about(SettingType type, std::string_view text) {
  switch (type) {
    case SettingType::integer:
      if (!parse_integer(text)) return "must be a whole number";
      break;
    case SettingType::boolean:
      if (!parse_boolean(text)) return "must be true or false";
      break;
    case SettingType::duration:
      if (!parse_duration(text)) return "must be a duration such as 250ms, 15s, 5m, 1h or PT6H";
      break;
    case SettingType::bytes:
      if (!parse_bytes(text)) return "must be a size such as 16MiB, 64KiB or a number of bytes";
      break;
    case SettingType::text:
    case SettingType::secret:
    case SettingType::path:
    case SettingType::list:
      break;
  }
  return std::nullopt;
}

}  // namespace sluice
