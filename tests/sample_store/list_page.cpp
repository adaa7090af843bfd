#include "tests/sample_store/list_page.hpp"

#include "core/json.hpp"
#include "tests/sample_store/list_meta.hpp"
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

/// The answers at an address come with the customer's own; the list of addresses has the same.
std::string with_form_fields(std::string_view addresses) {
  Json rows = Json::parse(addresses);
  for (Json& address : rows) {
    const Json id = address["id"];
    const Json answer{{"name", "License Id"}, {"value", "L-" + id.dump()}, {"address_id", id}};
    address["form_fields"] = Json::array({answer});
  }
  return rows.dump();
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
    else if (include.member == "addresses" && query.asks_for("formfields"))
      out.append(with_form_fields(text));
    else
      out.append(text);
  }
}

PageFacts facts_of(const ListRule& rule, const ListQuery& query, const Selection& selection) {
  PageFacts facts{static_cast<std::int64_t>(selection.total),
                  std::ssize(selection.rows),
                  selection.has_more,
                  selection.has_earlier,
                  "",
                  ""};
  if (selection.rows.empty() || rule.paging != ListRule::Paging::v3_with_cursor) return facts;
  facts.start_cursor = cursor_of(rule, query, *selection.rows.front());
  facts.end_cursor = cursor_of(rule, query, *selection.rows.back());
  return facts;
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
  if (!rule.is_v2())
    out.append(",\"meta\":").append(render_meta(rule, query, facts_of(rule, query, selection))).append("}");
  return out;
}

}  // namespace sluice::sample_store
