#include "connectors/rest/rest_reader.hpp"

#include "connectors/rest/backfill.hpp"
#include "connectors/rest/parent_record.hpp"
#include "connectors/rest/record_count.hpp"
#include "connectors/rest/shortfall.hpp"
#include "connectors/rest/target.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

/// What a pass over changes need not look at because it is older.
Time since_of(const Table& table, Time cursor, const std::optional<Time>& read_from, Duration deep_look_back) {
  // A filter that knows only days does not say in which time zone: a day more covers all of them.
  Duration look_back = deep_look_back;
  if (table.increment) look_back = std::max({look_back, table.increment->look_back, table.increment->granularity});
  const Time since = cursor - look_back;
  return read_from ? std::max(since, *read_from) : since;
}

bool is_whole(const RangePosition& range) { return range.done && !range.torn; }

}  // namespace

RestReader::RestReader(std::unique_ptr<HttpClient> http, std::shared_ptr<const RequestStats> stats, BlockingPool& pool,
                       Clock& clock, RestRead read, ParentWalk parents)
    : http_(std::move(http)),
      stats_(std::move(stats)),
      pool_(pool),
      clock_(clock),
      read_(std::move(read)),
      parents_(std::move(parents)),
      decoder_(*read_.request.carrier, read_.request.lanes, parents_.captures),
      given_(decoder_.given().size(), Json(read_.account).dump()) {}

/// Tables that are read whole are looked at as a whole each time; the others from time to time.
bool RestReader::is_sweep_due(const std::optional<PassPosition>& previous) const {
  if (!previous) return true;
  const bool has_sweeps = (table().deletes == DeleteKind::id_sweep && read_.request.finds_deletes) ||
                          parents_.changes_inside || parents_.deep_look_back > Duration{0};
  if (!has_sweeps) return !has_changes();
  if (!previous->swept_at) return true;
  // Far ahead is as good as never: a clock has been set back since.
  const auto since = std::chrono::abs(clock_.now() - *previous->swept_at);
  return since >= read_.request.sweep_interval.value_or(read_.sweep_interval);
}

Task<Json> RestReader::begin() {
  auto previous = parse_pass_position(read_.request.position);
  // It would hold up what keeps the table fresh, or is not of the window that is asked for by now.
  if (previous && is_backfill(*previous)) previous = set_aside(*std::move(previous));
  const bool fills_back = previous && previous->ranges.empty() && read_.request.window && table().increment;
  if (fills_back) previous = begin_backfill(*std::move(previous), *read_.request.window);
  if (previous && !previous->ranges.empty()) {
    pass_ = *previous;
    walk_.emplace(table(), pass_.since, pass_.until);
    co_return to_json(pass_);
  }
  try {
    if (fills_back) {
      pass_ = *previous;
      walk_.emplace(table(), pass_.since, pass_.until);
      co_await plan_ranges();
    } else {
      co_await plan(previous);
    }
  } catch (const Error& error) {
    throw error.within(table().name + ", beginning");
  }
  co_return to_json(pass_);
}

Task<void> RestReader::plan(const std::optional<PassPosition>& previous) {
  pass_ = previous.value_or(PassPosition{});
  pass_.is_sweep = is_sweep_due(previous);
  const bool goes_deep = parents_.deep_look_back > Duration{0};
  if (!previous) {
    pass_.mode = read_.request.is_reload ? PassMode::reload : PassMode::initial;
  } else if (!has_changes() || (pass_.is_sweep && !goes_deep)) {
    pass_.mode = PassMode::snapshot;
  } else if (previous->shortfall && !previous->shortfall->is_settled) {
    pass_.mode = PassMode::reread;
  } else {
    pass_.mode = PassMode::incremental;
  }
  pass_.since.reset();
  if (has_changes()) pass_.since = read_.request.start_date;
  if (pass_.mode == PassMode::incremental && pass_.cursor) {
    // A start date that was moved later takes nothing out of what is kept fresh.
    const auto read_from = pass_.read_from ? pass_.read_from->date : read_.request.start_date;
    pass_.since = since_of(table(), *pass_.cursor, read_from, pass_.is_sweep ? parents_.deep_look_back : Duration{0});
  }
  walk_.emplace(table(), pass_.since, pass_.until);
  if (plan_lookups()) co_return;
  co_await plan_ranges();
}

