#pragma once
// What is done about rows that were read before a column was there.

#include <string_view>

namespace sluice {

enum class Backfill {
  none,    // they get it when they change
  column,  // the table is read from its beginning and merged, which writes a row only where something differs
  table    // it is read anew beside what is there, which is replaced in the end
};

std::string_view to_string(Backfill backfill);
bool parse(std::string_view text, Backfill& backfill);

}  // namespace sluice
