#include "tests/sample_store/described_list.hpp"

#include "core/time.hpp"
#include "tests/sample_store/base64.hpp"
#include "tests/sample_store/list_meta.hpp"
#include "tests/sample_store/row_words.hpp"

#include <algorithm>
#include <charconv>

namespace sluice::sample_store {
namespace {

using Answer = TableDescription::Answer;
using Meta = TableDescription::Meta;
using Kind = FilterRule::Kind;

Seconds seconds_of(const Json& value) {
  const std::string text = as_text(value);
  auto time = parse_iso8601(text);
  if (!time) time = parse_rfc2822(text);
  if (!time && text.size() == 19) time = parse_iso8601(text.substr(0, 10) + "T" + text.substr(11) + "Z");
  if (!time) return value.is_number_integer() ? value.get<Seconds>() : 0;
  return std::chrono::floor<std::chrono::seconds>(*time).time_since_epoch().count();
}

/// What stands at a path, of every item where it leads through an array.
void collect(const Json& value, std::string_view path, std::vector<Json>& out) {
  if (value.is_array()) {
    for (const Json& item : value) collect(item, path, out);
    return;
  }
  if (path.empty()) return out.push_back(value);
  const auto dot = path.find('.');
  const auto place = value.find(path.substr(0, dot));
  if (place == value.end()) return;
  collect(*place, dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1), out);
}

bool is_about_dates(Kind kind) {
  return kind == Kind::on_date || kind == Kind::not_on_date || kind == Kind::min_date || kind == Kind::max_date;
}

/// A filter sees its value as the only member of a record.
bool fits(const Json& value, Filter filter) {
  Record record;
  filter.rule.member = "value";
  if (is_about_dates(filter.rule.kind)) {
    filter.rule.member = "date_modified";
    record.modified = seconds_of(value);
  }
  record.body = Json{{"value", value}}.dump();
  record.body.pop_back();
  return matches(record, filter);
}

bool any_fits(const std::vector<Json>& values, const Filter& filter) {
  const auto one_fits = [&](const Json& value) { return fits(value, filter); };
  const Kind kind = filter.rule.kind;
  if (kind == Kind::not_numbers || kind == Kind::not_text || kind == Kind::not_on_date)
    return std::ranges::all_of(values, one_fits);
  return std::ranges::any_of(values, one_fits);
}

/// Of several members, one text; of "urls.type", those of all items.
bool passes(const DescribedRows& rows, const TableDescription& table, RowRef row, const Filter& filter) {
  std::string_view names = filter.rule.member;
  if (names.find(' ') != std::string_view::npos) {
    std::string text;
    while (!names.empty()) {
      const auto space = names.find(' ');
      text += (text.empty() ? "" : " ") + as_text(rows.member(table, row, names.substr(0, space)));
      names.remove_prefix(space == std::string_view::npos ? names.size() : space + 1);
    }
    return fits(text, filter);
  }
  const auto dot = names.find('.');
  const std::string_view root = names.substr(0, dot);
  Json value = rows.member(table, row, root);
  if (value.is_null() && root != "id" && !table.parent.empty()) value = row.parent;
  std::vector<Json> values;
  collect(value, dot == std::string_view::npos ? std::string_view{} : names.substr(dot + 1), values);
  return any_fits(values, filter);
}

/// Some filters also take items out of an array in the row: {"location_id:in": "locations"}.
void narrow(const TableDescription& table, const ListQuery& query, Json& record) {
  const Json& narrows = table.at("narrows");
  for (const Filter& filter : query.filters) {
    const auto narrowed = narrows.find(filter.rule.parameter);
    if (narrowed == narrows.end()) continue;
    Json& items = record[narrowed->get_ref<const std::string&>()];
    const auto dot = filter.rule.member.find('.');
    Json kept = Json::array();
    for (const Json& item : items) {
      std::vector<Json> values;
      collect(item, filter.rule.member.substr(dot + 1), values);
      if (any_fits(values, filter)) kept.push_back(item);
    }
    items = std::move(kept);
  }
}

void sort_rows(const DescribedRows& rows, const TableDescription& table, const ListQuery& query, RowRefs& found) {
  if (query.sort != "id") {
    std::vector<std::pair<Json, RowRef>> keyed;
    for (const RowRef& row : found) {
      Json value = rows.member(table, row, query.sort);
      if (query.sort.starts_with("date_")) value = seconds_of(value);
      keyed.emplace_back(std::move(value), row);
    }
    std::ranges::sort(keyed, [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first < b.first : a.second.ordinal < b.second.ordinal;
    });
    for (std::size_t i = 0; i < found.size(); ++i) found[i] = keyed[i].second;
  }
  if (query.descending) std::ranges::reverse(found);
}

std::string cursor_for(RowRef row) { return encode_base64(Json{{"id", row.ordinal}}.dump(), false); }

std::optional<std::int64_t> read_cursor(const std::string& text) {
  const auto decoded = decode_base64(text);
  if (!decoded) return std::nullopt;
  const Json json = Json::parse(*decoded, nullptr, false);
  if (!json.is_object() || !json.contains("id") || !json["id"].is_number_integer()) return std::nullopt;
  return json["id"].get<std::int64_t>();
}

struct Page {
  RowRefs rows;
  PageFacts facts;
};

/// nullopt when the cursor cannot be read.
std::optional<Page> cut_page(const DescribedRows& rows, const TableDescription& table, const ListQuery& query,
                             const RowRefs& found) {
  const auto limit = static_cast<std::size_t>(query.limit);
  std::size_t from = std::min(static_cast<std::size_t>(query.page - 1) * limit, found.size());
  std::size_t to = std::min(from + limit, found.size());
  if (table.meta == Meta::keyset && query.by_cursor()) {
    std::int64_t after = 0;
    std::from_chars(query.after.data(), query.after.data() + query.after.size(), after);
    from = 0;
    while (from < found.size() && rows.key(table, found[from]).back().get<std::int64_t>() <= after) ++from;
    to = std::min(from + limit, found.size());
  } else if (query.by_cursor()) {
    const auto cursor = read_cursor(query.after.empty() ? query.before : query.after);
    if (!cursor) return std::nullopt;
    const auto behind = [&](const RowRef& row) {
      return query.descending ? row.ordinal > *cursor : row.ordinal < *cursor;
    };
    const auto place = std::ranges::find_if_not(found, behind);
    const auto at = static_cast<std::size_t>(place - found.begin());
    const bool is_there = place != found.end() && place->ordinal == *cursor;
    from = query.after.empty() ? at - std::min(at, limit) : at + (is_there ? 1 : 0);
    to = query.after.empty() ? at : std::min(from + limit, found.size());
  }
  Page page;
  page.rows.assign(found.begin() + static_cast<std::ptrdiff_t>(from), found.begin() + static_cast<std::ptrdiff_t>(to));
  page.facts = {std::ssize(found), std::ssize(page.rows), to < found.size(), from > 0, "", ""};
  if (!page.rows.empty()) {
    page.facts.start_cursor = cursor_for(page.rows.front());
    page.facts.end_cursor = cursor_for(page.rows.back());
  }
  return page;
}

std::string meta_of(const TableDescription& table, const ListQuery& query, const PageFacts& page) {
  switch (table.meta) {
    case Meta::pagination:
      return render_meta(table.rule, query, page);
    case Meta::total_page:
      return render_total_page_meta(query, page);
    case Meta::offset:
      return render_offset_meta(query, page);
    case Meta::keyset:
      return render_keyset_meta(query, page);
    case Meta::null:
      return "null";
    case Meta::empty:
    case Meta::none:
      break;
  }
  return "{}";
}

HttpResponse wrapped(const TableDescription& table, std::string body, const std::string& meta) {
  if (table.answer == Answer::v2_object || table.answer == Answer::bare_object || table.answer == Answer::bare)
    return json_reply(200, std::move(body));
  if (table.rule.is_v2()) {
    const Json& wrap = table.at("wrap");  // {"fees": […]}
    return json_reply(200, wrap.is_null() ? std::move(body) : "{" + wrap.dump() + ":" + body + "}");
  }
  body = "{\"data\":" + body;
  if (table.meta != Meta::none) body += ",\"meta\":" + meta;
  return json_reply(200, body + "}");
}

}  // namespace

