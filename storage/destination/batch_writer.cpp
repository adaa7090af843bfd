#include "storage/destination/batch_writer.hpp"

#include "storage/destination/connection.hpp"
#include "storage/destination/snapshot.hpp"
#include "storage/destination/table_sql.hpp"

#include <algorithm>
#include <cassert>

namespace sluice {
namespace {

// Whatever the planner believes of tables without statistics: rows are found through the key's index.
constexpr const char* begin_sql = "begin; set local enable_seqscan = off";

bool has_repeats(std::vector<std::uint64_t>& hashes) {
  std::sort(hashes.begin(), hashes.end());
  return std::adjacent_find(hashes.begin(), hashes.end()) != hashes.end();
}

constexpr std::int64_t few_lost_records = 10;

/// Whether so many records cannot be stored that the source, or our idea of it, must have changed: going on would mend
/// nothing and leave holes. A few are always borne, however small the batch.
bool are_too_many_lost(std::int64_t lost, std::int64_t read) { return lost > few_lost_records && lost * 100 > read; }

bool fills(const std::vector<DestinationTable>& tables, const std::string& name) {
  return std::any_of(tables.begin(), tables.end(),
                     [&name](const DestinationTable& table) { return table.table->name == name; });
}

}  // namespace

std::unique_ptr<BatchWriter> BatchWriter::make(DestinationConnection& connection, std::vector<DestinationTable> tables,
                                               std::vector<JobId> jobs, std::int64_t epoch) {
  auto& postgres = dynamic_cast<PostgresDestination&>(connection);
  return std::make_unique<StagedBatchWriter>(postgres.connection(), std::move(tables), std::move(jobs), epoch);
}

StagedBatchWriter::StagedBatchWriter(PgConnection& connection, std::vector<DestinationTable> tables,
                                     std::vector<JobId> jobs, std::int64_t epoch)
    : connection_(connection), epoch_(epoch), tables_(std::move(tables)) {
  assert(tables_.size() == jobs.size() && !tables_.empty());
  const auto registrations = find_registrations(connection_, tables_);
  connection_.exec("deallocate all");
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    const DestinationTable& table = tables_[i];
    if (!registrations[i] || registrations[i]->integration != table.integration.str()) {
      throw Error(ErrorKind::config, "destination.not_prepared",
                  "table " + table.schema.str() + "." + table.name.str() + " was not made by this integration");
    }
    Lane lane;
    lane.table = &table;
    lane.job = jobs[i];
    lane.shape = merge_shape(table, i);
    lane.registration = registrations[i]->number;
    lane.follows_parent_here = table.table->is_embedded() && fills(tables_, table.table->parent->table);
    connection_.exec(create_stage_sql(lane.shape));
    lanes_.push_back(std::move(lane));
  }
}

StagedBatchWriter::~StagedBatchWriter() { connection_.rollback(); }

std::int64_t StagedBatchWriter::Lane::lost() const { return std::ranges::count(rejects, false, &Reject::row_kept); }

template <class Work>
auto StagedBatchWriter::or_break(Work work) {
  if (broken_) {
    throw Error(ErrorKind::bug, "destination.writer_broken", "a batch of this writer failed; it takes no more");
  }
  try {
    return work();
  } catch (...) {
    broken_ = true;
    connection_.rollback();
    throw;
  }
}

void StagedBatchWriter::append(const std::vector<RowBatch>& batches) {
  assert(batches.size() == lanes_.size());
  or_break([&] {
    for (std::size_t i = 0; i < batches.size(); ++i) take(lanes_[i], batches[i], i == 0);
  });
}

void StagedBatchWriter::begin() {
  if (in_transaction_) return;
  connection_.exec(begin_sql);
  in_transaction_ = true;
}

void StagedBatchWriter::take(Lane& lane, const RowBatch& batch, bool streams) {
  const std::string_view rows = batch.rows.bytes();
  assert(batch.key_hashes.size() == batch.rows.rows());
  lane.staged += batch.rows.rows();
  lane.key_hashes.insert(lane.key_hashes.end(), batch.key_hashes.begin(), batch.key_hashes.end());
  lane.parents.insert(batch.parents.begin(), batch.parents.end());
  for (const Reject& reject : batch.rejects) {
    lane.rejects.push_back(reject);
    bytes_ += reject.raw.size();
  }
  // Pages of rejected records alone make a batch, too, or their reasons would wait for ever.
  rows_ += batch.rows.rows() + batch.rejects.size();
  bytes_ += rows.size();
  if (rows.empty()) return;
  if (!streams) {
    lane.waiting += rows;
    return;
  }
  begin();
  if (!copying_) connection_.begin_copy(copy_to_stage_sql(lane.shape));
  copying_ = true;
  connection_.put_copy(rows);
}

