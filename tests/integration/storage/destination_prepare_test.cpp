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

TEST_F(DestinationPrepare, keeps_columns_apart_that_begin_or_sound_alike) {
  const std::string long_name(62, 'n');
  const std::vector<std::string> names{long_name + "1",
                                       long_name + "2",
                                       "name",
                                       "Name",
                                       "NAME",
                                       "oid",
                                       "user",
                                       "\"",
                                       "\"\"",
                                       "'",
                                       "\\",
                                       "$1",
                                       "%s",
                                       "a.b",
                                       "a,b",
                                       "a\nb",
                                       "--",
                                       "/*",
                                       ";",
                                       "n\xc3\xa4me"};
  Table source;
  source.name = "hostile";
  source.key = {"id"};
  source.fields = {field("id", ColumnType::bigint)};
  for (const std::string& name : names) source.fields.push_back(field(name, ColumnType::text));
  const DestinationTable table = destination_of(source);
  const auto connection = open();
  connection->prepare({table});
  connection->prepare({table});
  connection->take_over({table}, 1);
  RowBatch batch;
  batch.rows.begin_row(static_cast<std::uint16_t>(names.size() + 1));
  batch.rows.put_bigint(1);
  for (const std::string& name : names) batch.rows.put_text("of " + name);
  batch.rows.end_row();
  batch.key_hashes.push_back(1);
  const auto loading = writer(*connection, {table});
  loading->append({batch});
  loading->commit({{{"page", 1}}});

  EXPECT_EQ(sql("select count(*) from shop.acme_hostile t, jsonb_each_text(to_jsonb(t)) as has "
                "where has.value = 'of ' || has.key"),
            std::to_string(names.size()));
}

TEST_F(DestinationPrepare, refuses_columns_that_no_table_can_have) {
  for (const std::string& name :
       {std::string("ctid"), std::string("xmin"), std::string("tableoid"), std::string(64, 'n'), std::string("a\0b", 3),
        std::string(), std::string("_sluice_job_id")}) {
    Table source = customers_table();
    source.fields[1].name = name;
    EXPECT_EQ(error_of([&] { prepare({destination_of(source)}); }), "bug destination.column_name") << name;
  }
  EXPECT_EQ(sql("select to_regclass('shop.acme_customers') is null"), "t");
}

TEST_F(DestinationPrepare, tells_why_it_cannot_connect) {
  DestinationAddress address = parse_connection_url(Secret(url));
  const auto open_error = [&address] { return error_of([&address] { DestinationConnection::open(address); }); };

  address.database = "nowhere";
  EXPECT_EQ(open_error(), "config destination.no_database");
  address = parse_connection_url(Secret(url));
  address.user = "nobody";
  EXPECT_EQ(open_error(), "config destination.auth_failed");
  address.hosts = {"/nowhere"};
  EXPECT_EQ(open_error(), "transient destination.unreachable");
}

/// people with `spent` of another type, as somebody approved it.
class DestinationWidening : public DestinationPrepare {
 protected:
  DestinationTable with_type(const std::string& column, ColumnType type) {
    auto fields = std::make_shared<std::vector<Field>>(customers_source.fields);
    DestinationTable table = people;
    table.fields.clear();
    for (Field& field : *fields) {
      if (field.name == column) field.type = type;
      table.fields.push_back(&field);
    }
    table.own = fields;
    table.widened = {column};
    return table;
  }
  std::string type_of(const std::string& column) {
    return sql(
        "select format_type(atttypid, atttypmod) from pg_attribute where attrelid = "
        "'shop.acme_customers'::regclass and attname = '" +
        column + "'");
  }
};

TEST_F(DestinationWidening, keeps_what_is_there_and_takes_what_did_not_fit) {
  load(customers({{1, "a@b.c", "1.50"}}));
  const DestinationTable wider = with_type("spent", ColumnType::text);
  prepare({wider});
  EXPECT_EQ(type_of("spent"), "text");
  EXPECT_EQ(sql("select spent from shop.acme_customers"), "1.50");

  RowBatch batch;
  batch.rows.begin_row(4);
  batch.rows.put_bigint(2);
  batch.rows.put_text("b@b.c");
  batch.rows.put_text("a lot");
  batch.rows.put_jsonb("{}");
  batch.rows.end_row();
  batch.key_hashes.push_back(2);
  const auto connection = open();
  connection->take_over({wider}, 2);
  const auto loading = writer(*connection, {wider}, 2);
  loading->append({batch});
  loading->commit({{{"page", 2}}});

  EXPECT_EQ(sql("select string_agg(spent, ', ' order by id) from shop.acme_customers"), "1.50, a lot");
}

