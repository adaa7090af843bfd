#include "scheduler/read_groups.hpp"

#include "scheduler/positions.hpp"

#include <algorithm>
#include <tuple>

namespace sluice {
namespace {

bool is_finished(const Json& position) { return position.is_object() && !position.contains("ranges"); }

bool read_alike(const Json& a, const Json& b) { return a == b || (is_finished(a) && is_finished(b)); }

/// Whether both are read in the same way, so that one walk serves both.
bool come_together(const Catalogue& catalogue, const Table& a, const Table& b) {
  if (a.is_per_parent() != b.is_per_parent()) return false;
  if (!a.is_per_parent()) return &catalogue.carrier_of(a) == &catalogue.carrier_of(b);
  // What is asked for under each parent shares the walk over the parents; but one that is refused must not stop
  // another.
  return a.parent->table == b.parent->table && a.parent->choice == b.parent->choice && a.scopes == b.scopes &&
         a.deletes == b.deletes && a.increment.has_value() == b.increment.has_value();
}

const Table& walked_for(const Catalogue& catalogue, const Table& table) {
  const Table* parent = table.is_per_parent() ? catalogue.parent_of(table) : nullptr;
  return parent == nullptr ? catalogue.carrier_of(table) : *parent;
}

}  // namespace

std::vector<ReadGroup> group_reads(const Catalogue& catalogue, const std::vector<const Table*>& tables,
                                   const std::vector<Json>& positions,
                                   const std::vector<std::optional<DateWindow>>& windows) {
  std::vector<ReadGroup> groups;
  const auto stand_alike = [&](std::size_t a, std::size_t b, const Json& position) {
    if (windows[a] != windows[b]) return false;
    return windows[a] ? positions[a] == positions[b] : read_alike(position, positions[b]);
  };
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const Table* carrier = &walked_for(catalogue, *tables[i]);
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const ReadGroup& candidate) {
      return come_together(catalogue, *tables[candidate.tables.front()], *tables[i]) &&
             stand_alike(candidate.tables.front(), i, candidate.position);
    });
    if (group == groups.end()) {
      groups.push_back({carrier, {i}, positions[i]});
      continue;
    }
    // Without a cursor is before any.
    if (is_finished(positions[i]) && replicated_until(positions[i]) < replicated_until(group->position))
      group->position = positions[i];
    group->tables.insert(tables[i] == carrier ? group->tables.begin() : group->tables.end(), i);
  }
  // Lists first, then what is asked for parent by parent, which takes long; within both as the subjects count.
  const auto rank = [&](const ReadGroup& group) {
    const Table& table = *tables[group.tables.front()];
    return std::tuple(table.is_per_parent(), table.subject, std::ranges::min(group.tables));
  };
  std::ranges::sort(groups, {}, rank);
  return groups;
}

}  // namespace sluice
