// What is counted at a destination when a pass that showed everything ends.

#include "tests/integration/storage/destination_fixture.hpp"

#include "core/time.hpp"

namespace sluice {
namespace {

class DestinationCounts : public DestinationFixture {
 protected:
  using Commit = BatchWriter::Commit;
  /// Of a list that is looked at for what is gone.
  static Commit snapshot(bool starts, bool ends) {
    Commit commit{{{"page", 1}}, true, starts, ends};
    commit.ends_pass = ends;
    if (ends) commit.counted_lane = 0;
    return commit;
  }
  /// Of a first load: nobody looks for what is gone.
  static Commit first_load(bool ends) {
    Commit commit{{{"page", 1}}};
    commit.ends_pass = ends;
    if (ends) commit.counted_lane = 0;
    return commit;
  }
  static RowBatch losing(RowBatch batch, std::size_t records) {
    batch.rejects.assign(records, {"", "id", "is missing", "{}"});
    return batch;
  }
  /// "rows, lost", and whether there may be more.
  static std::string counted(const BatchWriter::Result& result) {
    if (!result.counted) return "nothing";
    const RowCount& count = *result.counted;
    return std::to_string(count.rows) + ", " + std::to_string(count.lost) + (count.may_hold_more ? ", or more" : "");
  }
};

TEST_F(DestinationCounts, are_taken_at_the_end_only) {
  EXPECT_EQ(counted(load(customers_between(1, 30), snapshot(true, false))), "nothing");
  EXPECT_EQ(counted(load(customers_between(31, 40), snapshot(false, true))), "40, 0");
}

TEST_F(DestinationCounts, leave_out_what_the_pass_did_not_show) {
  load(customers_between(1, 40), snapshot(true, true));

  EXPECT_EQ(counted(load(customers_between(2, 40), snapshot(true, true))), "39, 0");
}

TEST_F(DestinationCounts, are_of_rows_that_are_there_and_not_of_what_was_written) {
  load(customers_between(1, 30), snapshot(true, false));
  sql("delete from shop.acme_customers where id = 7");

  EXPECT_EQ(counted(load(customers_between(31, 40), snapshot(false, true))), "39, 0");
}

TEST_F(DestinationCounts, know_the_lost_records_of_the_whole_pass) {
  load(losing(customers_between(1, 30), 2), first_load(false));
  load(losing(customers_between(31, 40), 1), first_load(false));

  EXPECT_EQ(counted(load(customers_between(41, 50), first_load(true))), "50, 3, or more");
  EXPECT_EQ(counted(load(customers_between(1, 50), snapshot(true, true))), "50, 0") << "that was another pass";
}

TEST_F(DestinationCounts, may_hold_more_where_nobody_looks_for_what_is_gone) {
  load(customers_between(1, 40), first_load(true));
  DestinationTable kept = people;
  kept.deletes = DeletePolicy::off;

  EXPECT_EQ(counted(load_into(kept, customers_between(2, 40), snapshot(true, true))), "40, 0, or more");
}

TEST_F(DestinationCounts, begin_with_the_start_date_where_the_source_filters_by_it) {
  Table dated = customers_table();
  dated.fields.push_back(field("changed", ColumnType::timestamptz));
  dated.increment.emplace();
  dated.increment->field = "changed";
  const DestinationTable changing = destination_of(dated);
  load_into(changing, {}, first_load(false));
  sql("insert into shop.acme_customers (id, changed, _sluice_synced_at, _sluice_job_id) "
      "select n, timestamptz '2026-01-01T00:00:00Z' + n * interval '1 hour', now(), 'job_1' "
      "from generate_series(1, 100) as n");
  Commit end = first_load(true);
  end.snapshot_from = *parse_iso8601("2026-01-04T04:00:00Z");

  EXPECT_EQ(counted(load_into(changing, {}, end)), "25, 0, or more");
  dated.increment->granularity = std::chrono::days(1);
  EXPECT_EQ(counted(load_into(changing, {}, end)), "100, 0, or more") << "days let in more";
}

/// As it was made before anything was counted.
TEST_F(DestinationCounts, work_on_the_bookkeeping_of_an_older_sluice) {
  load(customers_between(1, 10), first_load(false));
  const auto forget = [this] {
    sql("alter table _sluice.checkpoint drop column pass_lost, drop column job_id, drop column before_job");
  };

  forget();
  open()->set_position(people, {{"page", 2}}, 1);
  EXPECT_EQ(sql("select position ->> 'page' from _sluice.checkpoint"), "2") << "set by hand";
  forget();
  EXPECT_EQ(counted(load(losing(customers_between(11, 20), 1), first_load(true))), "20, 1, or more");
}

}  // namespace
}  // namespace sluice
