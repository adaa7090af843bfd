// What two looks at a source say of the rows at a destination.
#include "storage/key_comparison.hpp"

#include "core/time.hpp"
#include "tests/integration/storage/destination_fixture.hpp"

namespace sluice {
namespace {

struct Seen {
  std::int64_t id;
  std::string changed = "2026-01-01T00:00:00Z";
};

RowBatch keys(const std::vector<Seen>& rows) {
  RowBatch batch;
  for (const Seen& row : rows) {
    batch.rows.begin_row(2);
    batch.rows.put_bigint(row.id);
    batch.rows.put_timestamptz(
        std::chrono::floor<std::chrono::microseconds>(*parse_iso8601(row.changed)).time_since_epoch().count());
    batch.rows.end_row();
    batch.key_hashes.push_back(static_cast<std::uint64_t>(row.id));
  }
  return batch;
}

Table dated_customers() {
  Table table = customers_table();
  table.fields.push_back(field("modified", ColumnType::timestamptz));
  return table;
}

class Comparison : public DestinationFixture {
 protected:
  ComparisonPlan plan() const {
    ComparisonPlan made{.table = dated};
    made.fields = {&dated_source.fields.front(), &dated_source.fields.back()};
    made.asked_by = "id";
    made.changed = "modified";
    made.cursor = parse_iso8601("2026-02-01");
    return made;
  }
  void fill(const std::string& live, const std::string& dead = "") {
    connection = open();
    connection->prepare({dated});
    connection->take_over({dated}, 1);
    const auto insert = [this](const std::string& ids, const std::string& deleted) {
      if (ids.empty()) return;
      sql("insert into shop.acme_customers (id, modified, _sluice_synced_at, _sluice_job_id, _sluice_deleted_at) "
          "select unnest('{" +
          ids + "}'::bigint[]), '2026-01-01', now(), 'job_0', " + deleted);
    };
    insert(live, "null");
    insert(dead, "now()");
  }
  static void show(std::unique_ptr<BatchWriter> look, const RowBatch& batch) {
    look->append({batch});
    look->commit({});
  }

