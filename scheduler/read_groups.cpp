#include "scheduler/read_groups.hpp"

#include <algorithm>

namespace sluice {
namespace {

bool is_finished(const Json& position) { return position.is_object() && !position.contains("ranges"); }

std::string cursor_of(const Json& position) { return position.value("cursor", std::string()); }

bool read_alike(const Json& a, const Json& b) { return a == b || (is_finished(a) && is_finished(b)); }

}  // namespace

std::vector<ReadGroup> group_reads(const Catalogue& catalogue, const std::vector<const Table*>& tables,
                                   const std::vector<Json>& positions) {
  std::vector<ReadGroup> groups;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const Table* carrier = &catalogue.carrier_of(*tables[i]);
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const ReadGroup& candidate) {
      return candidate.carrier == carrier && read_alike(candidate.position, positions[i]);
    });
    if (group == groups.end()) {
      groups.push_back({carrier, {i}, positions[i]});
      continue;
    }
    // RFC 3339 in UTC: the earlier one is the smaller text.
    if (is_finished(positions[i]) && cursor_of(positions[i]) < cursor_of(group->position))
      group->position = positions[i];
    group->tables.insert(tables[i] == carrier ? group->tables.begin() : group->tables.end(), i);
  }
  return groups;
}

}  // namespace sluice
