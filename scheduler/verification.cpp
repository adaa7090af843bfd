#include "scheduler/verification.hpp"

#include "core/error.hpp"
#include "scheduler/comparison_plan.hpp"
#include "scheduler/run_lease.hpp"

#include <utility>

namespace sluice {
namespace {

/// How many of each are listed; the totals are exact.
constexpr std::size_t most_keys_listed = 1000;
/// With more records to ask for, the list is read as a whole.
constexpr std::size_t most_keys_asked = 5000;

/// Records out of their turn must not move the table's position, nor say anything of those that were not asked for.
class OutOfTurn final : public BatchWriter {
 public:
  OutOfTurn(std::unique_ptr<BatchWriter> writer, Json position)
      : writer_(std::move(writer)), position_(std::move(position)) {}

  void append(const std::vector<RowBatch>& batches) override { writer_->append(batches); }
  std::size_t rows_in_batch() const override { return writer_->rows_in_batch(); }
  std::size_t bytes_in_batch() const override { return writer_->bytes_in_batch(); }
  std::vector<Result> commit(const Commit&) override {
    Commit rows_only;
    rows_only.position = position_;
    return writer_->commit(rows_only);
  }

 private:
  std::unique_ptr<BatchWriter> writer_;
  Json position_;
};

}  // namespace

Verification::Verification(const SchedulerContext& context, const SchedulerSettings& settings, Source& source,
                           VerificationWork work, const Log& log)
    : context_(context),
      settings_(settings),
      source_(source),
      work_(work),
      log_(log),
      list_(walked_list(work.catalogue, *work.table.table)),
      plan_(plan_comparison(work.catalogue, work.table, work.claimed.integration.start_date, work.checkpoint.position)),
      counters_(work.before) {}

Verification::~Verification() = default;

Task<LoadEnd> Verification::run() {
  connection_ = co_await context_.pool.run([this] {
    auto connection =
        DestinationConnection::open(work_.address, SessionOwner{work_.claimed.integration.id, work_.claimed.epoch});
    comparison_ = KeyComparison::make(*connection, plan_);
    return connection;
  });
  const auto outcome = co_await attempt(compare());
  // Closing a connection waits for the server; that is the pool's work. Nobody else may reach it meanwhile.
  auto connection = std::move(connection_);
  co_await context_.pool.run([this, &connection] {
    comparison_.reset();
    connection.reset();
  });
  if (!outcome) std::rethrow_exception(outcome.failure());
  co_return outcome.value() ? LoadEnd::complete : LoadEnd::stopped;
}

Task<std::optional<VerificationOutcome>> Verification::compare() {
  auto writer = co_await context_.pool.run([this] { return comparison_->first_look(); });
  if (!co_await look(request_for({keys_lane()}, {}), std::move(writer))) co_return std::nullopt;
  VerificationOutcome outcome;
  outcome.repairs = work_.job.repairs;
  outcome.has_dates = plan_.has_dates();
  outcome.surplus_kept = surplus_kept(work_.table);
  outcome.found = co_await context_.pool.run([this] { return comparison_->compare(); });
  if (outcome.found.missing + outcome.found.surplus > 0) {
    log_.info("some keys seem to differ, looking again",
              {{"missing", outcome.found.missing}, {"surplus", outcome.found.surplus}});
    if (!co_await look_again()) co_return std::nullopt;
    outcome.found = co_await context_.pool.run([this] { return comparison_->judge(); });
  }
  co_await context_.pool.run([this, &outcome] {
    outcome.missing_keys = comparison_->missing_keys(most_keys_listed);
    outcome.surplus_keys = comparison_->surplus_keys(most_keys_listed);
  });
  co_await keep(outcome);
  if (outcome.repairs && !outcome.is_equal() && !co_await repair(outcome)) co_return std::nullopt;
  log_.info("table verified", {{"equal", outcome.is_equal()},
                               {"source_rows", outcome.found.source_rows},
                               {"destination_rows", outcome.found.destination_rows},
                               {"missing", outcome.found.missing},
                               {"surplus", outcome.found.surplus},
                               {"newer", outcome.found.newer},
                               {"repaired", outcome.repaired.missing + outcome.repaired.surplus}});
  co_return std::optional(std::move(outcome));
}

/// At the records that differ, or at all where they cannot be asked for.
Task<bool> Verification::look_again() {
  auto keys = co_await context_.pool.run([this] { return comparison_->keys_to_ask(false, most_keys_asked); });
  const std::vector<std::int64_t> only = keys ? *std::move(keys) : std::vector<std::int64_t>();
  const bool has_dates_inside = plan_.parents && !work_.table.table->is_per_parent();
  std::vector<Lane> lanes;
  if (has_dates_inside) lanes.push_back(*plan_.parents);
  lanes.push_back(keys_lane());
  auto writer =
      co_await context_.pool.run([this, has_dates_inside] { return comparison_->second_look(has_dates_inside); });
  if (!co_await look(request_for(std::move(lanes), only), std::move(writer))) co_return false;
  if (!plan_.parents || has_dates_inside) co_return true;
  auto parents = co_await context_.pool.run([this] { return comparison_->parents_look(); });
  co_return co_await look(request_for({*plan_.parents}, only), std::move(parents));
}

Task<bool> Verification::repair(VerificationOutcome& outcome) {
  if (outcome.found.missing > 0 && !co_await load_missing()) co_return false;
  const bool removes = outcome.found.surplus > 0 && outcome.surplus_kept == SurplusKept::no;
  const auto settled = co_await attempt(context_.pool.run([this, removes] {
    return comparison_->settle(work_.job.id, work_.claimed.epoch, work_.checkpoint.position, removes);
  }));
  if (!settled) {
    const Error error = to_error(settled.failure());
    if (error.code() == "destination.too_many_deletes") outcome.surplus_kept = SurplusKept::too_many;
  }
  outcome.repaired = co_await context_.pool.run([this] { return comparison_->repaired(); });
  if (settled) {
    const BatchWriter::Result& result = settled.value();
    counters_ += result.counters;
    const TableProgress now{counters_, result.rows, work_.checkpoint.position, {}};
    co_await context_.pool.run([this, &now] {
      if (!context_.queue.record_progress(work_.claimed.run.id, work_.claimed.epoch, work_.job.id, now))
        throw run_lost();
    });
  }
  co_await keep(outcome);
  if (!settled) std::rethrow_exception(settled.failure());
  co_return true;
}

/// As a load would bring them.
Task<bool> Verification::load_missing() {
  auto keys = co_await context_.pool.run([this] { return comparison_->keys_to_ask(true, most_keys_asked); });
  const std::vector<std::int64_t> only = keys ? *std::move(keys) : std::vector<std::int64_t>();
  const Lane whole{work_.table.table, work_.table.fields};
  std::unique_ptr<BatchWriter> writer = co_await context_.pool.run([this]() -> std::unique_ptr<BatchWriter> {
    return std::make_unique<OutOfTurn>(
        BatchWriter::make(*connection_, {work_.table}, {work_.job.id}, work_.claimed.epoch), work_.checkpoint.position);
  });
  co_return co_await look(request_for({whole}, only), std::move(writer));
}

Task<bool> Verification::look(ReadRequest request, std::unique_ptr<BatchWriter> writer) {
  const auto outcome = co_await attempt(read(std::move(request), *writer));
  co_await context_.pool.run([&writer] { writer.reset(); });
  if (!outcome) std::rethrow_exception(outcome.failure());
  co_return outcome.value();
}

/// False: wound down.
Task<bool> Verification::read(ReadRequest request, BatchWriter& writer) {
  load_ = std::make_unique<TableLoad>(context_.pool, context_.clock,
                                      BatchLimits{settings_.batch_rows, settings_.batch_bytes, settings_.batch_age});
  if (winding_down_) load_->wind_down();
  if (aborted_) load_->abort();
  reader_ = source_.read(std::move(request));
  read_before_ = counters_;
  const LoadEnd end = co_await load_->run(*reader_, writer, PassRole{},
                                          [this](const LoadProgress& progress) { return count(progress); });
  if (end == LoadEnd::stopped) co_return false;
  if (!reader_->is_complete_pass()) {
    throw Error(ErrorKind::transient, "source.list_moved",
                "rows of " + list_.name + " moved too often while they were read to tell which there are");
  }
  co_return true;
}

/// The table is in the last lane.
Task<void> Verification::count(const LoadProgress& progress) {
  Counters done = progress.counters.back();
  done.calls = progress.reads.calls;
  done.bytes = progress.reads.bytes;
  done.throttled = progress.reads.throttled;
  counters_ = read_before_;
  counters_ += done;
  TableProgress now{counters_, 0, nullptr, reader_->expected_records()};
  now.is_visible = false;
  co_await context_.pool.run([this, &now] {
    if (!context_.queue.record_progress(work_.claimed.run.id, work_.claimed.epoch, work_.job.id, now)) throw run_lost();
  });
}

Task<void> Verification::keep(const VerificationOutcome& outcome) {
  const Json found = to_json(outcome);
  co_await context_.pool.run([this, &found] {
    if (!context_.queue.record_verification(work_.claimed.run.id, work_.claimed.epoch, work_.job.id, found))
      throw run_lost();
  });
}

/// All that a load from the beginning would read; nothing is remembered of it.
ReadRequest Verification::request_for(std::vector<Lane> lanes, std::vector<std::int64_t> only) const {
  ReadRequest request{&list_, std::move(lanes), nullptr, work_.claimed.integration.start_date};
  request.is_reload = true;
  request.only = std::move(only);
  return request;
}

Lane Verification::keys_lane() const { return {work_.table.table, plan_.fields}; }

void Verification::wind_down() {
  winding_down_ = true;
  if (load_) load_->wind_down();
}

void Verification::abort() {
  aborted_ = true;
  if (load_) load_->abort();
  if (connection_) connection_->cancel();
}

}  // namespace sluice