  const Table dated_source = dated_customers();
  const DestinationTable dated = destination_of(dated_source);
  std::unique_ptr<DestinationConnection> connection;
};

/// "source destination, missing: keys, surplus: keys, newer"
std::string described(KeyComparison& comparison, const KeyDifferences& found) {
  const auto list = [](const Json& keys) {
    std::string text;
    for (const Json& key : keys) text += (text.empty() ? "" : ",") + key.at("id").dump();
    return text;
  };
  return std::to_string(found.source_rows) + " " + std::to_string(found.destination_rows) +
         ", missing: " + list(comparison.missing_keys(10)) + ", surplus: " + list(comparison.surplus_keys(10)) +
         ", newer: " + std::to_string(found.newer);
}

TEST_F(Comparison, believes_what_both_looks_show) {
  struct Case {
    const char* name;
    std::string live;
    std::string dead;
    std::vector<Seen> first;
    std::vector<Seen> second;
    const char* found;
  };
  const std::vector<Case> cases{
      {"equal", "1,2", "", {{1}, {2}}, {}, "2 2, missing: , surplus: , newer: 0"},
      {"both are empty", "", "", {}, {}, "0 0, missing: , surplus: , newer: 0"},
      {"a key shown twice counts once", "1", "", {{1}, {1}}, {}, "1 1, missing: , surplus: , newer: 0"},
      {"missing", "1", "", {{1}, {2}}, {{2}}, "2 1, missing: 2, surplus: , newer: 0"},
      {"marked as deleted is missing", "1", "2", {{1}, {2}}, {{2}}, "2 1, missing: 2, surplus: , newer: 0"},
      {"gone meanwhile is not missing", "1", "", {{1}, {2}}, {}, "2 1, missing: , surplus: , newer: 0"},
      {"newer than the checkpoint is not missing",
       "1",
       "",
       {{1}, {2}},
       {{2, "2026-02-01T00:00:01Z"}},
       "2 1, missing: , surplus: , newer: 1"},
      {"as old as the checkpoint is missing",
       "1",
       "",
       {{1}, {2}},
       {{2, "2026-02-01T00:00:00Z"}},
       "2 1, missing: 2, surplus: , newer: 0"},
      {"changed between the looks",
       "1",
       "",
       {{1}, {2}},
       {{2}, {2, "2026-03-01T00:00:00Z"}},
       "2 1, missing: , surplus: , newer: 1"},
      {"surplus", "1,2,3", "4", {{1}, {3}}, {}, "2 3, missing: , surplus: 2, newer: 0"},
      {"moved while it was read is not surplus", "1,2", "", {{1}}, {{2}}, "1 2, missing: , surplus: , newer: 0"},
      {"both kinds", "1,2", "", {{2}, {3}}, {{2}, {3}}, "2 2, missing: 3, surplus: 1, newer: 0"},
  };

  for (const Case& one : cases) {
    fill(one.live, one.dead);
    const auto comparison = KeyComparison::make(*connection, plan());
    show(comparison->first_look(), keys(one.first));
    comparison->compare();
    show(comparison->second_look(false), keys(one.second));

    EXPECT_EQ(described(*comparison, comparison->judge()), one.found) << one.name;
    sql("delete from shop.acme_customers");
  }
}

TEST_F(Comparison, judges_no_rows_from_before_the_start_date) {
  fill("1,2");
  sql("update shop.acme_customers set modified = '2020-01-01' where id = 1");
  ComparisonPlan since = plan();
  since.judged = JudgedRows::changed_since_start;
  since.start = parse_iso8601("2025-01-01");
  const auto comparison = KeyComparison::make(*connection, since);

  show(comparison->first_look(), {});

  const KeyDifferences found = comparison->compare();
  EXPECT_EQ(described(*comparison, found), "0 2, missing: , surplus: 2, newer: 0");
  EXPECT_EQ(found.not_judged, 1);
  EXPECT_EQ(comparison->keys_to_ask(false, 10), std::vector<std::int64_t>{2});
  EXPECT_EQ(comparison->keys_to_ask(true, 10), std::nullopt);
  EXPECT_EQ(comparison->keys_to_ask(false, 0), std::nullopt) << "too many to ask for";
}

TEST_F(Comparison, goes_by_the_parents_of_rows_without_a_date) {
  connection = open();
  connection->prepare({remarks});
  connection->take_over({remarks}, 1);
  // Customer 1 is as it was, 2 changed after the checkpoint, 3 was not shown: it is older than the start date.
  sql("insert into shop.acme_customer_notes (id, customer_id, _sluice_synced_at, _sluice_job_id) values "
      "(10, 1, now(), 'job_0'), (11, 1, now(), 'job_0'), (20, 2, now(), 'job_0'), (30, 3, now(), 'job_0')");
  const Table& customers_list = dated_source;
  ComparisonPlan by_parent{.table = remarks};
  by_parent.fields = {&notes_source.fields[0], &notes_source.fields[1]};
  by_parent.asked_by = by_parent.parent = "customer_id";
  by_parent.parents = Lane{&customers_list, {&customers_list.fields.front(), &customers_list.fields.back()}};
  by_parent.judged = JudgedRows::of_shown_parents;
  by_parent.cursor = parse_iso8601("2026-02-01");
  const auto comparison = KeyComparison::make(*connection, by_parent);
  const auto shown = [](const std::vector<std::pair<std::int64_t, std::int64_t>>& rows) {
    RowBatch batch;
    for (const auto& [id, parent] : rows) {
      batch.rows.begin_row(2);
      batch.rows.put_bigint(id);
      batch.rows.put_bigint(parent);
      batch.rows.end_row();
      batch.key_hashes.push_back(static_cast<std::uint64_t>(id));
    }
    batch.parents = {1, 2};
    return batch;
  };

  show(comparison->first_look(), shown({{10, 1}, {12, 1}, {21, 2}}));
  const KeyDifferences at_first = comparison->compare();
  const auto look = comparison->second_look(true);
  look->append({keys({{1}, {2, "2026-03-01T00:00:00Z"}}), shown({{10, 1}, {12, 1}, {21, 2}})});
  const KeyDifferences found = comparison->judge();

  EXPECT_EQ(at_first.missing, 2);
  EXPECT_EQ(at_first.surplus, 2);
  EXPECT_EQ(at_first.not_judged, 1);
  EXPECT_EQ(described(*comparison, found), "3 4, missing: 12, surplus: 11, newer: 2");
}

TEST_F(Comparison, settles_surplus_rows_behind_the_fence) {
  fill("1,2");
  sql("update _sluice.checkpoint set rows = 77, position = '{\"page\": 1}'");
  const auto comparison = KeyComparison::make(*connection, plan());
  show(comparison->first_look(), keys({{1}}));
  comparison->compare();
  show(comparison->second_look(false), {});
  comparison->judge();

  EXPECT_EQ(error_of([&] { comparison->settle(JobId("job_1"), 0, {{"page", 1}}, true); }),
            "conflict destination.fenced");
  const auto result = comparison->settle(JobId("job_1"), 1, {{"page", 1}}, true);

  EXPECT_EQ(summary(result), "0 0 0 1, 1");
  EXPECT_EQ(sql("select string_agg(id::text, ',') from shop.acme_customers where _sluice_deleted_at is not null"), "2");
  EXPECT_EQ(sql("select rows || (position ->> 'page') from _sluice.checkpoint"), "11") << "counted, not reckoned";
  EXPECT_EQ(comparison->repaired().surplus, 1);
}

TEST_F(Comparison, removes_rows_of_a_table_whose_deletes_are_hard) {
  fill("1,2");
  ComparisonPlan hard = plan();
  hard.table.deletes = DeletePolicy::hard;
  const auto comparison = KeyComparison::make(*connection, hard);
  show(comparison->first_look(), keys({{1}}));
  comparison->compare();

  comparison->settle(JobId("job_1"), 1, nullptr, true);

  EXPECT_EQ(sql("select string_agg(id::text, ',') from shop.acme_customers"), "1");
}

TEST_F(Comparison, refuses_to_remove_more_than_a_sweep_would) {
  fill("1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20");
  const auto comparison = KeyComparison::make(*connection, plan());
  std::vector<Seen> most;
  for (std::int64_t id = 4; id <= 20; ++id) most.push_back({id});
  show(comparison->first_look(), keys(most));
  comparison->compare();

  EXPECT_EQ(error_of([&] { comparison->settle(JobId("job_1"), 1, nullptr, true); }),
            "data destination.too_many_deletes");
  EXPECT_EQ(sql("select count(*) from shop.acme_customers where _sluice_deleted_at is null"), "20");
}

TEST_F(Comparison, leaves_nothing_behind) {
  fill("1");
  {
    const auto comparison = KeyComparison::make(*connection, plan());
    show(comparison->first_look(), keys({{1}}));
    comparison->compare();
  }
  connection.reset();

  EXPECT_EQ(sql("select count(*) from pg_class where relname like 'sluice_%' and relkind = 'r'"), "0");
}

}  // namespace
}  // namespace sluice
