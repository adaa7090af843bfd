#pragma once
// Decimal text as PostgreSQL's numeric sees it: groups of four digits around the point, every digit kept, no double in
// between. Nothing is copied: a Decimal points into the text it was read from.

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice {

struct Decimal {
  bool negative = false;
  std::int16_t weight = 0;       // the first group counts 10000^weight
  std::uint16_t scale = 0;       // digits behind the point, trailing zeros included
  std::uint32_t groups = 0;      // none: zero
  std::string_view significant;  // first to last digit that is not zero, possibly with the point among them
  std::uint32_t padding = 0;     // zeros before the first digit within its group

  /// Calls `visit` with each group, most significant first.
  template <class Visit>
  void for_each_group(Visit visit) const;
};

/// nullopt when `text` is no decimal number, or one that numeric cannot hold: 131072 digits before the point and 16383
/// behind it. NaN and infinities are no numbers here.
std::optional<Decimal> parse_decimal(std::string_view text);

template <class Visit>
void Decimal::for_each_group(Visit visit) const {
  std::uint32_t group = 0;
  std::uint32_t filled = padding;
  for (const char c : significant) {
    if (c == '.') continue;
    group = group * 10 + static_cast<std::uint32_t>(c - '0');
    if (++filled < 4) continue;
    visit(static_cast<std::uint16_t>(group));
    group = 0;
    filled = 0;
  }
  if (filled == 0) return;
  for (; filled < 4; ++filled) group *= 10;
  visit(static_cast<std::uint16_t>(group));
}

}  // namespace sluice
