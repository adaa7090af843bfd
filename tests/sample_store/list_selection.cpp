// The rows that answer a ListQuery. Limits on the key that the answer is sorted by become a cut of the sorted rows;
// only other filters look at each row.

#include "tests/sample_store/base64.hpp"
#include "tests/sample_store/list_query.hpp"

#include "core/json.hpp"

#include <algorithm>
#include <charconv>

namespace sluice::sample_store {
namespace {

using Kind = FilterRule::Kind;

struct Range {
  const Rows* rows;
  std::size_t begin;
  std::size_t end;
};

/// How a row compares to a limit on the sort key: before, at or behind it.
using Key = Seconds (*)(const Record*);
Seconds id_of(const Record* record) { return record->id; }
Seconds modified_of(const Record* record) { return record->modified; }

std::size_t first_at_least(const Rows& rows, Key key, double limit) {
  const auto place = std::partition_point(rows.begin(), rows.end(),
                                          [&](const Record* row) { return static_cast<double>(key(row)) < limit; });
  return static_cast<std::size_t>(place - rows.begin());
}

std::size_t first_above(const Rows& rows, Key key, double limit) {
  const auto place = std::partition_point(rows.begin(), rows.end(),
                                          [&](const Record* row) { return static_cast<double>(key(row)) <= limit; });
  return static_cast<std::size_t>(place - rows.begin());
}

/// True if the filter was a limit on the key, and the range is now cut by it.
bool cut(Range& range, Key key, std::string_view key_member, const Filter& filter) {
  const std::string_view member = filter.rule.member == "category_id" ? "id" : filter.rule.member;
  if (member != key_member) return false;
  const Rows& rows = *range.rows;
  std::size_t begin = range.begin;
  std::size_t end = range.end;
  switch (filter.rule.kind) {
    case Kind::at_least:
      begin = first_at_least(rows, key, filter.numbers.front());
      break;
    case Kind::above:
      begin = first_above(rows, key, filter.numbers.front());
      break;
    case Kind::at_most:
      end = first_above(rows, key, filter.numbers.front());
      break;
    case Kind::below:
      end = first_at_least(rows, key, filter.numbers.front());
      break;
    case Kind::on_date:
    case Kind::min_date:
    case Kind::max_date:
      begin = first_at_least(rows, key, static_cast<double>(filter.from));
      end = first_above(rows, key, static_cast<double>(filter.to));
      break;
    default:
      return false;
  }
  range.begin = std::max(range.begin, begin);
  range.end = std::max(range.begin, std::min(range.end, end));
  return true;
}

Rows sorted_by(const Rows& rows, const std::string& member) {
  struct Keyed {
    bool is_number;
    double number;
    std::string text;
    Record* row;
  };
  std::vector<Keyed> keyed;
  keyed.reserve(rows.size());
  for (Record* row : rows) {
    if (member == "date_created") {
      keyed.push_back({true, static_cast<double>(row->created), {}, row});
      continue;
    }
    std::string text = plain_text(member_of(row->body, member));
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = error == std::errc{} && end == text.data() + text.size();
    keyed.push_back({is_number, number, std::move(text), row});
  }
  std::ranges::sort(keyed, [](const Keyed& a, const Keyed& b) {
    if (a.is_number && b.is_number) return a.number != b.number ? a.number < b.number : a.row->id < b.row->id;
    return a.text != b.text ? a.text < b.text : a.row->id < b.row->id;
  });
  Rows sorted;
  sorted.reserve(keyed.size());
  for (const Keyed& item : keyed) sorted.push_back(item.row);
  return sorted;
}

struct Cursor {
  std::int64_t id = 0;
  std::optional<Seconds> modified;
};

std::optional<Cursor> read_cursor(const ListRule& rule, const std::string& text) {
  const auto decoded = decode_base64(text);
  if (!decoded) return std::nullopt;
  const Json json = Json::parse(*decoded, nullptr, false);
  if (rule.table == "price_lists" && json.is_number_integer()) return Cursor{json.get<std::int64_t>(), std::nullopt};
  if (!json.is_object() || !json.contains("id") || !json["id"].is_number_integer()) return std::nullopt;
  Cursor cursor{json["id"].get<std::int64_t>(), std::nullopt};
  if (json.contains("date_modified") && json["date_modified"].is_number_integer())
    cursor.modified = json["date_modified"].get<Seconds>();
  return cursor;
}

/// How many rows of the range, counted in the answer's order, lie before the cursor's row, and whether that row is
/// there.
std::pair<std::size_t, bool> place_of(const Range& range, const ListQuery& query, const Cursor& cursor) {
  const auto begin = range.rows->begin() + static_cast<std::ptrdiff_t>(range.begin);
  const auto end = range.rows->begin() + static_cast<std::ptrdiff_t>(range.end);
  auto place = end;
  if (query.sort == "id") {
    place = std::partition_point(begin, end, [&](const Record* row) { return row->id < cursor.id; });
  } else if (query.sort == "date_modified" && cursor.modified) {
    place = std::partition_point(begin, end, [&](const Record* row) {
      return row->modified != *cursor.modified ? row->modified < *cursor.modified : row->id < cursor.id;
    });
  } else {
    place = std::find_if(begin, end, [&](const Record* row) { return row->id == cursor.id; });
  }
  const bool is_there = place != end && (*place)->id == cursor.id;
  const auto before = static_cast<std::size_t>(query.descending ? end - place - (is_there ? 1 : 0) : place - begin);
  return {before, is_there};
}

void take(Selection& out, const Range& range, bool descending, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    out.rows.push_back((*range.rows)[descending ? range.end - 1 - i : range.begin + i]);
  }
}

/// V2 does not say how many rows there are, so the search may end with the page.
Selection search(const Range& range, const std::vector<const Filter*>& filters, const ListQuery& query) {
  Selection out;
  std::int64_t skip = (query.page - 1) * query.limit;
  for (std::size_t i = range.begin; i < range.end && std::ssize(out.rows) < query.limit; ++i) {
    const Record* row = (*range.rows)[query.descending ? range.end - 1 - (i - range.begin) : i];
    if (!std::ranges::all_of(filters, [&](const Filter* filter) { return matches(*row, *filter); })) continue;
    if (skip-- > 0) continue;
    out.rows.push_back(row);
  }
  return out;
}

}  // namespace

