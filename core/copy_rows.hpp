#pragma once
// Rows in PostgreSQL's binary COPY format, built value by value. Pure: it knows the wire format of eight column
// types and nothing of where values come from or where the bytes go. The stream's header and trailer are the
// sender's; this is rows only, so buffers can be concatenated.

#include "core/byte_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice {

enum class ColumnType { bigint, numeric, text, boolean, timestamptz, date, jsonb };

/// The name PostgreSQL uses, for example "timestamp with time zone" is "timestamptz".
std::string_view to_string(ColumnType type);
bool parse(std::string_view text, ColumnType& type);

class CopyRows {
 public:
  /// Starts a row of `columns` values; exactly that many put_ calls must follow before end_row.
  void begin_row(std::uint16_t columns);
  void end_row() noexcept { ++rows_; }
  /// Forgets everything since begin_row: the record cannot be stored.
  void abandon_row();

  void put_null();
  void put_bigint(std::int64_t value);
  /// Decimal text such as "-12.3400" or "1e3", kept digit for digit. False (and nothing written) if it is no number
  /// or does not fit numeric.
  bool put_numeric(std::string_view decimal);
  /// UTF-8; the caller has removed U+0000.
  void put_text(std::string_view value);
  void put_boolean(bool value);
  /// Microseconds since 1970-01-01 UTC.
  void put_timestamptz(std::int64_t microseconds);
  /// Days since 1970-01-01.
  void put_date(std::int32_t days);
  /// JSON text that PostgreSQL accepts: no \u0000, no lone surrogates.
  void put_jsonb(std::string_view json);

  /// The rows of another behind these.
  void append(const CopyRows& more);

  std::size_t rows() const noexcept { return rows_; }
  std::string_view bytes() const noexcept { return bytes_.view(); }

 private:
  ByteBuffer bytes_;
  std::size_t rows_ = 0;
  std::size_t row_start_ = 0;
};

}  // namespace sluice
