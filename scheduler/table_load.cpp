#include "scheduler/table_load.hpp"

#include "core/error.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

namespace asio = boost::asio;

namespace {

/// Read while a batch is merged, so that the writer finds work when it comes back: about 10 MB.
constexpr std::size_t pages_ahead = 24;

}  // namespace

TableLoad::TableLoad(BlockingPool& pool, Clock& clock, BatchLimits limits)
    : pool_(pool), clock_(clock), limits_(limits) {}

Task<LoadEnd> TableLoad::run(TableReader& reader, BatchWriter& writer, PassRole role, OnCommit on_commit) {
  if (winding_down_ && !aborted_) co_return LoadEnd::stopped;
  if (aborted_) throw Error(ErrorKind::cancelled, "read.cancelled", "the load was stopped");
  const auto outcome = co_await attempt(write(reader, writer, role, on_commit));
  // However it ended, nobody may still use the reader when it goes.
  if (queue_) {
    queue_->close();
    cancel_fetchers();
    co_await queue_->wait_for_producers();
  }
  if (aborted_) throw Error(ErrorKind::cancelled, "read.cancelled", "the load was stopped");
  if (!outcome && winding_down_ && to_error(outcome.failure()).kind() == ErrorKind::cancelled)
    co_return LoadEnd::stopped;
  if (!outcome) std::rethrow_exception(outcome.failure());
  if (fetch_failure_ && !winding_down_) std::rethrow_exception(fetch_failure_);
  co_return winding_down_ ? LoadEnd::stopped : LoadEnd::complete;
}

Task<void> TableLoad::write(TableReader& reader, BatchWriter& writer, const PassRole& role, const OnCommit& on_commit) {
  const auto executor = co_await asio::this_coro::executor;
  // A call of its own, so that it can be cancelled without cancelling the writer.
  progress_.position = co_await asio::co_spawn(executor, reader.begin(),
                                               asio::bind_cancellation_slot(new_fetcher_slot(), asio::use_awaitable));
  const std::size_t ranges = progress_.position.at("ranges").size();
  queue_ = std::make_unique<PageQueue>(std::max(ranges, pages_ahead));
  ahead_.emplace(ranges);
  start_fetchers(reader, ranges, executor);

  BatchWriter::Commit batch;
  batch.snapshot = role.absence_counts && reader.shows_everything();
  batch.starts_snapshot = batch.snapshot && !role.resumes;
  batch.snapshot_from = role.from;
  committed_at_ = clock_.steady_now();
  while (!aborted_ && !queue_->is_drained()) {
    auto page = co_await queue_->pop(longest_wait_for_a_page());
    if (page) {
      ahead_->staged(page->range);
      if (pages_in_batch_++ == 0) batch_began_ = clock_.steady_now();
      co_await pool_.run([&writer, &page] { writer.append(page->batches); });
      note_oddities(page->batches);
      progress_.position["ranges"][page->range] = std::move(page->range_position);
    }
    if (!aborted_ && is_time_to_commit(writer)) {
      co_await commit(reader, writer, batch, on_commit);
      batch.starts_snapshot = false;
    }
  }
  if (role.is_counted && !aborted_ && !winding_down_ && !fetch_failure_) co_await ask_total(reader);
  if (aborted_) co_return;
  if (!winding_down_ && !fetch_failure_) {
    if (total_) batch.counted_lane = role.carrier;
    progress_.position = reader.finish();
    batch.ends_pass = true;
    batch.ends_snapshot = batch.snapshot && reader.is_complete_pass();
  }
  co_await commit(reader, writer, batch, on_commit);
}

Task<void> TableLoad::ask_total(TableReader& reader) {
  const auto executor = co_await asio::this_coro::executor;
  // A call of its own, as in the beginning. It fails only when it is cancelled, and whoever does that says so.
  const auto outcome = co_await attempt(
      asio::co_spawn(executor, reader.total(), asio::bind_cancellation_slot(new_fetcher_slot(), asio::use_awaitable)));
  if (outcome) total_ = outcome.value();
}

