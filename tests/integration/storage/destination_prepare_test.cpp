#include "tests/integration/storage/destination_fixture.hpp"

#include <thread>

#include <unistd.h>

namespace sluice {
namespace {

class DestinationPrepare : public DestinationFixture {
 protected:
  void prepare(const std::vector<DestinationTable>& tables) { open()->prepare(tables); }

  /// The same database through a role that may do little.
  std::unique_ptr<DestinationConnection> open_as(const std::string& role) {
    DestinationAddress address = parse_connection_url(Secret(url));
    address.user = role;
    return DestinationConnection::open(address);
  }
  std::string make_role(const std::string& suffix) {
    const std::string role = "role_" + sql("select current_database()") + suffix;
    sql("create role " + role + " login");
    return role;
  }
};

TEST_F(DestinationPrepare, makes_typed_commented_tables_with_a_key) {
  prepare({people});

  EXPECT_EQ(sql("select string_agg(attname || ' ' || format_type(atttypid, atttypmod) || case when attnotnull then '!' "
                "else '' end, ', ' order by attnum)"
                " from pg_attribute where attrelid = 'shop.acme_customers'::regclass and attnum > 0"),
            "id bigint!, email text, spent numeric, profile jsonb, _sluice_synced_at timestamp with time zone!, "
            "_sluice_job_id text!, _sluice_deleted_at timestamp with time zone");
  EXPECT_EQ(sql("select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'shop.acme_customers'::regclass"),
            "PRIMARY KEY (id)");
  EXPECT_EQ(sql("select col_description('shop.acme_customers'::regclass, 2)"), "It's the address");
  EXPECT_EQ(
      sql("select obj_description('shop.acme_customers'::regclass)"),
      "Customers: People who bought; the shop's \"own\" words (kept by Sluice: integration int_a, table customers)");
}

TEST_F(DestinationPrepare, changes_nothing_the_second_time) {
  prepare({people, remarks});
  const std::string catalogue = "select md5(string_agg(c.xmin::text || c.oid, ',' order by c.oid)) from pg_class c";
  const std::string before = sql(catalogue);

  prepare({people, remarks});

  EXPECT_EQ(sql(catalogue), before);
}

TEST_F(DestinationPrepare, finds_children_by_their_parent) {
  prepare({remarks});

  EXPECT_EQ(
      sql("select count(*) from pg_indexes where tablename = 'acme_customer_notes' and indexdef like '%(customer_id)'"),
      "1");
}

TEST_F(DestinationPrepare, adds_columns_that_are_new) {
  DestinationTable narrow = people;
  narrow.fields.resize(2);
  prepare({narrow});
  load(customers({{1, "one", "1.5"}}));

  EXPECT_EQ(sql("select spent from shop.acme_customers"), "1.5");
}

TEST_F(DestinationPrepare, leaves_a_table_alone_that_was_there_before) {
  sql("create schema shop; create table shop.acme_customers (id bigint primary key, mine text); insert into "
      "shop.acme_customers values (1, 'x')");

  EXPECT_EQ(error_of([&] { prepare({people}); }), "config destination.foreign_table");
  open()->drop({people});
  EXPECT_EQ(sql("select mine from shop.acme_customers"), "x");
}

TEST_F(DestinationPrepare, leaves_the_tables_of_another_integration_alone) {
  prepare({people});
  const DestinationTable other = destination_of(customers_source, "int_b");

  EXPECT_EQ(error_of([&] { prepare({other}); }), "config destination.foreign_table");
  open()->drop({other});
  EXPECT_EQ(sql("select count(*) from shop.acme_customers"), "0");
}

TEST_F(DestinationPrepare, does_not_take_a_stranger_for_its_own_table) {
  prepare({people});
  sql("drop table shop.acme_customers; create table shop.acme_customers (id bigint primary key)");

  EXPECT_EQ(error_of([&] { prepare({people}); }), "config destination.foreign_table");
}

TEST_F(DestinationPrepare, starts_anew_when_its_table_was_dropped) {
  load(customers({{1, "one"}}));
  sql("drop table shop.acme_customers");

  prepare({people});

  const Checkpoint checkpoint = open()->take_over({people}, 2).front();
  EXPECT_TRUE(checkpoint.position.is_null());
  EXPECT_EQ(checkpoint.rows, 0);
}

TEST_F(DestinationPrepare, names_a_column_of_another_type) {
  prepare({people});
  sql("alter table shop.acme_customers alter spent type text");

  EXPECT_EQ(error_of([&] { prepare({people}); }), "config destination.column_type");
  EXPECT_THAT(message_of([&] { prepare({people}); }),
              testing::HasSubstr("\"spent\" of shop.acme_customers is text but must be numeric"));
}

TEST_F(DestinationPrepare, insists_on_its_primary_key) {
  prepare({people});
  sql("alter table shop.acme_customers drop constraint acme_customers_pkey");

  EXPECT_EQ(error_of([&] { prepare({people}); }), "config destination.primary_key");
}

TEST_F(DestinationPrepare, drops_its_own_tables_and_what_it_knew_of_them) {
  load(customers({{1, "one"}}), {{{"page", 1}}, true, true, false});

  open()->drop({people});

  EXPECT_EQ(sql("select to_regclass('shop.acme_customers') is null"), "t");
  EXPECT_EQ(sql("select (select count(*) from _sluice.tables) + (select count(*) from _sluice.checkpoint)"), "0");
  EXPECT_EQ(sql("select count(*) from pg_class where relnamespace = '_sluice'::regnamespace and relname like 'seen%'"),
            "0");
  open()->drop({people});
}

TEST_F(DestinationPrepare, can_be_done_by_several_at_once) {
  std::vector<std::string> errors(4);
  {
    std::vector<std::jthread> daemons;
    for (std::string& error : errors)
      daemons.emplace_back([&] { error = error_of([&] { prepare({people, remarks}); }); });
  }

  EXPECT_THAT(errors, testing::Each("nothing"));
}

TEST_F(DestinationPrepare, says_which_right_is_missing) {
  const std::string role = make_role("_poor");

  EXPECT_EQ(error_of([&] { open_as(role)->prepare({people}); }), "config destination.no_create_right");
  EXPECT_THAT(message_of([&] { open_as(role)->prepare({people}); }), testing::HasSubstr("to \"" + role + "\""));
  EXPECT_FALSE(open_as(role)->check(people.schema).can_create);
}

TEST_F(DestinationPrepare, needs_no_more_than_create_on_the_database) {
  const std::string role = make_role("_able");
  sql("grant create on database " + sql("select current_database()") + " to " + role);

  const auto connection = open_as(role);
  const DestinationCheck check = connection->check(people.schema);
  connection->prepare({people});
  connection->take_over({people}, 1);
  const auto loading = writer(*connection, {people});
  loading->append({customers({{1, "one"}})});

  EXPECT_EQ(summary(loading->commit({{{"page", 1}}}).front()), "1 0 0 0, 1");
  EXPECT_TRUE(check.can_create);
  EXPECT_THAT(check.warnings, testing::IsEmpty());
  EXPECT_EQ(check.user, role);
}

TEST_F(DestinationPrepare, warns_of_a_superuser) {
  EXPECT_THAT(open()->check(people.schema).warnings, testing::ElementsAre(testing::HasSubstr("superuser")));
}

TEST_F(DestinationPrepare, refuses_a_database_that_cannot_hold_every_text) {
  const std::string name = "ascii_" + std::to_string(getpid());
  sql("create database " + name + " encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C' template template0");
  const auto connection = DestinationConnection::open(parse_connection_url(Secret(TestPostgres::instance().url(name))));

  EXPECT_EQ(error_of([&] { connection->check(people.schema); }), "config destination.not_utf8");
  EXPECT_THAT(message_of([&] { connection->check(people.schema); }), testing::HasSubstr("encoding 'UTF8'"));
}

TEST_F(DestinationPrepare, keeps_hostile_column_names_apart) {
  Table source = customers_table();
  source.fields[1].name = "x\"; drop table t; --";
  source.fields[2].name = "Spent";
  source.fields[3].name = "select";
  const DestinationTable table = destination_of(source);
  const auto connection = open();
  connection->prepare({table});
  connection->take_over({table}, 1);
  const auto loading = writer(*connection, {table});
  loading->append({customers({{1, "one", "2"}, {1, "two", "3"}})});

  EXPECT_EQ(summary(loading->commit({{{"page", 1}}}).front()), "1 0 0 0, 1");
  EXPECT_EQ(sql(R"(select "x""; drop table t; --" || "Spent" || "select" from shop.acme_customers)"), "two3{}");
}

TEST_F(DestinationPrepare, tells_why_it_cannot_connect) {
  DestinationAddress address = parse_connection_url(Secret(url));
  const auto open_error = [&address] { return error_of([&address] { DestinationConnection::open(address); }); };

  address.database = "nowhere";
  EXPECT_EQ(open_error(), "config destination.no_database");
  address = parse_connection_url(Secret(url));
  address.user = "nobody";
  EXPECT_EQ(open_error(), "config destination.auth_failed");
  address.host = "/nowhere";
  EXPECT_EQ(open_error(), "transient destination.unreachable");
}

}  // namespace
}  // namespace sluice
