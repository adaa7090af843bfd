// Reloads: rows beside a table, put in its place, and back.
#include "tests/integration/storage/destination_fixture.hpp"

namespace sluice {
namespace {

class DestinationGenerations : public DestinationFixture {
 protected:
  void SetUp() override {
    load(customers_between(1, 40), {{{"cursor", "old"}}});
    sql("create role reports; grant select on shop.acme_customers to reports; "
        "comment on column shop.acme_customers.spent is 'mine'; create index mine on shop.acme_customers (email); "
        "create view shop.big as select * from shop.acme_customers where spent > 1");
  }
  void TearDown() override { sql("drop owned by reports; drop role reports"); }

  /// Reads 3 customers beside the table.
  DestinationTable filled_beside() {
    const DestinationTable next = beside(people, JobId("job_1"));
    const auto connection = open();
    connection->prepare({next, people});
    connection->take_over({next, people}, 2);
    const auto loading = writer(*connection, {next}, 2);
    loading->append({customers({{1, "new", "5"}, {2, "new", "7"}, {50, "new", "0"}})});
    loading->commit({{{"cursor", "new"}}});
    return next;
  }
  std::string rows() { return sql("select count(*) || ' ' || max(email) from shop.acme_customers"); }
  std::string position() {
    return sql("select position ->> 'cursor' || ' ' || rows from _sluice.checkpoint where table_name = 'customers'");
  }
};

TEST_F(DestinationGenerations, leave_the_table_alone_until_they_replace_its_rows) {
  const DestinationTable next = filled_beside();
  EXPECT_EQ(rows(), "40 a@b.c");

  open()->replace(people, next, 2);

  EXPECT_EQ(rows(), "3 new");
  EXPECT_EQ(position(), "new 3");
  EXPECT_EQ(sql("select count(*) from _sluice.tables where table_name = 'customers/reload'"), "0");
  EXPECT_EQ(sql("select count(*) from pg_class where relname like 'reload_job%'"), "0");
}

TEST_F(DestinationGenerations, take_along_the_rows_below_those_that_are_gone) {
  const auto replace = [&] {
    const DestinationTable next = filled_beside();
    DestinationTable target = people;
    target.followers = {{remarks.name, "customer_id"}};
    open()->replace(target, next, 2);
  };
  replace();  // nothing is there yet that follows
  open()->prepare({remarks});
  sql("insert into shop.acme_customer_notes (id, customer_id, _sluice_synced_at, _sluice_job_id) values "
      "(7, 1, now(), 'j'), (8, 49, now(), 'j'), (9, 99, now(), 'j'); "
      "update _sluice.checkpoint set rows = 3 where table_name = 'customer_notes'; "
      "insert into shop.acme_customers (id, _sluice_synced_at, _sluice_job_id) values (49, now(), 'j')");

  replace();

  EXPECT_EQ(sql("select string_agg(id::text, ' ' order by id) from shop.acme_customer_notes "
                "where _sluice_deleted_at is null"),
            "7 9")
      << "customer 49 went with this reload; of customer 99 nothing was ever known";
  EXPECT_EQ(sql("select rows from _sluice.checkpoint where table_name = 'customer_notes'"), "2");
}

TEST_F(DestinationGenerations, what_hangs_on_the_table_stays) {
  open()->replace(people, filled_beside(), 2);

  EXPECT_EQ(sql("select has_table_privilege('reports', 'shop.acme_customers', 'select')::text"), "true");
  EXPECT_EQ(sql("select count(*) from pg_indexes where indexname = 'mine'"), "1");
  EXPECT_EQ(sql("select count(*) from shop.big"), "2");
}

TEST_F(DestinationGenerations, readers_see_all_old_rows_or_all_new_ones) {
  const DestinationTable next = filled_beside();
  const auto reading = open();
  EXPECT_EQ(sql("begin isolation level repeatable read; select count(*) from shop.acme_customers"), "40");
  open()->replace(people, next, 2);
  EXPECT_EQ(rows(), "3 new");
}

TEST_F(DestinationGenerations, go_back_to_what_was_kept_and_its_position) {
  EXPECT_EQ(open()->kept(people), std::nullopt);
  open()->replace(people, filled_beside(), 2);
  ASSERT_TRUE(open()->kept(people));
  EXPECT_EQ(open()->kept(people)->rows, 40);

  open()->roll_back(people, 3);

  EXPECT_EQ(rows(), "40 a@b.c");
  EXPECT_EQ(position(), "old 40");
  EXPECT_EQ(error_of([&] { open()->roll_back(people, 4); }), "missing destination.nothing_kept");
}

TEST_F(DestinationGenerations, go_back_on_the_bookkeeping_of_an_older_sluice) {
  open()->replace(people, filled_beside(), 2);
  sql("alter table _sluice.checkpoint drop column job_id, drop column before_job");

  open()->roll_back(people, 3);

  EXPECT_EQ(position(), "old 40");
}

TEST_F(DestinationGenerations, a_newer_owner_is_not_overrun) {
  const DestinationTable next = filled_beside();
  open()->take_over({people}, 9);
  EXPECT_EQ(error_of([&] { open()->replace(people, next, 2); }), "conflict destination.fenced");
  EXPECT_EQ(rows(), "40 a@b.c");
}

TEST_F(DestinationGenerations, what_an_earlier_reload_left_goes_with_the_next) {
  filled_beside();
  open()->prepare({beside(people, JobId("job_2")), people});
  EXPECT_EQ(sql("select string_agg(name, ',') from _sluice.tables where table_name like '%/reload'"), "reload_job_2");
  sql("drop view shop.big");
  open()->drop({people});
  EXPECT_EQ(sql("select count(*) from _sluice.tables"), "0");
}

TEST_F(DestinationGenerations, kept_rows_are_forgotten_in_time) {
  open()->replace(people, filled_beside(), 2);
  EXPECT_EQ(open()->forget_kept(SystemClock().now() - std::chrono::hours(1)), 0);
  EXPECT_EQ(open()->forget_kept(SystemClock().now() + std::chrono::hours(1)), 1);
  EXPECT_EQ(open()->kept(people), std::nullopt);
}

TEST_F(DestinationGenerations, foreign_keys_of_others_are_told) {
  EXPECT_TRUE(open()->references_to(people).empty());
  sql("create table shop.loyalty (customer bigint constraint buyer references shop.acme_customers)");
  EXPECT_EQ(open()->references_to(people), std::vector<std::string>{"shop.loyalty (buyer)"});
}

}  // namespace
}  // namespace sluice
