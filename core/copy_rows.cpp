#include "core/copy_rows.hpp"

#include "core/decimal.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <utility>

namespace sluice {
namespace {

constexpr std::array<std::pair<ColumnType, std::string_view>, 7> column_types{{
    {ColumnType::bigint, "bigint"},
    {ColumnType::numeric, "numeric"},
    {ColumnType::text, "text"},
    {ColumnType::boolean, "boolean"},
    {ColumnType::timestamptz, "timestamptz"},
    {ColumnType::date, "date"},
    {ColumnType::jsonb, "jsonb"},
}};

// PostgreSQL counts from 2000-01-01.
constexpr std::int32_t epoch_days = 10'957;
constexpr std::int64_t epoch_microseconds = std::int64_t{epoch_days} * 86'400 * 1'000'000;

constexpr char jsonb_version = 1;

template <std::integral Int>
char* store_big_endian(char* out, Int value) {
  const auto bits = static_cast<std::make_unsigned_t<Int>>(value);
  for (std::size_t i = 0; i < sizeof(Int); ++i) {
    out[i] = static_cast<char>(static_cast<unsigned char>(bits >> (8 * (sizeof(Int) - 1 - i))));
  }
  return out + sizeof(Int);
}

template <std::integral Int>
void append_bare(ByteBuffer& bytes, Int value) {
  store_big_endian(bytes.grow(sizeof(Int)), value);
}

/// The value behind its length.
template <std::integral Int>
void append_fixed(ByteBuffer& bytes, Int value) {
  char* out = bytes.grow(sizeof(std::int32_t) + sizeof(Int));
  store_big_endian(store_big_endian(out, static_cast<std::int32_t>(sizeof(Int))), value);
}

}  // namespace

std::string_view to_string(ColumnType type) {
  for (const auto& [value, name] : column_types) {
    if (value == type) return name;
  }
  return "text";
}

bool parse(std::string_view text, ColumnType& type) {
  for (const auto& [value, name] : column_types) {
    if (name != text) continue;
    type = value;
    return true;
  }
  return false;
}

void CopyRows::begin_row(std::uint16_t columns) {
  // The first row shows that there is work: skip the many small steps of growth.
  constexpr std::size_t first_capacity = 256 * 1024;
  bytes_.reserve(first_capacity);
  row_start_ = bytes_.size();
  append_bare(bytes_, columns);
}

void CopyRows::abandon_row() { bytes_.shrink(row_start_); }

void CopyRows::append(const CopyRows& more) {
  bytes_.append(more.bytes());
  rows_ += more.rows_;
}

void CopyRows::put_null() { append_bare(bytes_, std::int32_t{-1}); }

void CopyRows::put_bigint(std::int64_t value) { append_fixed(bytes_, value); }

bool CopyRows::put_numeric(std::string_view decimal) {
  const auto number = parse_decimal(decimal);
  if (!number) return false;

  constexpr std::size_t head = 4 * sizeof(std::int16_t);
  const std::size_t length = head + number->groups * sizeof(std::int16_t);
  char* out = bytes_.grow(sizeof(std::int32_t) + length);
  out = store_big_endian(out, static_cast<std::int32_t>(length));
  out = store_big_endian(out, static_cast<std::uint16_t>(number->groups));
  out = store_big_endian(out, number->weight);
  out = store_big_endian(out, static_cast<std::uint16_t>(number->negative ? 0x4000 : 0x0000));
  out = store_big_endian(out, number->scale);
  number->for_each_group([&](std::uint16_t group) { out = store_big_endian(out, group); });
  return true;
}

void CopyRows::put_text(std::string_view value) {
  char* out = bytes_.grow(sizeof(std::int32_t) + value.size());
  out = store_big_endian(out, static_cast<std::int32_t>(value.size()));
  std::copy(value.begin(), value.end(), out);
}

void CopyRows::put_boolean(bool value) { append_fixed(bytes_, static_cast<std::int8_t>(value)); }

void CopyRows::put_timestamptz(std::int64_t microseconds) { append_fixed(bytes_, microseconds - epoch_microseconds); }

void CopyRows::put_date(std::int32_t days) { append_fixed(bytes_, days - epoch_days); }

void CopyRows::put_jsonb(std::string_view json) {
  char* out = bytes_.grow(sizeof(std::int32_t) + sizeof jsonb_version + json.size());
  out = store_big_endian(out, static_cast<std::int32_t>(sizeof jsonb_version + json.size()));
  *out++ = jsonb_version;
  std::copy(json.begin(), json.end(), out);
}

}  // namespace sluice
