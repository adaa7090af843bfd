#pragma once
// One JSON value -> one column of a COPY row. Sources are loose about types: numbers come as strings, flags as 0 and
// "1", dates in three forms, and "nothing" as null, "", "0" or "0000-00-00". All of that is settled here.

#include "connectors/json_text.hpp"
#include "connectors/table.hpp"
#include "core/copy_rows.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

class ColumnWriter {
 public:
  /// Puts exactly one value and returns "", or says why the value cannot be stored; then the row is of no use.
  std::string_view put(const JsonValue& value, ColumnType type, DateForm form, CopyRows& rows);

 private:
  std::string_view put_text(const JsonValue& value, CopyRows& rows);
  std::string_view put_jsonb(const JsonValue& value, CopyRows& rows);
  /// The text of a string or number; nullopt when it holds a broken escape.
  std::optional<std::string_view> plain_text(const JsonValue& value);

  std::string scratch_;
};

/// A whole number, also as text; nullopt for anything else.
std::optional<std::int64_t> to_whole_number(const JsonValue& value);
/// A date in `form`, or else in any other form. nullopt for anything else, "no date" included.
std::optional<Time> to_time(std::string_view text, DateForm form);

}  // namespace sluice
