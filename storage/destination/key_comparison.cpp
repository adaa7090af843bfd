#include "storage/key_comparison.hpp"

#include "storage/destination/connection.hpp"
#include "storage/destination/key_comparison_sql.hpp"
#include "storage/destination/snapshot.hpp"
#include "storage/destination/table_sql.hpp"

#include <utility>

namespace sluice {
namespace {

/// One table of keys, and how rows get into it.
struct KeyLane {
  std::string copy;
  std::string parents;  // takes the keys of the parents seen; "": nobody asks
};

/// Takes keys as a load takes rows.
class KeyNotes final : public BatchWriter {
 public:
  KeyNotes(PgConnection& connection, std::vector<KeyLane> lanes)
      : connection_(connection), lanes_(std::move(lanes)), noted_(lanes_.size()) {}

  void append(const std::vector<RowBatch>& batches) override {
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      const RowBatch& batch = batches[i];
      Counters& noted = noted_[i].counters;
      noted.read += static_cast<std::int64_t>(batch.rows.rows() + batch.rejects.size());
      noted.rejected += static_cast<std::int64_t>(batch.rejects.size());
      rows_ += batch.rows.rows();
      if (!lanes_[i].parents.empty() && !batch.parents.empty())
        connection_.exec(lanes_[i].parents, {pg_array(batch.parents)});
      if (batch.rows.rows() == 0) continue;
      connection_.begin_copy(lanes_[i].copy);
      connection_.put_copy(batch.rows.bytes());
      connection_.end_copy();
    }
  }
  std::size_t rows_in_batch() const override { return rows_; }
  std::size_t bytes_in_batch() const override { return 0; }
  std::vector<Result> commit(const Commit&) override {
    rows_ = 0;
    return std::exchange(noted_, std::vector<Result>(lanes_.size()));
  }

 private:
  PgConnection& connection_;
  std::vector<KeyLane> lanes_;
  std::vector<Result> noted_;
  std::size_t rows_ = 0;
};

class PostgresComparison final : public KeyComparison {
 public:
  PostgresComparison(PgConnection& connection, ComparisonPlan plan)
      : connection_(connection), plan_(std::move(plan)), shape_(merge_shape(plan_.table, 0)) {}

  std::unique_ptr<BatchWriter> first_look() override {
    connection_.exec(create_keys_sql(shown_keys, plan_.fields));
    KeyLane lane{copy_keys_sql(shown_keys, plan_.fields), {}};
    if (plan_.judged == JudgedRows::of_shown_parents) {
      connection_.exec("drop table if exists " + std::string(shown_parents) + "; create table " + shown_parents +
                       " (key bigint)");
      lane.parents = "insert into " + std::string(shown_parents) + " select unnest($1::bigint[])";
    }
    return notes({std::move(lane)});
  }

  std::unique_ptr<BatchWriter> second_look(bool with_parents) override {
    connection_.exec(create_keys_sql(shown_again_keys, plan_.fields));
    std::vector<KeyLane> lanes;
    if (with_parents) lanes.push_back(new_parents());
    lanes.push_back({copy_keys_sql(shown_again_keys, plan_.fields), {}});
    return notes(std::move(lanes));
  }

  std::unique_ptr<BatchWriter> parents_look() override { return notes({new_parents()}); }

  KeyDifferences compare() override {
    connection_.exec("analyze " + std::string(shown_keys));
    connection_.exec(find_missing_sql(plan_, shape_));
    connection_.exec(find_surplus_sql(plan_, shape_));
    const PgRows counts = connection_.exec(count_keys_sql(plan_, shape_));
    found_.source_rows = counts.number(0, 0);
    found_.destination_rows = counts.number(0, 1);
    found_.not_judged = counts.number(0, 1) - counts.number(0, 2);
    return count();
  }

  KeyDifferences judge() override {
    connection_.exec(drop_unconfirmed_sql(shape_));
    found_.newer = 0;
    for (const std::string& sql : {drop_newer_missing_sql(plan_, shape_), drop_newer_surplus_sql(plan_)}) {
      if (!sql.empty()) found_.newer += connection_.exec(sql).affected();
    }
    return count();
  }

