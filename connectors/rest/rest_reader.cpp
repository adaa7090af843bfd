#include "connectors/rest/rest_reader.hpp"

#include "connectors/rest/target.hpp"
#include "connectors/rest/verdict.hpp"
#include "core/backoff.hpp"
#include "core/time.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

// How often one page is asked for when its text comes broken.
constexpr int most_readings = 3;

PassMode mode_of(const Table& table, bool was_read_before) {
  if (!was_read_before) return PassMode::initial;
  return table.increment ? PassMode::incremental : PassMode::snapshot;
}

/// What a pass need not look at because it is older.
std::optional<Time> since_of(const Table& table, const std::optional<PassPosition>& previous,
                             const std::optional<Time>& start_date) {
  if (!table.increment || !previous || !previous->cursor) return start_date;
  // A filter that knows only days does not say in which time zone: a day more covers all of them.
  const Duration look_back = std::max(table.increment->look_back, table.increment->granularity);
  const Time since = *previous->cursor - look_back;
  return start_date ? std::max(since, *start_date) : since;
}

std::optional<Time> date_of(const HttpResponse& response) {
  const auto date = response.headers.find("Date");
  return date ? parse_rfc2822(*date) : std::nullopt;
}

}  // namespace

RestReader::RestReader(std::unique_ptr<HttpClient> http, std::shared_ptr<const RequestStats> stats, BlockingPool& pool,
                       Clock& clock, RestRead read)
    : http_(std::move(http)),
      stats_(std::move(stats)),
      pool_(pool),
      clock_(clock),
      read_(std::move(read)),
      decoder_(*read_.request.carrier, read_.request.lanes) {}

Task<Json> RestReader::begin() {
  const auto previous = parse_pass_position(read_.request.position);
  if (previous && !previous->ranges.empty()) {
    pass_ = *previous;
    walk_.emplace(table(), pass_.since);
    co_return to_json(pass_);
  }
  try {
    co_await plan(previous);
  } catch (const Error& error) {
    throw error.within(table().name + ", beginning");
  }
  co_return to_json(pass_);
}

Task<void> RestReader::plan(const std::optional<PassPosition>& previous) {
  pass_ = previous.value_or(PassPosition{});
  pass_.mode = mode_of(table(), previous.has_value());
  pass_.since = table().increment ? since_of(table(), previous, read_.request.start_date) : std::nullopt;
  walk_.emplace(table(), pass_.since);

  if (pass_.mode == PassMode::initial && read_.ranges > 1 && walk_->can_split()) {
    const Answer answer = co_await ask(request_target(read_.base_path, table(), {}, walk_->largest_key_query()));
    const PageFacts& facts = answer.page.facts;
    pass_.started_at = answer.served_at;
    expected_ = facts.total;
    pass_.ranges = walk_->split(facts.first_key.value_or(1), read_.ranges);
    // A list without records is read already.
    if (facts.records == 0) pass_.ranges.front().done = true;
    co_return;
  }
  const bool follows_changes = pass_.mode == PassMode::incremental && walk_->can_follow_changes();
  pass_.ranges = {follows_changes ? walk_->changes() : walk_->whole()};
  // The first page is asked for here, because its answer shows the source's clock.
  first_page_ = co_await ask(page_target(0));
  pass_.started_at = first_page_->served_at;
  expected_ = first_page_->page.facts.total;
}

Task<std::optional<Page>> RestReader::next(std::size_t range) {
  if (pass_.ranges.at(range).done) co_return std::nullopt;
  try {
    Page page = co_await read_page(range);
    co_return std::optional<Page>(std::move(page));
  } catch (const Error& error) {
    throw error.within(place(range));
  }
}

Task<Page> RestReader::read_page(std::size_t range) {
  Answer answer;
  if (range == 0 && first_page_) {
    answer = std::move(*first_page_);
    first_page_.reset();
  } else {
    answer = co_await ask(page_target(range));
  }
  const PageFacts& facts = answer.page.facts;
  RangePosition position = walk_->advance(pass_.ranges[range], facts, pass_.largest_page);
  pass_.largest_page = std::max(pass_.largest_page, facts.records);
  pass_.ranges[range] = std::move(position);
  co_return Page{range, to_json(pass_.ranges[range]), std::move(answer.page.batches), facts.records};
}

Task<RestReader::Answer> RestReader::ask(std::string target) {
  for (int reading = 1;; ++reading) {
    HttpRequest request;
    request.target = target;
    const HttpResponse response = co_await http_->send(std::move(request));
    const Verdict verdict = judge(response);
    Answer answer;
    answer.served_at = date_of(response).value_or(clock_.now());
    if (verdict.action == Action::end) {
      answer.page.batches.resize(read_.request.lanes.size());
      co_return answer;
    }
    if (verdict.action != Action::use) throw failure(verdict);

    auto decoded = co_await attempt(pool_.run([this, &response] { return decoder_.decode(response.body); }));
    if (decoded) {
      answer.page = std::move(decoded).take();
      co_return answer;
    }
    // A text that was cut on its way is whole the next time.
    const Error error = to_error(decoded.failure());
    if (error.kind() != ErrorKind::transient || reading == most_readings) throw error;
    co_await clock_.sleep(backoff_delay(Backoff{}, reading, random_unit()));
  }
}

Error RestReader::failure(const Verdict& verdict) const {
  std::string message = verdict.detail;
  if (verdict.code == "source.scope_missing" && !table().scopes.empty()) {
    message = "the access token may not read " + table().name + ": it lacks the scope " + table().scopes.front() +
              "; create credentials that have it and authenticate again";
  } else if (verdict.kind == ErrorKind::auth) {
    message = "the source refused the access token; check that it was not revoked, and authenticate again";
  } else if (message.empty()) {
    message = "the source did not answer with a list";
  }
  const bool is_throttled = verdict.action == Action::wait;
  return {is_throttled ? ErrorKind::throttled : verdict.kind, verdict.code, message};
}

std::string RestReader::page_target(std::size_t range) const {
  return request_target(read_.base_path, table(), read_.request.lanes, walk_->query(pass_.ranges[range]));
}

std::string RestReader::place(std::size_t range) const {
  std::string out = table().name;
  if (pass_.ranges.size() > 1) out += ", range " + std::to_string(range + 1);
  return out + ", " + describe(pass_.ranges[range]);
}

Json RestReader::finish() {
  PassPosition between;
  const Time read_until = pass_.started_at - read_.safety_lag;
  between.cursor = pass_.cursor ? std::max(*pass_.cursor, read_until) : read_until;
  between.largest_page = pass_.largest_page;
  return to_json(between);
}

bool RestReader::is_complete_pass() const {
  return !table().increment && std::all_of(pass_.ranges.begin(), pass_.ranges.end(),
                                           [](const RangePosition& range) { return range.done && !range.torn; });
}

}  // namespace sluice