void TableLoad::note_oddities(const std::vector<RowBatch>& batches) {
  progress_.oddities.resize(batches.size());
  for (std::size_t i = 0; i < batches.size(); ++i) {
    RowBatch& noted = progress_.oddities[i];
    for (const NewField& field : batches[i].new_fields) {
      if (std::ranges::find(noted.new_fields, field.name, &NewField::name) == noted.new_fields.end())
        noted.new_fields.push_back(field);
    }
    for (const Reject& reject : batches[i].rejects) {
      if (reject.row_kept && std::ranges::find(noted.rejects, reject.field, &Reject::field) == noted.rejects.end())
        noted.rejects.push_back(reject);
    }
  }
}

bool TableLoad::is_time_to_commit(const BatchWriter& writer) const {
  if (pages_in_batch_ == 0) return false;
  const SteadyTime now = clock_.steady_now();
  // The source is slower than the destination: what there is, is made durable, now and then.
  if (queue_->is_empty() && now - committed_at_ >= ahead_->rest()) return true;
  return writer.rows_in_batch() >= limits_.rows || writer.bytes_in_batch() >= limits_.bytes ||
         now - batch_began_ >= limits_.age;
}

Duration TableLoad::longest_wait_for_a_page() const {
  if (pages_in_batch_ == 0) return limits_.age;
  const auto rested = std::chrono::duration_cast<Duration>(clock_.steady_now() - committed_at_);
  return std::clamp(ahead_->rest() - rested, Duration{0}, limits_.age);
}

Task<void> TableLoad::commit(TableReader& reader, BatchWriter& writer, BatchWriter::Commit batch,
                             const OnCommit& on_commit) {
  batch.position = progress_.position;
  const SteadyTime began = clock_.steady_now();
  const auto results = co_await pool_.run([&writer, &batch] { return writer.commit(batch); });
  pages_in_batch_ = 0;
  committed_at_ = clock_.steady_now();
  ahead_->committed(std::chrono::duration_cast<Duration>(committed_at_ - began));
  made_durable_.notify();
  progress_.counters.resize(results.size());
  progress_.rows.resize(results.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    progress_.counters[i] += results[i].counters;
    progress_.rows[i] = results[i].rows;
    if (results[i].counted) progress_.counts = RowCounts{total_.value(), *results[i].counted};
  }
  progress_.reads = reader.stats();
  co_await on_commit(progress_);
  progress_.oddities.clear();
}

Task<void> TableLoad::fetch(TableReader& reader, std::size_t range) {
  while (!winding_down_ && !fetch_failure_) {
    if (!ahead_->may_fetch(range)) {
      co_await made_durable_.wait(limits_.age);
      continue;
    }
    const SteadyTime asked = clock_.steady_now();
    auto page = co_await reader.next(range);
    if (!page) co_return;
    ahead_->fetched(range, std::chrono::duration_cast<Duration>(clock_.steady_now() - asked));
    co_await queue_->push(std::move(*page));
  }
}

void TableLoad::start_fetchers(TableReader& reader, std::size_t ranges, const asio::any_io_executor& executor) {
  for (std::size_t range = 0; range < ranges; ++range) {
    queue_->add_producer();
    asio::co_spawn(executor, fetch(reader, range),
                   asio::bind_cancellation_slot(new_fetcher_slot(), [this](std::exception_ptr failure) {
                     // The first failure ends the read; the others stop after the page they are at.
                     if (failure && !fetch_failure_) fetch_failure_ = std::move(failure);
                     queue_->remove_producer();
                   }));
  }
}

asio::cancellation_slot TableLoad::new_fetcher_slot() {
  return fetchers_.emplace_back(std::make_unique<asio::cancellation_signal>())->slot();
}

void TableLoad::cancel_fetchers() {
  for (const auto& signal : fetchers_) signal->emit(asio::cancellation_type::terminal);
}

void TableLoad::wind_down() {
  winding_down_ = true;
  cancel_fetchers();
}

void TableLoad::abort() {
  aborted_ = true;
  if (queue_) queue_->close();
  cancel_fetchers();
}

}  // namespace sluice
