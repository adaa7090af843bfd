#include "tests/sample_store/list_page.hpp"

#include "core/http.hpp"
#include "tests/sample_store/orders.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::sample_store {
namespace {

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

/// The body's members that were asked for; the key can be neither left out nor missed.
void append_chosen(std::string& out, std::string_view body, std::string_view key, const ListQuery& query) {
  out += '{';
  bool first = true;
  JsonMembers members(body);
  while (const auto member = members.next()) {
    const bool wanted = query.include_fields.empty() || contains(query.include_fields, member->name);
    const bool unwanted = contains(query.exclude_fields, member->name);
    if (member->name != key && (!wanted || unwanted)) continue;
    if (!first) out += ',';
    first = false;
    out.append(body.substr(member->begin, member->end - member->begin));
  }
}

void append_variants(std::string& out, const StoreData& data, std::int64_t product) {
  const RecordTable& variants = *data.table("product_variants");
  out += '[';
  bool first = true;
  for (const std::int64_t id : data.variants_of(product)) {
    if (!first) out += ',';
    first = false;
    out.append(variants.find(id)->body).append("}");
  }
  out += ']';
}

void append_included(std::string& out, const StoreData& data, const ListRule& rule, const ListQuery& query,
                     const Record& record) {
  for (const IncludeRule& include : rule.includes) {
    if (!query.asks_for(include.parameter)) continue;
    const bool variants = include.member == "variants";
    const std::string_view text = record.part(include.member);
    if (!variants && text.empty()) continue;  // a product without a picture has no primary_image
    out.append(",\"").append(include.member).append("\":");
    if (variants)
      append_variants(out, data, record.id);
    else
      out.append(text);
  }
}

/// The query as it was asked, for links; in the order of the documents' examples.
std::string link_to(const ListQuery& query, std::string_view extra) {
  return fmt::format("?{}&limit={}", extra, query.limit);
}

void write_pagination(JsonText& json, const ListRule& rule, const ListQuery& query, const Selection& selection) {
  const auto total = static_cast<std::int64_t>(selection.total);
  const std::int64_t page = query.by_cursor() ? 1 : query.page;
  json.key("pagination").open('{').number("total", total).number("count", std::ssize(selection.rows));
  json.number("per_page", query.limit)
      .number("current_page", page)
      .number("total_pages", (total + query.limit - 1) / query.limit);
  if (rule.has_links && !query.by_cursor()) {
    json.key("links").open('{');
    if (page > 1) json.text("previous", link_to(query, fmt::format("page={}", page - 1)));
    json.text("current", link_to(query, fmt::format("page={}", page)));
    if (selection.has_more) json.text("next", link_to(query, fmt::format("page={}", page + 1)));
    json.close('}');
  }
  if (rule.table == "products") json.boolean("too_many", false);
  json.close('}');
}

void write_cursors(JsonText& json, const ListRule& rule, const ListQuery& query, const Selection& selection) {
  json.key("cursor_pagination").open('{').number("count", std::ssize(selection.rows)).number("per_page", query.limit);
  const bool shown = query.by_cursor() || query.page == 1;
  if (!shown || selection.rows.empty()) return void(json.key("links").open('{').close('}').close('}'));
  const std::string start = cursor_of(rule, query, *selection.rows.front());
  const std::string end = cursor_of(rule, query, *selection.rows.back());
  json.text("start_cursor", start).text("end_cursor", end).key("links").open('{');
  if (selection.has_earlier) json.text("previous", link_to(query, "before=" + percent_encode(start)));
  if (selection.has_more) json.text("next", link_to(query, "after=" + percent_encode(end)));
  json.close('}').close('}');
}

std::string render_meta(const ListRule& rule, const ListQuery& query, const Selection& selection) {
  JsonText json;
  json.open('{');
  const bool has_cursors = rule.paging == ListRule::Paging::v3_with_cursor;
  // On price lists `page` and cursors exclude each other, so only one of the two kinds is answered unless neither was
  // asked for.
  const bool either = rule.table == "price_lists";
  if (!has_cursors || !either || !query.by_cursor()) write_pagination(json, rule, query, selection);
  if (has_cursors && (!either || !query.has_page || query.by_cursor())) write_cursors(json, rule, query, selection);
  return json.close('}').take();
}

}  // namespace

void append_row(std::string& out, const StoreData& data, const ListRule& rule, const ListQuery& query,
                const Record& record) {
  if (rule.table == "orders") {
    auto form = Consignments::link;
    if (query.consignment_object && query.asks_for("consignments")) form = Consignments::object_with_links;
    if (query.consignment_object && query.asks_for("consignments.line_items")) form = Consignments::object_with_items;
    return append_order(out, data.shop(), record, form, query.asks_for("fees"));
  }
  if (query.include_fields.empty() && query.exclude_fields.empty()) {
    out += record.body;
  } else {
    append_chosen(out, record.body, data.traits(rule.table)->key, query);
  }
  append_included(out, data, rule, query, record);
  out += '}';
}

std::string render_page(const StoreData& data, const ListRule& rule, const ListQuery& query,
                        const Selection& selection) {
  std::string out;
  std::size_t bytes = 600;
  for (const Record* record : selection.rows) bytes += record->body.size() + 600;
  if (query.asks_for("consignments.line_items")) {
    for (const Record* record : selection.rows) bytes += record->part("consignments").size();
  }
  out.reserve(bytes);
  out += rule.is_v2() ? "[" : "{\"data\":[";
  bool first = true;
  for (const Record* record : selection.rows) {
    if (!first) out += ',';
    first = false;
    append_row(out, data, rule, query, *record);
  }
  out += ']';
  if (!rule.is_v2()) out.append(",\"meta\":").append(render_meta(rule, query, selection)).append("}");
  return out;
}

}  // namespace sluice::sample_store