TEST_F(DestinationWidening, happens_only_where_it_was_decided_and_loses_nothing) {
  prepare({people});
  DestinationTable undecided = with_type("spent", ColumnType::text);
  undecided.widened.clear();
  EXPECT_EQ(error_of([&] { prepare({undecided}); }), "config destination.column_type");
  EXPECT_EQ(error_of([&] { prepare({with_type("email", ColumnType::bigint)}); }), "config destination.column_type");
  EXPECT_EQ(type_of("spent"), "numeric");
}

TEST_F(DestinationWidening, names_the_views_that_stand_in_its_way_and_changes_nothing) {
  prepare({people});
  sql("create view shop.totals as select sum(spent) from shop.acme_customers");
  sql("create materialized view shop.rich as select id from shop.acme_customers where spent > 100");
  sql("create view shop.mails as select email from shop.acme_customers");
  sql("create index on shop.acme_customers (spent)");

  const auto users = open()->dependents(people, "spent");
  const auto act = [&] { prepare({with_type("spent", ColumnType::text)}); };

  EXPECT_THAT(users, testing::ElementsAre("materialized view shop.rich", "view shop.totals"));
  EXPECT_EQ(error_of(act), "config destination.column_in_use");
  EXPECT_THAT(message_of(act), testing::HasSubstr("view shop.totals"));
  EXPECT_EQ(type_of("spent"), "numeric");
  sql("drop view shop.totals; drop materialized view shop.rich");
  act();
  EXPECT_EQ(type_of("spent"), "text");
}

TEST_F(DestinationWidening, rewrites_each_allowed_type_as_it_would_be_loaded) {
  Table source;
  source.name = "kinds";
  source.key = {"id"};
  source.fields = {field("id", ColumnType::bigint),     field("n", ColumnType::bigint),
                   field("b", ColumnType::boolean),     field("d", ColumnType::date),
                   field("t", ColumnType::timestamptz), field("x", ColumnType::text)};
  DestinationTable table = destination_of(source);
  prepare({table});
  sql("insert into shop.acme_kinds values (1, 7, true, '2024-02-29', '2024-02-29 12:00:00.5+00', 'a\"b', now(), 'j')");
  Table wider = source;
  for (Field& each : wider.fields) {
    if (each.name != "id") each.type = each.name == "t" ? ColumnType::text : ColumnType::jsonb;
  }
  DestinationTable changed = destination_of(wider);
  for (const Field& each : wider.fields) {
    if (each.name != "id") changed.widened.push_back(each.name);
  }

  prepare({changed});

  EXPECT_EQ(sql("select concat_ws(' ', n, b, d, t, x) from shop.acme_kinds"),
            R"(7 true "2024-02-29" 2024-02-29T12:00:00.500000Z "a\"b")");
}

TEST_F(DestinationWidening, forgotten_positions_begin_anew_with_their_rows_in_place) {
  load(customers({{1, "a@b.c"}, {2, "b@b.c"}}));
  const auto connection = open();
  connection->take_over({people}, 5);
  EXPECT_EQ(error_of([&] { open()->set_position(people, nullptr, 4); }), "conflict destination.fenced");

  connection->set_position(people, nullptr, 5);

  const auto checkpoints = connection->take_over({people}, 6);
  EXPECT_TRUE(checkpoints[0].position.is_null());
  EXPECT_EQ(checkpoints[0].rows, 2);
  const auto loading = writer(*connection, {people}, 6);
  loading->append({customers({{1, "new@b.c"}, {2, "b@b.c"}, {3, "c@b.c"}})});
  EXPECT_EQ(summary(loading->commit({{{"page", 1}}}).front()), "1 1 1 0, 3");
}

}  // namespace
}  // namespace sluice
