#pragma once
// Reads one REST list from a position to its end: a walk says what to ask, the HTTP stack asks it, the pool decodes the
// answer, and each page goes out with the position that becomes true once its rows are durable.

#include "connectors/connector.hpp"
#include "connectors/http/layers.hpp"
#include "connectors/rest/list_call.hpp"
#include "connectors/rest/lookup.hpp"
#include "connectors/rest/position.hpp"
#include "connectors/rest/walk.hpp"
#include "core/blocking_pool.hpp"
#include "core/error.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// What is to be read, and how.
struct RestRead {
  std::string base_path;  // in front of a table's path, "/stores/abc123"
  std::string account;    // what "@account" gives
  ReadRequest request;
  std::size_t ranges = 4;                            // how many ranges of one first load are read side by side, at most
  Duration safety_lag{60'000};                       // how far behind the source's clock the cursor stays
  Duration sweep_interval = std::chrono::hours(24);  // how often a list that shows changes only is looked at as a whole
  std::shared_ptr<Credibility> source = std::make_shared<Credibility>();
};

/// What reading under each parent asks of the walk over the parents.
struct ParentWalk {
  std::vector<MemberPath> captures;  // members of each parent to give out
  Duration deep_look_back{0};        // a sweep reads again this far back
  bool changes_inside = false;       // the rows below have a date filter of their own
};

/// A page together with what was captured of its records.
struct ParentPage {
  Page page;
  std::vector<std::vector<std::string>> parents;
};

class RestReader final : public TableReader {
 public:
  /// `http` throws what transport and throttling throw; a status is judged here. `stats` is what the HTTP stack counts.
  RestReader(std::unique_ptr<HttpClient> http, std::shared_ptr<const RequestStats> stats, BlockingPool& pool,
             Clock& clock, RestRead read, ParentWalk parents = {});

  Task<Json> begin() override;
  Task<std::optional<Page>> next(std::size_t range) override;
  Json finish() override;
  bool shows_everything() const override;
  bool is_complete_pass() const override;
  Task<std::optional<ParentPage>> next_parents(std::size_t range);
  const PassPosition& pass() const noexcept { return pass_; }
  std::optional<std::int64_t> expected_records() const override { return pass_.total; }
  Task<std::optional<RecordTotal>> total() override;
  ReadStats stats() const override { return {stats_->calls, stats_->bytes, stats_->throttled}; }

 private:
  Task<void> plan(const std::optional<PassPosition>& previous);
  Task<void> plan_ranges();
  Task<ListAnswer> ask(std::string target, std::optional<int> page, std::optional<std::size_t> range = {});
  bool is_to_be_counted() const;
  Task<void> begin_counting(std::optional<std::int64_t> shown);
  Task<std::optional<std::int64_t>> count_records();
  std::string count_target(const RangePosition& range) const;
  std::int64_t records_shown() const;
  Stake stake(std::optional<std::size_t> range) const;
  bool counts_itself() const;
  Task<void> complete(std::size_t lane, RowBatch& batch);
  Task<ParentPage> read_page(std::size_t range);
  bool is_sweep_due(const std::optional<PassPosition>& previous) const;
  /// Spreads the questions over the ranges; false: there are none, and the whole list is read.
  bool plan_lookups();
  void next_lookup(std::size_t range);
  bool has_changes() const { return table().increment || parents_.changes_inside; }
  std::string page_target(std::size_t range) const;
  std::string place(std::size_t range) const;
  const Table& table() const { return *read_.request.carrier; }

  std::unique_ptr<HttpClient> http_;
  std::shared_ptr<const RequestStats> stats_;
  BlockingPool& pool_;
  Clock& clock_;
  RestRead read_;
  ParentWalk parents_;
  PageDecoder decoder_;
  std::vector<std::string> given_;
  std::optional<Walk> walk_;  // from begin on
  PassPosition pass_;
  struct RangeLookups {
    QueryParameters filter;   // of the question at hand
    std::deque<Lookup> left;  // those behind it
  };
  std::vector<RangeLookups> lookups_;       // per range; empty: the list is walked
  std::optional<ListAnswer> first_page_;    // of range 0, when planning asked for it
  std::optional<std::int64_t> last_total_;  // that a page gave of the whole list
  std::optional<RecordTotal> counted_;      // of the whole list, once all of it was shown
};

}  // namespace sluice
