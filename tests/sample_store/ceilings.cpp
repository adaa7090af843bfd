#include "tests/sample_store/ceilings.hpp"

#include "tests/sample_store/described_paths.hpp"

namespace sluice::sample_store {
namespace {

constexpr std::string_view all_categories = "/v3/catalog/trees/categories";
constexpr std::int64_t category_ceiling = 40;

/// The path behind /stores/{hash}.
std::string_view resource_of(std::string_view target) {
  target = target.substr(0, target.find('?'));
  constexpr std::string_view prefix = "/stores/";
  if (!target.starts_with(prefix)) return {};
  const auto slash = target.find('/', prefix.size());
  return slash == std::string_view::npos ? std::string_view{} : target.substr(slash);
}

}  // namespace

bool Ceilings::admit(std::string_view target, Time now, Duration takes) {
  if (takes <= Duration{0}) return true;
  const std::string_view path = resource_of(target);
  std::string_view name = all_categories;
  std::int64_t ceiling = category_ceiling;
  if (path != all_categories) {
    const auto found = described_path(path);
    if (!found || found->table->ceiling == 0) return true;
    name = found->table->name;
    ceiling = found->table->ceiling;
  }
  std::vector<Time>& ends = ends_[name];
  std::erase_if(ends, [&](Time end) { return end <= now; });
  if (std::ssize(ends) >= ceiling) return false;
  ends.push_back(now + takes);
  return true;
}

}  // namespace sluice::sample_store
