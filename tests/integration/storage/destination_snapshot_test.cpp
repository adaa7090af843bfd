#include "tests/integration/storage/destination_fixture.hpp"

namespace sluice {
namespace {

class DestinationSnapshot : public DestinationFixture {
 protected:
  using Commit = BatchWriter::Commit;
  static Commit whole() { return {{{"pass", "over"}}, true, true, true}; }
  static Commit begins() { return {{{"page", 1}}, true, true, false}; }
  static Commit goes_on() { return {{{"page", 2}}, true, false, false}; }
  static Commit ends() { return {{{"pass", "over"}}, true, false, true}; }

  std::string live_rows() { return sql("select count(*) from shop.acme_customers where _sluice_deleted_at is null"); }
  std::string key_tables() {
    return sql("select count(*) from pg_class where relnamespace = '_sluice'::regnamespace and relname like 'seen%'");
  }
};

TEST_F(DestinationSnapshot, marks_rows_that_a_complete_pass_did_not_show) {
  load(customers_between(1, 100), whole());

  const auto result = load(customers_between(3, 101), whole());

  EXPECT_EQ(summary(result), "1 0 98 2, 99");
  EXPECT_EQ(live_rows(), "99");
  EXPECT_EQ(key_tables(), "0");
}

TEST_F(DestinationSnapshot, marks_nothing_after_a_pass_that_lost_a_record) {
  load(customers_between(1, 100), whole());
  RowBatch without_one = customers_between(2, 50);
  without_one.rejects = {{"", "id", "is missing", "{}"}};
  load(without_one, begins());

  EXPECT_EQ(summary(load(customers_between(51, 99), ends())), "0 0 49 0, 100") << "that record may be row 1 or 100";
  EXPECT_EQ(live_rows(), "100");
  EXPECT_EQ(key_tables(), "0");
  EXPECT_EQ(summary(load(customers_between(2, 99), whole())), "0 0 98 2, 98") << "the next pass knows again";
}

TEST_F(DestinationSnapshot, survives_an_interruption_in_the_middle_of_a_pass) {
  load(customers_between(1, 100), whole());
  load(customers_between(1, 50), begins());
  load(customers_between(51, 80), goes_on());
  {
    const auto crashed = open();
    const auto loading = writer(*crashed, {people});
    loading->append({customers_between(81, 99)});
  }

  const auto result = load(customers_between(81, 95), ends());

  EXPECT_EQ(summary(result), "0 0 15 5, 95");
}

TEST_F(DestinationSnapshot, forgets_a_pass_that_was_begun_again) {
  load(customers_between(1, 30), whole());
  load(customers_between(1, 30), begins());
  load(customers_between(1, 10), begins());

  const auto result = load(customers_between(11, 29), ends());

  EXPECT_EQ(summary(result), "0 0 19 1, 29");
}

TEST_F(DestinationSnapshot, refuses_to_delete_more_than_a_tenth) {
  load(customers_between(1, 100), whole());

  EXPECT_EQ(error_of([&] { load(customers_between(12, 110), whole()); }), "data destination.too_many_deletes");
  EXPECT_THAT(message_of([&] { load(customers_between(12, 110), whole()); }), testing::HasSubstr("11 of 110"));
  EXPECT_EQ(sql("select count(*) from shop.acme_customers"), "100");
  EXPECT_EQ(sql("select position ->> 'pass' || rows from _sluice.checkpoint"), "over100");
}

TEST_F(DestinationSnapshot, is_not_fooled_by_many_new_rows) {
  load(customers_between(1, 100), whole());

  EXPECT_EQ(error_of([&] { load(customers_between(101, 5000), whole()); }), "data destination.too_many_deletes");
}

TEST_F(DestinationSnapshot, may_empty_a_small_table_but_not_on_an_empty_answer) {
  load(customers_between(1, 5), whole());

  EXPECT_EQ(error_of([&] { load(customers({}), whole()); }), "data destination.too_many_deletes");
  EXPECT_EQ(summary(load(customers({{1, "a@b.c"}}), whole())), "0 0 1 4, 1");
}

TEST_F(DestinationSnapshot, takes_an_empty_source_for_an_empty_table) {
  EXPECT_EQ(summary(load(customers({}), whole())), "0 0 0 0, 0");
}

TEST_F(DestinationSnapshot, deletes_the_children_of_vanished_parents) {
  const auto connection = open();
  connection->prepare({people, remarks});
  connection->take_over({people, remarks}, 1);
  const auto loading = writer(*connection, {people, remarks});
  loading->append({customers_between(1, 40), notes({{10, 1, "a"}, {11, 40, "b"}}, {1, 40})});
  loading->commit(whole());
  loading->append({customers_between(1, 39), notes({{10, 1, "a"}}, {1})});

  const auto results = loading->commit(whole());

  EXPECT_EQ(summary(results[0]), "0 0 39 1, 39");
  EXPECT_EQ(summary(results[1]), "0 0 1 1, 1");
}

TEST_F(DestinationSnapshot, judges_only_rows_that_the_pass_could_have_shown) {
  Table dated = customers_table();
  dated.fields.push_back(field("changed", ColumnType::timestamptz));
  dated.increment = Increment{"changed", "min", "", DateForm::iso8601, {}, std::chrono::seconds(1), Duration{0}};
  const DestinationTable table = destination_of(dated);
  const auto connection = open();
  connection->prepare({table});
  sql("insert into shop.acme_customers (id, changed, _sluice_synced_at, _sluice_job_id) values "
      "(1, '2020-01-01', now(), 'j'), (2, '2024-01-01', now(), 'j'), (3, null, now(), 'j')");
  connection->take_over({table}, 1);
  Commit pass = whole();
  pass.snapshot_from = Time(std::chrono::seconds(1'700'000'000));
  const auto loading = writer(*connection, {table});
  RowBatch shown;
  shown.rows.begin_row(5);
  shown.rows.put_bigint(4);
  for (int column = 1; column < 5; ++column) shown.rows.put_null();
  shown.rows.end_row();
  shown.key_hashes = {4};
  loading->append({shown});

  const auto results = loading->commit(pass);

  EXPECT_EQ(results[0].counters.deleted, 1);
  EXPECT_EQ(
      sql("select string_agg(id::text, ',' order by id) from shop.acme_customers where _sluice_deleted_at is null"),
      "1,3,4");
}

TEST_F(DestinationSnapshot, lets_rows_follow_parents_that_another_read_has_marked) {
  load(customers_between(1, 40), whole());
  Table asked_for = notes_table();
  asked_for.deletes = DeleteKind::snapshot;
  asked_for.parent->link = ParentLink::per_parent;
  DestinationTable below = destination_of(asked_for);
  below.parent = people.name;
  below.parent_key = "id";
  const auto connection = open();
  connection->prepare({people, below});
  connection->take_over({below}, 1);
  const auto loading = writer(*connection, {below});
  std::vector<Note> many;
  for (std::int64_t i = 1; i <= 30; ++i) many.push_back({i, i <= 20 ? 40 : 1, "a"});
  loading->append({notes(many, {})});
  loading->commit(whole());
  load(customers_between(1, 39), whole());
  loading->append({notes({many.begin() + 20, many.end()}, {})});
  Commit pass = whole();
  pass.ends_pass = true;

  const auto results = loading->commit(pass);

  EXPECT_EQ(summary(results[0]), "0 0 10 20, 10") << "two thirds go, but with their parent";
}

}  // namespace
}  // namespace sluice