void StagedBatchWriter::finish_copies() {
  if (copying_) connection_.end_copy();
  copying_ = false;
  for (Lane& lane : lanes_) {
    if (lane.waiting.empty()) continue;
    connection_.begin_copy(copy_to_stage_sql(lane.shape));
    connection_.put_copy(lane.waiting);
    connection_.end_copy();
    lane.waiting.clear();
  }
}

std::vector<BatchWriter::Result> StagedBatchWriter::commit(const Commit& commit) {
  return or_break([&] {
    refuse_too_many_lost();
    begin();
    finish_copies();
    auto results = merge_all(commit);
    connection_.exec("commit");
    forget_batch();
    return results;
  });
}

/// The rows stay out and the checkpoint where it is; what came of the lost records is kept for whoever looks into it.
void StagedBatchWriter::refuse_too_many_lost() {
  for (const Lane& lane : lanes_) {
    const std::int64_t lost = lane.lost();
    const std::int64_t read = static_cast<std::int64_t>(lane.staged) + lost;
    if (!are_too_many_lost(lost, read)) continue;
    connection_.rollback();
    connection_.exec(begin_sql);
    hold_fence(connection_, tables_, epoch_);
    for (const Lane& each : lanes_) quarantine(connection_, *each.table, each.job, each.rejects);
    connection_.exec("commit");
    const auto first = std::ranges::find(lane.rejects, false, &Reject::row_kept);
    throw Error(ErrorKind::data, "source.too_many_rejected",
                lane.table->table->name + ": " + std::to_string(lost) + " of " + std::to_string(read) +
                    " records cannot be stored; the first, " +
                    (first->key.empty() ? "without a key" : "with the key " + quote_outside_text(first->key, 60)) +
                    ", because " + (first->field.empty() ? "it" : first->field) + " " + first->reason +
                    ". Nothing of this batch was loaded; _sluice.rejected has all of them as they came");
  }
}

std::vector<BatchWriter::Result> StagedBatchWriter::merge_all(const Commit& commit) {
  // Staging touched nobody's rows; from here on only the owner goes on, and holds the rows that say so.
  const auto standings = hold_fence(connection_, tables_, epoch_);
  std::vector<TableAdvance> advances;
  std::vector<Result> results;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (!met_before_ && standings[i].is_loaded) lanes_[i].expects_new_rows = false;
    advances.push_back(merge(lanes_[i], i, standings[i], commit));
    results.push_back({advances.back().counters, advances.back().rows});
    if (commit.counted_lane == i) results.back().counted = count(lanes_[i], advances.back(), commit.snapshot_from);
    if (commit.ends_pass) advances.back().pass_lost = 0;
  }
  met_before_ = true;
  advance_checkpoints(connection_, tables_, commit.position, advances);
  return results;
}

TableAdvance StagedBatchWriter::merge(Lane& lane, std::size_t number, const TableStanding& standing,
                                      const Commit& commit) {
  TableAdvance advance{lane.job, {}, standing.rows, standing.pass_began_with, standing.pass_lost + lane.lost()};
  Counters& done = advance.counters;
  done.rejected = static_cast<std::int64_t>(lane.rejects.size());
  done.read = static_cast<std::int64_t>(lane.staged) + lane.lost();

  if (lane.staged > 0) advance.rows += bring_in(lane, number, done);
  const std::int64_t orphans = mark_orphans(lane);
  done.deleted += orphans;
  advance.rows -= orphans;

  if (commit.ends_pass) {
    // Before what the pass did not show is counted: rows of parents that are gone are no surprise.
    const std::int64_t followers = follow_parents(lane);
    done.deleted += followers;
    advance.rows -= followers;
  }
  if (commit.snapshot && lane.table->deletes == DeletePolicy::off) {
    // Whoever looks again later must not take this pass's half of the keys for all of them.
    SnapshotPass::forget(connection_, lane.registration);
  } else if (commit.snapshot) {
    SnapshotPass pass(connection_, *lane.table, lane.shape, lane.registration, !lane.follows_parent_here,
                      commit.snapshot_from);
    if (commit.starts_snapshot) {
      pass.begin();
      advance.pass_began_with = standing.rows;
    }
    // Which rows those records are, is not known for sure: what this pass did not show may be there all the same.
    const bool is_whole = std::ranges::none_of(lanes_, [](const Lane& each) { return each.lost() > 0; });
    if (!is_whole) SnapshotPass::forget(connection_, lane.registration);
    const bool knows_all = pass.is_under_way();
    if (lane.staged > 0 && knows_all) pass.note();
    if (commit.ends_snapshot && knows_all) {
      const auto ending = pass.end(advance.pass_began_with, lane.job);
      lane.is_swept = true;
      done.deleted += ending.deleted;
      advance.rows = ending.live;
      advance.pass_began_with = 0;
    }
  }
  if (commit.ends_pass && lane.table->deletes == DeletePolicy::hard) scan(purge_sql(lane.shape, *lane.table), {});
  quarantine(connection_, *lane.table, lane.job, lane.rejects);
  return advance;
}