Json described_row(const DescribedRows& rows, const TableDescription& table, RowRef row, const ListQuery& query) {
  Json record = rows.record(table, row);
  for (const std::string& parameter : query.includes) {
    const Json included = rows.included(table, row, parameter);
    for (const auto& [name, value] : included.items()) record[name] = value;
  }
  narrow(table, query, record);
  if (!record.is_object() || (query.include_fields.empty() && query.exclude_fields.empty())) return record;
  Json chosen = Json::object();
  const auto named = [](const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
  };
  for (auto& [name, value] : record.items()) {
    const bool is_key = std::ranges::find(table.key, name) != table.key.end();
    const bool wanted = query.include_fields.empty() || named(query.include_fields, name);
    if (is_key || (wanted && !named(query.exclude_fields, name))) chosen[name] = value;
  }
  return chosen;
}

HttpResponse answer_described(const DescribedRows& rows, const TableDescription& table,
                              std::optional<std::int64_t> parent, const ListQuery& query) {
  RowRefs found = parent ? rows.of_parent(table, *parent) : rows.all(table);
  for (const Filter& filter : query.filters)
    std::erase_if(found, [&](const RowRef& row) { return !passes(rows, table, row, filter); });
  sort_rows(rows, table, query, found);
  const bool whole = table.answer == Answer::v2_whole || table.answer == Answer::v3_whole ||
                     table.answer == Answer::bare || table.is_object();
  const Version version = table.rule.is_v2() ? Version::v2 : Version::v3;
  std::optional<Page> page;
  if (whole) {
    page = Page{found, {std::ssize(found), std::ssize(found), false, false, "", ""}};
  } else {
    page = cut_page(rows, table, query, found);
    if (!page) return error_reply(version, 422, "The cursor is invalid.");
  }
  const bool ends_with_204 = (table.rule.is_v2() && table.at("wrap").is_null()) || table.at("empty_is_204") == true;
  if (page->rows.empty() && ends_with_204) return json_reply(204, "");
  if (table.is_object()) {
    if (page->rows.empty()) return error_reply(version, 404, "The requested resource was not found.");
    return wrapped(table, described_row(rows, table, page->rows.front(), query).dump(-1, ' ', table.rule.is_v2()),
                   meta_of(table, query, page->facts));
  }
  std::string body = "[";
  for (const RowRef& row : page->rows) {
    if (body.size() > 1) body += ',';
    body += described_row(rows, table, row, query).dump(-1, ' ', table.rule.is_v2());
  }
  return wrapped(table, body + "]", meta_of(table, query, page->facts));
}

}  // namespace sluice::sample_store