std::optional<Selection> select_rows(const RecordTable& table, const ListRule& rule, const ListQuery& query) {
  const bool by_modified = query.sort == "date_modified";
  Rows other_order;
  if (!by_modified && query.sort != "id") other_order = sorted_by(table.by_id(), query.sort);
  const Rows& rows = by_modified ? table.by_modified() : query.sort == "id" ? table.by_id() : other_order;
  Range range{&rows, 0, rows.size()};
  std::vector<const Filter*> rest;
  for (const Filter& filter : query.filters) {
    const bool was_cut = (by_modified && cut(range, modified_of, "date_modified", filter)) ||
                         (query.sort == "id" && cut(range, id_of, "id", filter));
    if (!was_cut) rest.push_back(&filter);
  }
  if (!rest.empty() && rule.is_v2()) return search(range, rest, query);

  Rows found;
  if (!rest.empty()) {
    for (std::size_t i = range.begin; i < range.end; ++i) {
      if (std::ranges::all_of(rest, [&](const Filter* filter) { return matches(*rows[i], *filter); }))
        found.push_back(rows[i]);
    }
    range = {&found, 0, found.size()};
  }
  Selection out;
  out.total = range.end - range.begin;
  const auto limit = static_cast<std::size_t>(query.limit);
  std::size_t from = 0;
  std::size_t to = 0;
  if (query.by_cursor()) {
    const auto cursor = read_cursor(rule, query.after.empty() ? query.before : query.after);
    if (!cursor) return std::nullopt;
    const auto [before, is_there] = place_of(range, query, *cursor);
    from = query.after.empty() ? before - std::min(before, limit) : before + (is_there ? 1 : 0);
    to = query.after.empty() ? before : std::min(from + limit, out.total);
  } else {
    const auto pages_before = static_cast<std::size_t>(query.page - 1);
    from = pages_before > out.total / limit ? out.total : std::min(pages_before * limit, out.total);
    to = std::min(from + limit, out.total);
  }
  take(out, range, query.descending, from, to);
  out.has_more = to < out.total;
  out.has_earlier = from > 0;
  return out;
}

std::string cursor_of(const ListRule& rule, const ListQuery& query, const Record& record) {
  if (rule.table == "price_lists") return encode_base64(std::to_string(record.id), true);
  Json cursor{{"id", record.id}};
  if (query.sort == "date_modified") cursor["date_modified"] = record.modified;
  return encode_base64(cursor.dump(), false);
}

}  // namespace sluice::sample_store
