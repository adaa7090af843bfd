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

}  // namespace
}  // namespace sluice
