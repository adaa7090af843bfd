#include "connectors/rest/credibility.hpp"

#include <variant>

namespace sluice {
namespace {

bool contradicts_itself(const PageFacts& page, std::optional<int> asked) {
  if (!page.total || *page.total == 0 || !asked) return false;
  return page.total_pages ? *asked <= *page.total_pages : *asked == 1;
}

struct PageNumber {
  std::optional<int> operator()(const NumberedPlace& place) const { return place.page; }
  std::optional<int> operator()(const TimePlace& place) const { return place.page; }
  std::optional<int> operator()(const KeysetPlace&) const { return 1; }
  std::optional<int> operator()(const WholePlace&) const { return 1; }
  std::optional<int> operator()(const CursorPlace& place) const {
    return place.cursor.empty() ? std::optional(1) : std::nullopt;
  }
};

}  // namespace

std::optional<int> numbered_page(const RangePosition& asked) { return std::visit(PageNumber{}, asked.place); }

bool should_have_records(const RangePosition& asked, std::size_t largest_page) {
  const auto* place = std::get_if<NumberedPlace>(&asked.place);
  if (place == nullptr || !place->total) return false;
  return static_cast<std::int64_t>(place->page - 1) * static_cast<std::int64_t>(largest_page) < *place->total;
}

int confirmations_wanted(const PageFacts& page, std::optional<int> asked, Stake stake, const Credibility& source) {
  if (page.records > 0) return 0;
  if (contradicts_itself(page, asked)) return confirmations_in_doubt;
  if (page.total && asked) return 0;
  if (stake == Stake::none) return source.has_lied ? 1 : 0;
  if (source.has_lied || stake == Stake::refuted) return confirmations_in_doubt;
  return stake == Stake::much ? 2 : 1;
}

}  // namespace sluice