std::int64_t StagedBatchWriter::bring_in(Lane& lane, std::size_t number, Counters& done) {
  const Repeats repeats = has_repeats(lane.key_hashes) ? Repeats::possible : Repeats::none;
  const auto run = [&](const std::string& purpose, const auto& sql) {
    const std::string name = purpose + "_" + std::to_string(number);
    if (lane.prepared.insert(name).second) connection_.prepare(name, sql());
    return connection_.exec_prepared(name, {lane.job.str()});
  };
  std::int64_t became_live = 0;
  auto distinct = static_cast<std::int64_t>(lane.staged);
  if (lane.expects_new_rows && repeats == Repeats::none) {
    done.inserted = run("add", [&] { return add_new_sql(lane.shape); }).affected();
    became_live = done.inserted;
  }
  if (done.inserted < distinct) {
    const PgRows counts =
        run(repeats == Repeats::possible ? "merge_repeats" : "merge", [&] { return merge_sql(lane.shape, repeats); });
    done.inserted += counts.number(0, 0);
    done.updated = counts.number(0, 1);
    became_live += counts.number(0, 2);
    distinct = counts.number(0, 3);
  }
  done.unchanged = distinct - done.inserted - done.updated;
  lane.expects_new_rows = done.inserted * 2 >= distinct;
  return became_live;
}

std::int64_t StagedBatchWriter::mark_orphans(Lane& lane) {
  const Table& table = *lane.table->table;
  if (lane.table->deletes == DeletePolicy::off) return 0;
  if (table.deletes != DeleteKind::with_parent || !table.parent || lane.parents.empty()) return 0;
  const std::string parents = pg_array(std::vector<std::int64_t>(lane.parents.begin(), lane.parents.end()));
  return connection_.exec(mark_orphans_sql(lane.shape, quote_name(table.parent->key_field)), {lane.job.str(), parents})
      .affected();
}

std::int64_t StagedBatchWriter::follow_parents(Lane& lane) {
  const Table& table = *lane.table->table;
  if (!lane.table->parent || lane.table->deletes == DeletePolicy::off) return 0;
  const std::string parents = lane.table->schema.quoted() + "." + lane.table->parent->quoted();
  const std::string sql =
      follow_parents_sql(lane.shape, quote_name(table.parent->key_field), parents, quote_name(lane.table->parent_key));
  return scan(sql, {lane.job.str()});
}

std::int64_t StagedBatchWriter::scan(const std::string& sql, const PgParams& parameters) {
  connection_.exec("set local enable_seqscan = on");
  const auto affected = connection_.exec(sql, parameters).affected();
  connection_.exec("set local enable_seqscan = off");
  return affected;
}

RowCount StagedBatchWriter::count(const Lane& lane, const TableAdvance& advance, const std::optional<Time>& from) {
  // A filter that knows only days shows more rows than those from that time on.
  const auto& increment = lane.table->table->increment;
  const bool is_coarse = from && increment && increment->is_coarse();
  const std::string within = is_coarse ? "" : shown_since(*lane.table->table, from);
  connection_.exec("set local enable_seqscan = on");
  const PgRows counted = connection_.exec(count_live_sql(lane.shape, within));
  connection_.exec("set local enable_seqscan = off");
  return {counted.number(0, 0), advance.pass_lost, is_coarse || !lane.is_swept};
}

void StagedBatchWriter::forget_batch() {
  in_transaction_ = false;
  rows_ = 0;
  bytes_ = 0;
  for (Lane& lane : lanes_) {
    lane.staged = 0;
    lane.key_hashes.clear();
    lane.parents.clear();
    lane.rejects.clear();
  }
}

}  // namespace sluice
