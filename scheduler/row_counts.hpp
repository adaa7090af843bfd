#pragma once
// After a complete pass: how many records the source counts, and how many rows the destination has. Pure.

#include "connectors/connector.hpp"
#include "core/json.hpp"
#include "storage/destination.hpp"

#include <string_view>

namespace sluice {

enum class CountVerdict {
  agree,
  differ,
  moved  // they differ, but the list grew or shrank while it was read, which may be why
};

std::string_view to_string(CountVerdict verdict);

struct RowCounts {
  RecordTotal source;
  RowCount destination;

  CountVerdict verdict() const;
};

/// As it is kept with the job and the table, and shown.
Json to_json(const RowCounts& counts);

}  // namespace sluice
