#pragma once
// Rows of binary COPY data as text, one string per value, so that tests can say what they expect.

#include "core/copy_rows.hpp"
#include "core/time.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

class CopyText {
 public:
  using Row = std::vector<std::optional<std::string>>;

  explicit CopyText(std::string_view bytes) : bytes_(bytes) {}

  std::vector<Row> values(const std::vector<ColumnType>& types) {
    std::vector<Row> out;
    while (!bytes_.empty()) {
      if (integer(2) != static_cast<std::int64_t>(types.size())) return {{"the number of columns is wrong"}};
      Row& row = out.emplace_back();
      for (const ColumnType type : types) row.push_back(value(type));
    }
    return out;
  }
  /// Each row as its values with " | " between them; null as "null".
  std::vector<std::string> rows(const std::vector<ColumnType>& types) {
    std::vector<std::string> out;
    for (const Row& row : values(types)) {
      std::string& text = out.emplace_back();
      for (const auto& value : row) text += (text.empty() ? "" : " | ") + value.value_or("null");
    }
    return out;
  }

 private:
  std::int64_t integer(std::size_t size) {
    std::uint64_t bits = static_cast<signed char>(bytes_.at(0)) < 0 ? ~std::uint64_t{0} : 0;
    for (const char c : bytes_.substr(0, size)) bits = bits << 8U | static_cast<unsigned char>(c);
    bytes_.remove_prefix(size);
    return static_cast<std::int64_t>(bits);
  }

  std::string_view take(std::size_t size) {
    const std::string_view out = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return out;
  }

  std::optional<std::string> value(ColumnType type) {
    const std::int64_t length = integer(4);
    if (length < 0) return std::nullopt;
    switch (type) {
      case ColumnType::bigint:
        return std::to_string(integer(8));
      case ColumnType::boolean:
        return integer(1) == 1 ? "true" : "false";
      case ColumnType::text:
        return std::string(take(static_cast<std::size_t>(length)));
      case ColumnType::jsonb:
        integer(1);
        return std::string(take(static_cast<std::size_t>(length) - 1));
      case ColumnType::timestamptz:
        return format_rfc3339(epoch() + std::chrono::microseconds(integer(8)));
      case ColumnType::date:
        return format_rfc3339(epoch() + std::chrono::days(integer(4))).substr(0, 10);
      case ColumnType::numeric:
        return numeric();
    }
    return "?";
  }

  static Time epoch() { return std::chrono::sys_days{std::chrono::year{2000} / 1 / 1}; }

  std::string numeric() {
    const auto groups = integer(2);
    const auto weight = integer(2);
    const bool negative = integer(2) != 0;
    const auto scale = static_cast<std::size_t>(integer(2));
    std::string whole;
    std::string fraction;
    std::int64_t place = weight;
    for (std::int64_t i = 0; i < groups; ++i, --place) {
      std::string group = std::to_string(integer(2));
      group.insert(0, 4 - group.size(), '0');
      if (place < 0 && fraction.empty()) fraction.append(static_cast<std::size_t>(-1 - place) * 4, '0');
      (place >= 0 ? whole : fraction) += group;
    }
    for (; place >= 0 && groups > 0; --place) whole += "0000";
    fraction.resize(scale, '0');
    whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
    if (whole.empty()) whole = "0";
    return (negative ? "-" : "") + whole + (scale > 0 ? "." + fraction : "");
  }

  std::string_view bytes_;
};

}  // namespace sluice
