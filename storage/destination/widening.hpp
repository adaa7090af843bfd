#pragma once
// Which types of columns may become which wider ones, so that no value that is there is lost. Pure.

#include "core/copy_rows.hpp"

#include <string>
#include <string_view>

namespace sluice {

/// Whether every value of `from` can be kept in `to`; false for one and the same type.
bool may_widen(ColumnType from, ColumnType to);

/// The value of `column` (as SQL, quoted) in its new type, as the decoder would write it. Error{bug} unless
/// may_widen(from, to).
std::string widened_value_sql(ColumnType from, ColumnType to, std::string_view column);

}  // namespace sluice
