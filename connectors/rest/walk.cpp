#include "connectors/rest/walk.hpp"

#include "core/error.hpp"
#include "core/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>

namespace sluice {
namespace {

// Below this many pages a range of its own is not worth the call that finds the largest key.
constexpr std::int64_t pages_per_range = 20;
// A list whose total moves more often than this cannot be caught up with.
constexpr int most_steps_back = 25;
// No server cuts its pages to less.
constexpr std::size_t smallest_limit = 10;

/// V2 lists do not say where they end. A page that is shorter than asked for may be the last, or the server gives less
/// than it was asked for. It is taken for the last when the list has given a longer one; but limits are round numbers,
/// and the server may have lowered its own since, so that a round number of records is never proof.
bool is_last_by_length(std::size_t records, std::size_t page_size, std::size_t largest_page) {
  if (records >= page_size) return false;
  if (records < smallest_limit) return true;
  return records < largest_page && records % 5 != 0;
}

/// A source whose filter knows only days does not say in which time zone: a day more covers all of them.
Time round_down(Time time, Duration step) {
  const auto length = std::chrono::duration_cast<Time::duration>(step);
  const Time floor{time.time_since_epoch() / length * length};
  return step >= std::chrono::days(1) ? floor - length : floor;
}

std::string format_date(Time time, DateForm form) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  switch (form) {
    case DateForm::iso8601:
      return format_rfc3339(seconds);
    case DateForm::rfc2822:
      return format_rfc2822(seconds);
    case DateForm::unix_seconds:
      return std::to_string(seconds.time_since_epoch().count());
  }
  return {};
}

[[noreturn]] void refuse_order(const std::string& message) {
  throw Error(ErrorKind::data, "source.bad_order", message);
}

void append(QueryParameters& query, const QueryParameters& more) {
  query.insert(query.end(), more.begin(), more.end());
}

}  // namespace

Walk::Walk(const Table& table, std::optional<Time> since, std::optional<Time> until)
    : table_(table), since_(table.increment ? since : std::nullopt), until_(table.increment ? until : std::nullopt) {}

bool Walk::can_follow_changes() const { return table_.increment && !table_.increment->ascending.empty(); }

bool Walk::can_split() const {
  const Paging& paging = table_.paging;
  return paging.kind == PagingKind::keyset && !paging.descending.empty() && !paging.to_parameter.empty();
}

RangePosition Walk::whole() const {
  switch (table_.paging.kind) {
    case PagingKind::keyset:
      return {KeysetPlace{}};
    case PagingKind::cursor:
      return {CursorPlace{}};
    case PagingKind::single:
      return {WholePlace{}};
    case PagingKind::page_number:
      break;
  }
  return {NumberedPlace{}};
}

RangePosition Walk::changes() const {
  const Duration step = std::max<Duration>(table_.increment->granularity, std::chrono::seconds(1));
  return {TimePlace{std::chrono::floor<std::chrono::seconds>(since_.value_or(Time{})), 1, step}};
}

std::vector<RangePosition> Walk::split(std::int64_t largest_key, std::size_t limit) const {
  const std::int64_t worth = largest_key / (table_.paging.page_size * pages_per_range);
  const std::int64_t count =
      std::clamp<std::int64_t>(worth, 1, std::max<std::int64_t>(1, static_cast<std::int64_t>(limit)));
  // Whole pages, so that where no key is missing only the last range ends with a page that is not full.
  const std::int64_t pages = (largest_key + count * table_.paging.page_size - 1) / (count * table_.paging.page_size);
  const std::int64_t span = pages * table_.paging.page_size;
  std::vector<RangePosition> ranges;
  for (std::int64_t i = 0; i < count; ++i) {
    KeysetPlace place{i * span + 1, (i + 1) * span, i * span + 1};
    if (i + 1 == count) place.to.reset();
    ranges.push_back({place});
  }
  return ranges;
}

struct Walk::Asking {
  const Walk& walk;
  QueryParameters query{};

  const Paging& paging() const { return walk.table_.paging; }
  void ask_size(int size) {
    if (!paging().size_parameter.empty()) query.emplace_back(paging().size_parameter, std::to_string(size));
  }
  void ask_changes_since(Time time) {
    const Increment& increment = *walk.table_.increment;
    query.emplace_back(increment.min_parameter, format_date(time, increment.form));
  }
  void ask_changes_until() {
    const Increment& increment = *walk.table_.increment;
    if (increment.max_parameter.empty()) return;
    // A day more covers all time zones.
    const Time until = increment.is_coarse() ? *walk.until_ + increment.granularity : *walk.until_;
    query.emplace_back(increment.max_parameter, format_date(until, increment.form));
  }
  void ask_filter() {
    if (walk.since_) ask_changes_since(*walk.since_);
    if (walk.until_) ask_changes_until();
  }

  void ask_keys(const KeysetPlace& place) {
    // Keys count from 1: the first page needs no lower end.
    if (place.next > 1) {
      query.emplace_back(paging().from_parameter,
                         std::to_string(paging().from_is_inclusive ? place.next : place.next - 1));
    }
    if (place.to) query.emplace_back(paging().to_parameter, std::to_string(*place.to));
  }
  void ask_changes(const TimePlace& place) {
    ask_changes_since(place.at);
    if (walk.until_) ask_changes_until();
  }

