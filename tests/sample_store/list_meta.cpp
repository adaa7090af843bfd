#include "tests/sample_store/list_meta.hpp"

#include "core/http.hpp"

#include <fmt/format.h>

namespace sluice::sample_store {
namespace {

/// The query as it was asked, for links; in the order of the documents' examples.
std::string link_to(const ListQuery& query, std::string_view extra) {
  return fmt::format("?{}&limit={}", extra, query.limit);
}

std::int64_t pages(const ListQuery& query, const PageFacts& page) {
  return (page.total + query.limit - 1) / query.limit;
}

void write_pagination(JsonText& json, const ListRule& rule, const ListQuery& query, const PageFacts& page,
                      std::string_view pages_member) {
  const std::int64_t number = query.by_cursor() ? 1 : query.page;
  json.key("pagination").open('{').number("total", page.total).number("count", page.count);
  json.number("per_page", query.limit).number("current_page", number).number(pages_member, pages(query, page));
  if (rule.has_links && !query.by_cursor()) {
    json.key("links").open('{');
    if (number > 1) json.text("previous", link_to(query, fmt::format("page={}", number - 1)));
    json.text("current", link_to(query, fmt::format("page={}", number)));
    if (page.has_more) json.text("next", link_to(query, fmt::format("page={}", number + 1)));
    json.close('}');
  }
  if (rule.table == "products") json.boolean("too_many", false);
  json.close('}');
}

void write_cursors(JsonText& json, const ListQuery& query, const PageFacts& page) {
  json.key("cursor_pagination").open('{').number("count", page.count).number("per_page", query.limit);
  const bool shown = query.by_cursor() || query.page == 1;
  if (!shown || page.count == 0) return void(json.key("links").open('{').close('}').close('}'));
  json.text("start_cursor", page.start_cursor).text("end_cursor", page.end_cursor).key("links").open('{');
  if (page.has_earlier) json.text("previous", link_to(query, "before=" + percent_encode(page.start_cursor)));
  if (page.has_more) json.text("next", link_to(query, "after=" + percent_encode(page.end_cursor)));
  json.close('}').close('}');
}

}  // namespace

std::string render_meta(const ListRule& rule, const ListQuery& query, const PageFacts& page) {
  JsonText json;
  json.open('{');
  const bool has_cursors = rule.paging == ListRule::Paging::v3_with_cursor;
  // On price lists `page` and cursors exclude each other, so only one of the two kinds is answered unless neither was
  // asked for.
  const bool either = rule.table == "price_lists";
  if (!has_cursors || !either || !query.by_cursor()) write_pagination(json, rule, query, page, "total_pages");
  if (has_cursors && (!either || !query.has_page || query.by_cursor())) write_cursors(json, query, page);
  return json.close('}').take();
}

std::string render_total_page_meta(const ListQuery& query, const PageFacts& page) {
  JsonText json;
  json.open('{');
  write_pagination(json, {.table = "", .path = "", .scope = "", .paging = ListRule::Paging::v3}, query, page,
                   "total_page");
  return json.close('}').take();
}

std::string render_offset_meta(const ListQuery& query, const PageFacts& page) {
  JsonText json;
  json.open('{').key("pagination").open('{').number("offset", (query.page - 1) * query.limit);
  return json.number("limit", query.limit).number("total_items", page.total).close('}').close('}').take();
}

std::string render_keyset_meta(const ListQuery& query, const PageFacts& page) {
  JsonText json;
  json.open('{').key("pagination").open('{').number("count", page.count).number("total", page.total);
  json.key("links").open('{').text("current", fmt::format("?limit={}", query.limit)).close('}');
  return json.number("total_pages", pages(query, page)).close('}').close('}').take();
}

}  // namespace sluice::sample_store