/// Of the pass that was decided on.
Task<void> RestReader::plan_ranges() {
  const bool is_backfill = pass_.mode == PassMode::backfill;
  const bool goes_side_by_side = pass_.mode != PassMode::incremental && pass_.mode != PassMode::snapshot;
  if (goes_side_by_side && read_.ranges > 1 && walk_->can_split()) {
    const ListAnswer answer = co_await ask(request_target(read_.base_path, table(), {}, walk_->largest_key_query()), 1);
    const PageFacts& facts = answer.page.facts;
    pass_.started_at = answer.served_at;
    co_await begin_counting(facts.total);
    pass_.ranges = walk_->split(facts.first_key.value_or(1), read_.ranges);
    // A list without records is read already.
    if (facts.records == 0) pass_.ranges.front().done = true;
    co_return;
  }
  // By number, pages slide while rows leave the window.
  const bool slides = is_backfill && table().paging.kind == PagingKind::page_number;
  const bool follows_changes = (pass_.mode == PassMode::incremental || slides) && walk_->can_follow_changes();
  pass_.ranges = {follows_changes ? walk_->changes() : walk_->whole()};
  // The first page is asked for here, because its answer shows the source's clock.
  first_page_ = co_await ask(page_target(0), numbered_page(pass_.ranges[0]));
  pass_.started_at = first_page_->served_at;
  co_await begin_counting(first_page_->page.facts.total);
}

bool RestReader::plan_lookups() {
  auto lookups = sluice::plan_lookups(table(), read_.request.only);
  if (lookups.empty()) return false;
  std::size_t ranges = std::max<std::size_t>(1, read_.ranges);
  if (table().max_in_flight > 0) ranges = std::min(ranges, table().max_in_flight);
  lookups_.resize(std::min(ranges, lookups.size()));
  for (std::size_t i = 0; !lookups.empty(); ++i) {
    lookups_[i % lookups_.size()].left.push_back(std::move(lookups.front()));
    lookups.pop_front();
  }
  pass_.ranges.resize(lookups_.size());
  for (std::size_t range = 0; range < lookups_.size(); ++range) next_lookup(range);
  pass_.started_at = clock_.now();
  return true;
}

void RestReader::next_lookup(std::size_t range) {
  RangeLookups& own = lookups_[range];
  pass_.ranges[range] = std::move(own.left.front().place);
  own.filter = std::move(own.left.front().filter);
  own.left.pop_front();
}

Task<std::optional<Page>> RestReader::next(std::size_t range) {
  auto page = co_await next_parents(range);
  if (!page) co_return std::nullopt;
  co_return std::optional<Page>(std::move(page->page));
}

Task<std::optional<ParentPage>> RestReader::next_parents(std::size_t range) {
  if (pass_.ranges.at(range).done) co_return std::nullopt;
  try {
    ParentPage page = co_await read_page(range);
    co_return std::optional<ParentPage>(std::move(page));
  } catch (const Error& error) {
    throw error.within(place(range));
  }
}

