#pragma once
// The `meta` of a V3 list: where its page stands among all, and the cursors to go on from.

#include "tests/sample_store/list_query.hpp"

#include <string>

namespace sluice::sample_store {

struct PageFacts {
  std::int64_t total = 0;
  std::int64_t count = 0;  // rows of this page
  bool has_more = false;
  bool has_earlier = false;
  std::string start_cursor;  // of the first and of the last row of the page
  std::string end_cursor;
};

std::string render_meta(const ListRule& rule, const ListQuery& query, const PageFacts& page);
/// The slips of the documents: `total_page`; {offset, limit, total_items}; no page numbers at all beside a keyset.
std::string render_total_page_meta(const ListQuery& query, const PageFacts& page);
std::string render_offset_meta(const ListQuery& query, const PageFacts& page);
std::string render_keyset_meta(const ListQuery& query, const PageFacts& page);

}  // namespace sluice::sample_store
