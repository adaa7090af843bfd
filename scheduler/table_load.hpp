#pragma once
// One read into its tables: fetchers walk the ranges of a list side by side, one writer stages their pages and commits
// them in batches together with the position they lead to. While a batch is merged, the next pages are being fetched.

#include "connectors/connector.hpp"
#include "core/blocking_pool.hpp"
#include "scheduler/page_queue.hpp"
#include "scheduler/read_ahead.hpp"
#include "scheduler/row_counts.hpp"
#include "storage/destination.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace sluice {

struct BatchLimits {
  std::size_t rows = 25'000;
  std::size_t bytes = 48 * 1024 * 1024;
  Duration age{10'000};
};

/// True sums since the load began, as of a commit.
struct LoadProgress {
  std::vector<Counters> counters;  // per table
  std::vector<std::int64_t> rows;  // live rows per table
  Json position;
  ReadStats reads;
  std::vector<RowBatch> oddities;        // per table since the last commit: new fields and values set aside, no rows
  std::optional<RowCounts> counts = {};  // at the end of a complete pass: of the carrier
};

enum class LoadEnd {
  complete,  // the pass was read to its end and is durable
  stopped    // wound down: what was read is durable, the rest is for the next time
};

/// What a load is told of the pass that it makes.
struct PassRole {
  bool resumes = false;                     // the pass was begun before
  bool absence_counts = false;              // what a pass over everything does not show is gone
  std::optional<Time> from;                 // such a pass shows records that changed then or later
  std::optional<std::size_t> carrier = {};  // the table whose list is walked, if it is one of those that are filled
  bool is_counted = false;                  // what the list lacks of its source's own count is looked for
};

class TableLoad {
 public:
  using OnCommit = std::function<Task<void>(const LoadProgress&)>;

  TableLoad(BlockingPool& pool, Clock& clock, BatchLimits limits);

  /// Throws what reader, writer or `on_commit` throw; pages read before a reader's failure are committed first.
  Task<LoadEnd> run(TableReader& reader, BatchWriter& writer, PassRole role, OnCommit on_commit);

  /// Stop reading, commit the batch at hand.
  void wind_down();
  /// Stop at once; nothing further is committed.
  void abort();

 private:
  Task<void> fetch(TableReader& reader, std::size_t range);
  Task<void> write(TableReader& reader, BatchWriter& writer, const PassRole& role, const OnCommit& on_commit);
  Task<void> ask_total(TableReader& reader);
  Task<void> commit(TableReader& reader, BatchWriter& writer, BatchWriter::Commit batch, const OnCommit& on_commit);
  void start_fetchers(TableReader& reader, std::size_t ranges, const boost::asio::any_io_executor& executor);
  boost::asio::cancellation_slot new_fetcher_slot();
  void cancel_fetchers();
  void note_oddities(const std::vector<RowBatch>& batches);
  bool is_time_to_commit(const BatchWriter& writer) const;
  Duration longest_wait_for_a_page() const;

  BlockingPool& pool_;
  Clock& clock_;
  BatchLimits limits_;
  std::unique_ptr<PageQueue> queue_;
  std::optional<ReadAhead> ahead_;
  Event made_durable_;
  std::vector<std::unique_ptr<boost::asio::cancellation_signal>> fetchers_;
  std::exception_ptr fetch_failure_;
  LoadProgress progress_;
  std::optional<RecordTotal> total_;  // at the end of a complete pass
  std::size_t pages_in_batch_ = 0;
  SteadyTime batch_began_{};
  SteadyTime committed_at_{};
  bool winding_down_ = false;
  bool aborted_ = false;
};

}  // namespace sluice