Task<ParentPage> RestReader::read_page(std::size_t range) {
  ListAnswer answer;
  if (range == 0 && first_page_) {
    answer = std::move(*first_page_);
    first_page_.reset();
  } else {
    answer = co_await ask(page_target(range), numbered_page(pass_.ranges[range]), range);
  }
  for (std::size_t i = 0; i < read_.request.lanes.size(); ++i) co_await complete(i, answer.page.batches[i]);
  const PageFacts& facts = answer.page.facts;
  // By keys, a page counts what is left from its own on.
  if (facts.total && !std::holds_alternative<KeysetPlace>(pass_.ranges[range].place)) last_total_ = facts.total;
  RangePosition position = walk_->advance(pass_.ranges[range], facts, pass_.largest_page);
  pass_.largest_page = std::max(pass_.largest_page, facts.records);
  pass_.ranges[range] = std::move(position);
  if (!lookups_.empty() && pass_.ranges[range].done && !lookups_[range].left.empty()) next_lookup(range);
  Page page{range, to_json(pass_.ranges[range]), std::move(answer.page.batches), facts.records};
  co_return ParentPage{std::move(page), std::move(answer.page.captured)};
}

/// `range`: of the page at its position, if it is one.
Task<ListAnswer> RestReader::ask(std::string target, std::optional<int> page, std::optional<std::size_t> range) {
  const ListCall call{*http_, pool_, clock_, table(), decoder_, given_, *read_.source, stake(range), counts_itself()};
  const std::string count = count_target(range ? pass_.ranges[*range] : RangePosition{WholePlace{}});
  co_return co_await ask_list(call, std::move(target), page, count);
}

/// What is read whole each time is soon put right; the cursor of changes goes past what it did not see.
Stake RestReader::stake(std::optional<std::size_t> range) const {
  if (pass_.mode == PassMode::reread) return Stake::refuted;
  if (range && should_have_records(pass_.ranges[*range], pass_.largest_page)) return Stake::refuted;
  const bool is_first = pass_.mode != PassMode::incremental && pass_.mode != PassMode::snapshot;
  return is_first && has_changes() ? Stake::much : Stake::some;
}

/// Some lists have no word when they are empty. Where that is soon looked at again, they are not asked for it each
/// time.
bool RestReader::counts_itself() const {
  const Paging& paging = table().paging;
  return pass_.mode != PassMode::snapshot && paging.kind == PagingKind::page_number && paging.end == PageEnd::total;
}

/// Rows that the page did not show, from their own list.
Task<void> RestReader::complete(std::size_t lane, RowBatch& batch) {
  constexpr std::size_t parents_per_call = 50;
  const std::vector<std::int64_t> parents = std::exchange(batch.cut_parents, {});
  if (parents.empty()) co_return;
  Table list = *read_.request.lanes[lane].table;
  const std::string parameter = list.parent->parameter;
  list.parent.reset();
  const PageDecoder decoder(list, {{&list, read_.request.lanes[lane].fields}});
  for (std::size_t begin = 0; begin < parents.size(); begin += parents_per_call) {
    std::string keys;
    for (std::size_t i = begin; i < std::min(parents.size(), begin + parents_per_call); ++i)
      keys += (keys.empty() ? "" : ",") + std::to_string(parents[i]);
    Table some = list;
    some.query.emplace_back(parameter, keys);
    const ListCall call{*http_, pool_, clock_, some, decoder, given_, *read_.source};
    append(batch, co_await read_whole(call, read_.base_path, std::nullopt));
  }
  batch.parents.insert(batch.parents.end(), parents.begin(), parents.end());
}

std::string RestReader::page_target(std::size_t range) const {
  QueryParameters query = walk_->query(pass_.ranges[range]);
  if (!lookups_.empty()) {
    const QueryParameters& filter = lookups_[range].filter;
    query.insert(query.end(), filter.begin(), filter.end());
  }
  return request_target(read_.base_path, table(), read_.request.lanes, query);
}

std::string RestReader::place(std::size_t range) const {
  std::string out = table().name;
  if (pass_.ranges.size() > 1) out += ", range " + std::to_string(range + 1);
  return out + ", " + describe(pass_.ranges[range]);
}

