#include "tests/sample_store/described_paths.hpp"

namespace sluice::sample_store {
namespace {

std::string_view next_segment(std::string_view& path) {
  path.remove_prefix(path.starts_with('/') ? 1 : 0);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

/// The keys in the path's holes if it has the pattern's form.
std::optional<std::vector<std::string>> fit(std::string_view pattern, std::string_view path) {
  std::vector<std::string> keys;
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = next_segment(pattern);
    const std::string_view found = next_segment(path);
    if (wanted.starts_with('{') && !found.empty())
      keys.emplace_back(found);
    else if (wanted != found)
      return std::nullopt;
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return keys;
}

}  // namespace

std::optional<DescribedPath> described_path(std::string_view path) {
  std::optional<DescribedPath> best;
  for (const TableDescription& table : described_tables()) {
    for (const std::string_view pattern : table.paths) {
      auto keys = fit(pattern, path);
      // A path without holes is the more exact one: /products/metafields is no product's list.
      if (keys && (!best || keys->size() < best->keys.size())) best = DescribedPath{&table, std::move(*keys)};
    }
  }
  return best;
}

std::optional<RowRef> parent_in_path(const DescribedRows& rows, const TableDescription& table,
                                     std::span<const std::string> keys) {
  std::optional<std::int64_t> outer;
  if (keys.size() > 1) {
    const auto above = parent_in_path(rows, *described_table(table.parent), keys.first(keys.size() - 1));
    if (!above) return std::nullopt;
    outer = above->ordinal;
  }
  return rows.find(table.parent, outer, keys.back());
}

std::vector<std::string> holes_of(const TableDescription& table) {
  std::vector<std::string> holes;
  std::string_view path = table.paths.front();
  while (!path.empty()) {
    const std::string_view segment = next_segment(path);
    if (segment.starts_with('{')) holes.emplace_back(segment.substr(1, segment.size() - 2));
  }
  return holes;
}

}  // namespace sluice::sample_store
