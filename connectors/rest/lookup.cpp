#include "connectors/rest/lookup.hpp"

#include "connectors/rest/walk.hpp"

#include <algorithm>
#include <string>

namespace sluice {
namespace {

constexpr std::size_t most_lookups = 100;
/// Bounds the length of the request's target.
constexpr std::size_t keys_per_lookup = 50;

std::deque<Lookup> by_list(const Table& list, const std::vector<std::int64_t>& keys) {
  const RangePosition whole = Walk(list, std::nullopt).whole();
  const std::size_t count = std::min(keys_per_lookup, static_cast<std::size_t>(std::max(list.paging.page_size, 1)));
  std::deque<Lookup> lookups;
  for (std::size_t begin = 0; begin < keys.size(); begin += count) {
    std::string text;
    for (std::size_t i = begin; i < std::min(keys.size(), begin + count); ++i)
      text += (text.empty() ? "" : ",") + std::to_string(keys[i]);
    lookups.push_back({whole, {{list.ids_parameter, text}}});
  }
  return lookups;
}

/// Keys that stand close together fit on one page, with whatever lies between them.
std::deque<Lookup> by_range(const Table& list, const std::vector<std::int64_t>& keys) {
  std::deque<Lookup> lookups;
  for (std::size_t begin = 0; begin < keys.size();) {
    std::size_t end = begin + 1;
    while (end < keys.size() && keys[end] - keys[begin] < list.paging.page_size) ++end;
    lookups.push_back({{KeysetPlace{keys[begin], keys[end - 1], keys[begin]}}, {}});
    begin = end;
  }
  return lookups;
}

}  // namespace

std::deque<Lookup> plan_lookups(const Table& list, std::vector<std::int64_t> keys) {
  std::ranges::sort(keys);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::deque<Lookup> lookups;
  if (!list.ids_parameter.empty()) {
    lookups = by_list(list, keys);
  } else if (list.paging.kind == PagingKind::keyset && !list.paging.to_parameter.empty() && list.key.size() == 1 &&
             list.key.front() == list.paging.key_field) {
    lookups = by_range(list, keys);
  }
  if (lookups.size() > most_lookups) lookups.clear();
  return lookups;
}

}  // namespace sluice
