#include "core/decimal.hpp"

#include <algorithm>

namespace sluice {
namespace {

constexpr std::int64_t most_digits_before_point = 131'072;
constexpr std::int64_t most_digits_behind_point = 16'383;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes a sign from the front of `text`; true for '-'.
bool take_sign(std::string_view& text) {
  if (text.empty() || (text.front() != '-' && text.front() != '+')) return false;
  const bool negative = text.front() == '-';
  text.remove_prefix(1);
  return negative;
}

/// The value behind an 'e'. Far outside of what numeric holds, how far does not matter: it stays at a million.
std::optional<std::int64_t> parse_exponent(std::string_view text) {
  constexpr std::int64_t far = 1'000'000;
  const bool negative = take_sign(text);
  if (text.empty()) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    value = std::min(value * 10 + (c - '0'), far);
  }
  return negative ? -value : value;
}

/// Rounds towards minus infinity.
std::int64_t floor_quarter(std::int64_t value) { return value >= 0 ? value / 4 : -((3 - value) / 4); }

}  // namespace

std::optional<Decimal> parse_decimal(std::string_view text) {
  Decimal number;
  number.negative = take_sign(text);

  // One pass over the mantissa: how many digits lie before and behind the point, where the digits that count are.
  std::int64_t before_point = 0;
  std::int64_t behind_point = 0;
  bool after_point = false;
  std::size_t first = std::string_view::npos;
  std::size_t last = 0;
  std::int64_t first_index = 0;  // among the digits, the point not counted
  std::int64_t last_index = 0;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !after_point) {
      after_point = true;
      continue;
    }
    if (!is_digit(c)) break;
    if (c != '0') {
      const std::int64_t index = before_point + behind_point;
      if (first == std::string_view::npos) {
        first = at;
        first_index = index;
      }
      last = at;
      last_index = index;
    }
    ++(after_point ? behind_point : before_point);
  }
  if (before_point + behind_point == 0) return std::nullopt;

  std::int64_t exponent = 0;
  if (at < text.size()) {
    if (text[at] != 'e' && text[at] != 'E') return std::nullopt;
    const auto parsed = parse_exponent(text.substr(at + 1));
    if (!parsed) return std::nullopt;
    exponent = *parsed;
  }

  const std::int64_t scale = std::max<std::int64_t>(0, behind_point - exponent);
  if (scale > most_digits_behind_point) return std::nullopt;
  number.scale = static_cast<std::uint16_t>(scale);
  if (first == std::string_view::npos) {
    number.negative = false;
    return number;
  }

  // The power of ten just above the first digit that counts.
  const std::int64_t height = before_point - first_index + exponent;
  if (height > most_digits_before_point) return std::nullopt;
  const std::int64_t weight = floor_quarter(height - 1);
  number.weight = static_cast<std::int16_t>(weight);
  number.padding = static_cast<std::uint32_t>(4 * (weight + 1) - height);
  number.groups = static_cast<std::uint32_t>((number.padding + (last_index - first_index + 1) + 3) / 4);
  number.significant = text.substr(first, last - first + 1);
  return number;
}

}  // namespace sluice
