#pragma once
// A list of a source in memory, for walking: records with an id and a date of change, answered page by page as the
// documented lists do, with the traps that they hold.

#include "connectors/record.hpp"
#include "connectors/rest/walk.hpp"
#include "core/time.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

struct ModelRecord {
  std::int64_t id = 0;
  Time modified{};
};

class ListModel {
 public:
  std::vector<ModelRecord> records;
  std::size_t clamp = 1000;     // what the server makes of a larger `limit`
  bool counts = false;          // meta.pagination
  bool names_next = false;      // meta.cursor_pagination
  bool filters_by_day = false;  // the filter looks at the date only
  Duration day_begins{0};       // and its days begin this much later than those of UTC
  int calls = 0;

  PageFacts answer(const QueryParameters& query) {
    ++calls;
    std::vector<ModelRecord> found = select(query);
    sort(found, query);
    const auto limit = std::min(clamp, static_cast<std::size_t>(number(query, "limit").value_or(50)));
    const auto after = number(query, "after");
    if (after) std::erase_if(found, [&](const ModelRecord& r) { return r.id <= *after; });
    const auto skipped = after ? 0 : static_cast<std::size_t>(number(query, "page").value_or(1) - 1) * limit;
    const auto begin = std::min(skipped, found.size());
    const auto end = std::min(begin + limit, found.size());
    last_page.assign(found.begin() + static_cast<std::ptrdiff_t>(begin),
                     found.begin() + static_cast<std::ptrdiff_t>(end));
    return facts(found.size(), limit);
  }

  std::vector<ModelRecord> last_page;

 private:
  static std::optional<std::string> text(const QueryParameters& query, std::string_view name) {
    for (const auto& [key, value] : query) {
      if (key == name) return value;
    }
    return std::nullopt;
  }
  static std::optional<std::int64_t> number(const QueryParameters& query, std::string_view name) {
    const auto value = text(query, name);
    return value ? std::optional(std::stoll(*value)) : std::nullopt;
  }

  std::vector<ModelRecord> select(const QueryParameters& query) const {
    const auto min_id = number(query, "min_id");
    const auto max_id = number(query, "max_id");
    const auto above = number(query, "id:greater");
    const auto min_date = text(query, "min_date_modified");
    std::optional<Time> since = min_date ? parse_iso8601(*min_date) : std::nullopt;
    if (since && filters_by_day) since = std::chrono::floor<std::chrono::days>(*since) + day_begins;
    std::vector<ModelRecord> found;
    for (const ModelRecord& record : records) {
      if ((min_id && record.id < *min_id) || (max_id && record.id > *max_id) || (above && record.id <= *above))
        continue;
      if (since && record.modified < *since) continue;
      found.push_back(record);
    }
    return found;
  }

  static void sort(std::vector<ModelRecord>& found, const QueryParameters& query) {
    const std::string order = text(query, "sort").value_or("id:asc");
    if (order == "date_modified:asc") {
      std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
        return a.modified != b.modified ? a.modified < b.modified : a.id < b.id;
      });
    } else {
      std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
      if (order == "id:desc") std::reverse(found.begin(), found.end());
    }
  }

  PageFacts facts(std::size_t found, std::size_t limit) const {
    PageFacts out;
    out.records = last_page.size();
    if (counts) {
      out.total = static_cast<std::int64_t>(found);
      out.total_pages = static_cast<std::int64_t>((found + limit - 1) / limit);
    }
    if (last_page.empty()) return out;
    out.first_key = last_page.front().id;
    out.last_key = last_page.back().id;
    out.first_modified = last_page.front().modified;
    out.last_modified = last_page.back().modified;
    if (names_next) out.next_cursor = std::to_string(last_page.back().id);
    return out;
  }
};

}  // namespace sluice
