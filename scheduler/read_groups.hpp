#pragma once
// Which tables of a run are read together. Tables whose rows come in the same list call share one read if they stand at
// the same position: then that list is walked once for all of them.

#include "connectors/catalogue.hpp"
#include "core/date_window.hpp"
#include "core/json.hpp"

#include <cstddef>
#include <vector>

namespace sluice {

struct ReadGroup {
  const Table* carrier = nullptr;   // whose list is walked
  std::vector<std::size_t> tables;  // indices into the input, the carrier's own table first if it is among them
  Json position;                    // where the read starts
};

/// In the order in which they should begin. `tables`, `positions` and `windows` are parallel; those with a window keep
/// their place between passes, and join only when everything is equal. Otherwise positions under way join only when
/// equal; finished ones join and start from the earliest `cursor`, because what is read twice is merged and what is
/// skipped is lost.
std::vector<ReadGroup> group_reads(const Catalogue& catalogue, const std::vector<const Table*>& tables,
                                   const std::vector<Json>& positions,
                                   const std::vector<std::optional<DateWindow>>& windows);

}  // namespace sluice
