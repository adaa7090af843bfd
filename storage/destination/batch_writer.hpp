#pragma once
// BatchWriter over libpq. Rows of the first table stream into its staging table by COPY while the pages come in, so
// that the server parses them meanwhile; a connection has room for one COPY only, so rows of the other tables wait in
// memory until the commit (they count in bytes_in_batch, which bounds them).

#include "storage/destination/bookkeeping.hpp"
#include "storage/destination/merge_sql.hpp"
#include "storage/destination/pg_connection.hpp"

#include <set>
#include <string>
#include <unordered_set>
#include <vector>

namespace sluice {

class StagedBatchWriter final : public BatchWriter {
 public:
  StagedBatchWriter(PgConnection& connection, std::vector<DestinationTable> tables, std::vector<JobId> jobs,
                    std::int64_t epoch);
  ~StagedBatchWriter() override;

  void append(const std::vector<RowBatch>& batches) override;
  std::size_t rows_in_batch() const override { return rows_; }
  std::size_t bytes_in_batch() const override { return bytes_; }
  std::vector<Result> commit(const Commit& commit) override;

 private:
  /// One table of the batch: what never changes, and what has come in since the last commit.
  struct Lane {
    const DestinationTable* table = nullptr;
    JobId job;
    MergeShape shape;
    std::int64_t registration = 0;
    bool follows_parent_here = false;  // its parent's table is filled by this writer, too
    bool expects_new_rows = true;
    std::set<std::string> prepared;  // names of the statements that bring rows in

    std::size_t staged = 0;
    std::string waiting;  // rows not sent yet
    std::vector<std::uint64_t> key_hashes;
    std::unordered_set<std::int64_t> parents;
    std::vector<Reject> rejects;
    bool is_swept = false;  // what a complete pass did not show was marked

    /// Records that became no row.
    std::int64_t lost() const;
  };

  void begin();
  void take(Lane& lane, const RowBatch& batch, bool streams);
  void finish_copies();
  void refuse_too_many_lost();
  std::int64_t follow_parents(Lane& lane);
  /// Runs what goes through all rows; returns how many it changed.
  std::int64_t scan(const std::string& sql, const PgParams& parameters);
  RowCount count(const Lane& lane, const TableAdvance& advance, const std::optional<Time>& from);
  std::vector<Result> merge_all(const Commit& commit);
  TableAdvance merge(Lane& lane, std::size_t number, const TableStanding& standing, const Commit& commit);
  /// Makes the staged rows rows of the table; returns how many became live.
  std::int64_t bring_in(Lane& lane, std::size_t number, Counters& done);
  std::int64_t mark_orphans(Lane& lane);
  void forget_batch();
  /// A batch that failed took pages with it: only a new writer knows where to go on.
  template <class Work>
  auto or_break(Work work);

  PgConnection& connection_;
  std::int64_t epoch_;
  std::vector<Lane> lanes_;
  std::vector<DestinationTable> tables_;
  bool in_transaction_ = false;
  bool copying_ = false;
  bool broken_ = false;
  bool met_before_ = false;
  std::size_t rows_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace sluice