  std::optional<std::vector<std::int64_t>> keys_to_ask(bool only_missing, std::size_t most) override {
    if (plan_.asked_by.empty()) return std::nullopt;
    const std::string column = quote_name(plan_.asked_by);
    std::string sql = "select " + column + " from " + missing_rows;
    if (!only_missing) sql += " union all select " + column + " from " + std::string(surplus_rows);
    const PgRows rows = connection_.exec("select distinct " + column + " from (" + sql + ") as d where " + column +
                                         " is not null limit " + std::to_string(most + 1));
    if (rows.size() == 0 || rows.size() > static_cast<int>(most)) return std::nullopt;
    std::vector<std::int64_t> keys;
    for (int row = 0; row < rows.size(); ++row) keys.push_back(rows.number(row, 0));
    return keys;
  }

  Json missing_keys(std::size_t most) override { return keys(missing_rows, most); }
  Json surplus_keys(std::size_t most) override { return keys(surplus_rows, most); }

  BatchWriter::Result settle(const JobId& job, std::int64_t epoch, const Json& position,
                             bool removes_surplus) override {
    return in_transaction(connection_, [&] {
      const TableStanding standing = hold_fence(connection_, {plan_.table}, epoch).front();
      TableAdvance done{job, {}, 0, standing.pass_began_with};
      if (removes_surplus) {
        check_plausible();
        done.counters.deleted = connection_.exec(mark_surplus_sql(shape_), {job.str()}).affected();
        if (plan_.table.deletes == DeletePolicy::hard) connection_.exec(purge_sql(shape_, plan_.table));
      }
      // Counted, not reckoned: what was changed by hand was never counted.
      done.rows = connection_.exec(count_surplus_sql(shape_)).number(0, 0);
      advance_checkpoints(connection_, {plan_.table}, position, {done});
      return BatchWriter::Result{done.counters, done.rows};
    });
  }

  Repaired repaired() override {
    const PgRows counts = connection_.exec(count_repaired_sql(shape_));
    return {counts.number(0, 0), counts.number(0, 1)};
  }

 private:
  std::unique_ptr<BatchWriter> notes(std::vector<KeyLane> lanes) {
    return std::make_unique<KeyNotes>(connection_, std::move(lanes));
  }

  KeyLane new_parents() {
    connection_.exec(create_keys_sql(parent_dates, plan_.parents->fields));
    return {copy_keys_sql(parent_dates, plan_.parents->fields), {}};
  }

  KeyDifferences count() {
    const auto rows_of = [this](const char* name) {
      return connection_.exec("select count(*) from " + std::string(name)).number(0, 0);
    };
    found_.missing = rows_of(missing_rows);
    found_.surplus = rows_of(surplus_rows);
    return found_;
  }

  Json keys(const char* name, std::size_t most) {
    return Json::parse(connection_.exec(list_keys_sql(name, shape_, most)).text(0, 0));
  }

  void check_plausible() {
    const PgRows counts = connection_.exec(count_surplus_sql(shape_));
    if (are_deletes_plausible(counts.number(0, 0), 0, counts.number(0, 1), counts.is_true(0, 2))) return;
    throw Error(ErrorKind::data, "destination.too_many_deletes",
                "the source does not have " + std::to_string(counts.number(0, 1)) + " of " +
                    std::to_string(counts.number(0, 0)) + " live rows of " + plan_.table.schema.str() + "." +
                    plan_.table.name.str() +
                    ", which looks like a fault of the source: none was removed. If those rows are really gone, "
                    "reload the table with mode swap, which asks no more");
  }

  PgConnection& connection_;
  ComparisonPlan plan_;
  MergeShape shape_;
  KeyDifferences found_;
};

}  // namespace

std::unique_ptr<KeyComparison> KeyComparison::make(DestinationConnection& connection, ComparisonPlan plan) {
  auto& postgres = dynamic_cast<PostgresDestination&>(connection);
  return std::make_unique<PostgresComparison>(postgres.connection(), std::move(plan));
}

}  // namespace sluice