  void operator()(const KeysetPlace& place) {
    ask_keys(place);
    append(query, paging().ascending);
    ask_size(paging().page_size);
    ask_filter();
  }
  void operator()(const NumberedPlace& place) {
    append(query, paging().ascending);
    query.emplace_back(paging().page_parameter, std::to_string(place.page));
    ask_size(paging().page_size);
    ask_filter();
  }
  void operator()(const CursorPlace& place) {
    append(query, paging().ascending);
    if (!place.cursor.empty()) query.emplace_back(paging().cursor_parameter, place.cursor);
    ask_size(paging().page_size);
    ask_filter();
  }
  void operator()(const TimePlace& place) {
    ask_changes(place);
    append(query, walk.table_.increment->ascending);
    query.emplace_back(paging().page_parameter.empty() ? "page" : paging().page_parameter, std::to_string(place.page));
    ask_size(paging().page_size);
  }
  void operator()(const WholePlace&) { ask_filter(); }
};

QueryParameters Walk::query(const RangePosition& range) const {
  Asking asking{*this};
  std::visit(asking, range.place);
  return std::move(asking.query);
}

QueryParameters Walk::filter(const RangePosition& range) const {
  Asking asking{*this};
  if (const auto* time = std::get_if<TimePlace>(&range.place)) {
    asking.ask_changes(*time);
    return std::move(asking.query);
  }
  if (const auto* keys = std::get_if<KeysetPlace>(&range.place)) asking.ask_keys(*keys);
  asking.ask_filter();
  return std::move(asking.query);
}

QueryParameters Walk::largest_key_query() const {
  Asking asking{*this};
  append(asking.query, table_.paging.descending);
  asking.ask_size(1);
  asking.ask_filter();
  return std::move(asking.query);
}

struct Walk::Advancing {
  const Table& table;
  const PageFacts& page;
  std::size_t largest_page;
  RangePosition& range;

  bool is_last(int number) const {
    if (page.records == 0) return true;
    if (table.paging.end == PageEnd::total && page.total_pages) return number >= *page.total_pages;
    return is_last_by_length(page.records, static_cast<std::size_t>(table.paging.page_size), largest_page);
  }

  void operator()(KeysetPlace place) {
    if (page.records == 0) {
      range.done = true;
      return;
    }
    if (!page.first_key) {
      refuse_order("the list was asked for by rising " + table.paging.key_field + " from " +
                   std::to_string(place.next) + ", but none of the " + std::to_string(page.records) +
                   " records of its answer has a usable " + table.paging.key_field);
    }
    if (!page.last_key || *page.first_key > *page.last_key || *page.last_key < place.next) {
      refuse_order("the list was asked for by rising " + table.paging.key_field + " from " +
                   std::to_string(place.next) + ", but its answer does not follow that order");
    }
    place.next = *page.last_key + 1;
    range.done = (place.to && *page.last_key >= *place.to) || is_last(1);
    range.place = place;
  }

  void operator()(NumberedPlace place) {
    const auto known = std::exchange(place.total, page.total ? page.total : place.total);
    if (known && page.total && *known != *page.total && place.page > 1) {
      if (place.steps_back < most_steps_back) {
        // Rows that stood on this page may have slid to one that was read before: that one is read again.
        const auto moved = std::abs(*page.total - *known);
        const auto length = static_cast<std::int64_t>(std::max<std::size_t>(largest_page, 1));
        const auto back = std::min<std::int64_t>((moved + length - 1) / length, place.page - 1);
        place.page -= static_cast<int>(back);
        ++place.steps_back;
        range.shown = std::min(range.shown, (place.page - 1) * length);
        range.place = place;
        return;
      }
      range.torn = true;
    }
    range.done = is_last(place.page);
    if (!range.done) ++place.page;
    range.place = place;
  }

  void operator()(const CursorPlace& place) {
    const bool is_first = place.cursor.empty();
    const bool is_named = page.next_cursor && !page.next_cursor->empty();
    if (page.records == 0 || (is_first && page.total_pages && *page.total_pages <= 1)) {
      range.done = true;
    } else if (is_named && *page.next_cursor != place.cursor) {
      range.place = CursorPlace{*page.next_cursor};
    } else if (is_named) {
      refuse_order("the page after a cursor names the same cursor again");
    } else if (is_first && !is_last(1)) {
      // Some lists name no next page; they count them all the same.
      range.place = NumberedPlace{2, page.total, 0};
    } else {
      range.done = true;
    }
  }

  void operator()(TimePlace place) {
    if (page.first_modified && page.last_modified && *page.first_modified > *page.last_modified) {
      refuse_order("the list was asked for in the order of " + table.increment->field +
                   ", but its answer is not in it");
    }
    if (is_last(place.page)) {
      range.done = true;
      return;
    }
    // The answer begins before what was asked for: this filter looks at the day only.
    const bool is_coarse = page.first_modified && *page.first_modified < place.at;
    if (is_coarse && place.step < std::chrono::days(1)) place.step = std::chrono::days(1);
    const Time next = page.last_modified ? round_down(*page.last_modified, place.step) : place.at;
    if (next > place.at) {
      place = {next, 1, place.step};
    } else {
      ++place.page;
    }
    range.place = place;
  }

  void operator()(const WholePlace&) { range.done = true; }
};

RangePosition Walk::advance(const RangePosition& range, const PageFacts& page, std::size_t largest_page) const {
  RangePosition next = range;
  next.shown += static_cast<std::int64_t>(page.records);
  std::visit(Advancing{table_, page, std::max(largest_page, page.records), next}, range.place);
  return next;
}

}  // namespace sluice