Json RestReader::finish() {
  if (pass_.mode == PassMode::backfill) return to_json(end_backfill(pass_));
  PassPosition between = between_passes(pass_);
  const Time read_until = pass_.started_at - read_.safety_lag;
  const bool is_torn = std::ranges::any_of(pass_.ranges, &RangePosition::torn);
  between.cursor = pass_.cursor ? std::max(*pass_.cursor, read_until) : read_until;
  // What slipped through is looked for by the next pass.
  if (is_torn && pass_.mode == PassMode::incremental) between.cursor = pass_.cursor;
  between.swept_at = pass_.is_sweep && !is_torn ? pass_.started_at : pass_.swept_at;
  if (counted_) between.shortfall = compare_counts(*counted_, records_shown(), pass_.shortfall);
  // Nothing says that yet another read would be worth it.
  if (!counted_ && pass_.mode == PassMode::reread && between.shortfall) between.shortfall->is_settled = true;
  // Who does not know how far back the table reaches claims no more than what is wanted now.
  const bool shows_changes_only = pass_.mode == PassMode::incremental;
  if (table().increment && (!shows_changes_only || !between.read_from))
    between.read_from = reaching_back(between.read_from, shows_changes_only ? read_.request.start_date : pass_.since);
  return to_json(between);
}

bool RestReader::shows_everything() const {
  if (!lookups_.empty()) return false;
  return pass_.mode == PassMode::snapshot || pass_.mode == PassMode::reload ||
         (pass_.mode == PassMode::initial && !has_changes());
}

bool RestReader::is_complete_pass() const {
  const bool has_an_end = shows_everything() || !lookups_.empty();
  return has_an_end && std::ranges::all_of(pass_.ranges, is_whole);
}

/// Whether the pass goes through every record that the list has, or has from the start date on, and a record that it
/// lacks is lost: what is only walked for the rows below it is walked anew each time, unless it shows its changes.
bool RestReader::is_to_be_counted() const {
  const bool goes_through_all = pass_.mode != PassMode::incremental && pass_.mode != PassMode::backfill;
  const auto& lanes = read_.request.lanes;
  const bool has_rows_itself = std::ranges::find(lanes, &table(), &Lane::table) != lanes.end();
  return goes_through_all && lookups_.empty() && (has_rows_itself || has_changes());
}

std::int64_t RestReader::records_shown() const {
  std::int64_t shown = 0;
  for (const RangePosition& range : pass_.ranges) shown += range.shown;
  return shown;
}

/// `shown`: what the first answer says. Where it never does, only a count of its own tells.
Task<void> RestReader::begin_counting(std::optional<std::int64_t> shown) {
  pass_.total = shown;
  if (!shown && !table().count_path.empty() && is_to_be_counted()) pass_.total = co_await count_records();
}

Task<std::optional<RecordTotal>> RestReader::total() {
  if (!pass_.total || !is_to_be_counted() || !std::ranges::all_of(pass_.ranges, is_whole)) co_return std::nullopt;
  const auto now = last_total_ ? last_total_ : co_await count_records();
  if (now) counted_ = RecordTotal{std::min(*pass_.total, *now), std::max(*pass_.total, *now)};
  co_return counted_;
}

/// By the source's own count. That it does not say is no reason not to read.
Task<std::optional<std::int64_t>> RestReader::count_records() {
  std::string target = count_target({WholePlace{}});
  if (target.empty()) target = request_target(read_.base_path, table(), {}, walk_->largest_key_query());
  co_return co_await ask_count(*http_, clock_, std::move(target));
}

/// Counts what is at the range and behind it; empty where nothing does, or a page in the midst of it is asked for.
std::string RestReader::count_target(const RangePosition& range) const {
  if (table().count_path.empty() || !lookups_.empty() || numbered_page(range) != 1) return {};
  Table list = table();
  list.path = list.count_path;
  list.query.clear();
  return request_target(read_.base_path, list, {}, walk_->filter(range));
}

}  // namespace sluice
