#include "connectors/column_value.hpp"

#include "core/decimal.hpp"
#include "core/time.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace sluice {
namespace {

constexpr std::string_view stored;  // put's good outcome

/// The spellings of "no date" that sources use where null would do.
bool is_no_date(std::string_view text) { return text.empty() || text == "0" || text.starts_with("0000-00-00"); }

std::optional<Time> parse(std::string_view text, DateForm form) {
  switch (form) {
    case DateForm::iso8601:
      return parse_iso8601(text);
    case DateForm::rfc2822:
      return parse_rfc2822(text);
    case DateForm::unix_seconds:
      return parse_unix_seconds(text);
  }
  return std::nullopt;
}

std::optional<std::int64_t> parse_whole(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure == std::errc{} && end == text.data() + text.size()) return value;

  // 3.0 and 1e3 are whole numbers too: with every digit behind the point zero, the last group is whole.
  const auto decimal = parse_decimal(text);
  if (!decimal) return std::nullopt;
  if (decimal->groups == 0) return 0;
  constexpr std::int16_t highest_weight = 4;  // 10000^4 and up: 17 to 20 digits
  if (decimal->weight < 0 || decimal->weight > highest_weight ||
      decimal->groups > static_cast<std::uint32_t>(decimal->weight) + 1) {
    return std::nullopt;
  }
  bool fits = true;
  std::int64_t sum = 0;
  std::int64_t sign = decimal->negative ? -1 : 1;
  const auto add = [&](std::int64_t group) {
    fits = fits && !__builtin_mul_overflow(sum, 10'000, &sum) && !__builtin_add_overflow(sum, sign * group, &sum);
  };
  decimal->for_each_group([&](std::uint16_t group) { add(group); });
  for (auto rest = static_cast<std::uint32_t>(decimal->weight) + 1 - decimal->groups; rest > 0; --rest) add(0);
  return fits ? std::optional(sum) : std::nullopt;
}

std::optional<bool> parse_boolean(std::string_view text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return std::nullopt;
}

std::string_view put_date_like(std::string_view text, ColumnType type, DateForm form, CopyRows& rows) {
  if (is_no_date(text)) {
    rows.put_null();
    return stored;
  }
  const auto time = to_time(text, form);
  if (!time) return "is no date";
  if (type == ColumnType::date) {
    rows.put_date(static_cast<std::int32_t>(std::chrono::floor<std::chrono::days>(*time).time_since_epoch().count()));
  } else {
    rows.put_timestamptz(time->time_since_epoch().count());
  }
  return stored;
}

}  // namespace

std::optional<Time> to_time(std::string_view text, DateForm form) {
  if (is_no_date(text)) return std::nullopt;
  if (const auto time = parse(text, form)) return time;
  for (const DateForm other : {DateForm::iso8601, DateForm::rfc2822, DateForm::unix_seconds}) {
    if (other == form) continue;
    if (const auto time = parse(text, other)) return time;
  }
  return std::nullopt;
}

std::optional<std::int64_t> to_whole_number(const JsonValue& value) {
  if (value.kind != JsonKind::number && value.kind != JsonKind::text) return std::nullopt;
  return parse_whole(value.text);
}

std::optional<std::string_view> ColumnWriter::plain_text(const JsonValue& value) {
  if (!value.has_escapes) return value.text;
  scratch_.clear();
  if (!unescape(value.text, scratch_)) return std::nullopt;
  return scratch_;
}

std::string_view ColumnWriter::put(const JsonValue& value, ColumnType type, DateForm form, CopyRows& rows) {
  if (value.kind == JsonKind::absent || value.kind == JsonKind::null) {
    rows.put_null();
    return stored;
  }
  if (type == ColumnType::text) return put_text(value, rows);
  if (type == ColumnType::jsonb) return put_jsonb(value, rows);

  if (value.kind == JsonKind::object || value.kind == JsonKind::array) return "is a nested value";
  const auto text = plain_text(value);
  if (!text) return "has a broken escape";
  if (text->empty()) {
    rows.put_null();
    return stored;
  }
  switch (type) {
    case ColumnType::bigint: {
      const auto number = value.kind == JsonKind::boolean ? std::nullopt : parse_whole(*text);
      if (!number) return "is no whole number of 64 bits";
      rows.put_bigint(*number);
      return stored;
    }
    case ColumnType::numeric:
      return rows.put_numeric(*text) ? stored : "is no decimal number, or one that numeric cannot hold";
    case ColumnType::boolean: {
      const auto flag = parse_boolean(*text);
      if (!flag) return "is no truth value";
      rows.put_boolean(*flag);
      return stored;
    }
    case ColumnType::timestamptz:
    case ColumnType::date:
      return put_date_like(*text, type, form, rows);
    case ColumnType::text:
    case ColumnType::jsonb:
      break;
  }
  return "has an unknown column type";
}

std::string_view ColumnWriter::put_text(const JsonValue& value, CopyRows& rows) {
  if (value.kind == JsonKind::object || value.kind == JsonKind::array) {
    rows.put_text(value.has_escapes ? storable_json(value.text, scratch_) : value.text);
    return stored;
  }
  const auto text = plain_text(value);
  if (!text) return "has a broken escape";
  rows.put_text(*text);
  return stored;
}

std::string_view ColumnWriter::put_jsonb(const JsonValue& value, CopyRows& rows) {
  if (value.flaw != JsonFlaw::none) return to_string(value.flaw);
  if (value.kind != JsonKind::text) {
    rows.put_jsonb(value.has_escapes ? storable_json(value.text, scratch_) : value.text);
    return stored;
  }
  if (value.text.empty()) {
    rows.put_null();
    return stored;
  }
  // A string's escapes have not been checked yet; resolving them does that.
  if (value.has_escapes && !plain_text(value)) return "has a broken escape";
  const std::string_view content = value.has_escapes ? storable_json(value.text, scratch_) : value.text;
  std::string quoted;
  quoted.reserve(content.size() + 2);
  quoted.append("\"").append(content).append("\"");
  rows.put_jsonb(quoted);
  return stored;
}

}  // namespace sluice
