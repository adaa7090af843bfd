#pragma once
// Asking a list for some of its records by their keys. Pure.

#include "connectors/rest/position.hpp"
#include "connectors/table.hpp"

#include <cstdint>
#include <deque>
#include <vector>

namespace sluice {

/// One question: where in the list to look, and a filter besides.
struct Lookup {
  RangePosition place;
  QueryParameters filter;
};

/// In as few questions as the list's filters allow; none when it has no filter for keys, or when so many questions are
/// worth no more than the whole list.
std::deque<Lookup> plan_lookups(const Table& list, std::vector<std::int64_t> keys);

}  // namespace sluice
