#include "storage/migrations.hpp"

#include "core/embedded_file.hpp"
#include "core/error.hpp"
#include "tests/support/test_postgres.hpp"

#include <gtest/gtest.h>

#include <future>
#include <iostream>
#include <span>

namespace sluice {

extern const std::span<const EmbeddedFile> migration_files;

namespace {

DatabaseSettings to(const std::string& url) { return {.url = Secret(url), .connections = 2}; }

class Migrations : public testing::Test {
 protected:
  /// The database as it was before a step.
  void migrate_up_to(std::string_view step) {
    std::string statements =
        "set search_path = ''; create schema sluice; create table sluice.migrations (number integer primary key, name "
        "text not null, applied_at timestamptz not null default now());";
    for (const EmbeddedFile& file : migration_files) {
      if (std::string_view(file.name).substr(0, 4) >= step) break;
      statements.append(file.text).append(";insert into sluice.migrations (number, name) values (");
      statements.append(std::to_string(std::stoi(std::string(file.name.substr(0, 4))))).append(", 'before');");
    }
    TestPostgres::execute(url, statements);
  }

  /// From now on, whoever changes the schema of this database dies before the n-th statement that does so, and whoever
  /// tries again.
  void kill_before_statements() {
    TestPostgres::execute(url, R"(
create schema cuts;
create sequence cuts.statements;
create table cuts.next (n bigint);
insert into cuts.next values (0);
create function cuts.cut() returns event_trigger language plpgsql as $$
begin
  if nextval('cuts.statements') >= (select n from cuts.next) then
    perform pg_terminate_backend(pg_backend_pid());
    perform pg_sleep(10);
  end if;
end $$;
create event trigger cut on ddl_command_start execute function cuts.cut())");
  }
  void kill_before_statement(int n) {
    TestPostgres::execute(url, "select setval('cuts.statements', 1, false)");
    TestPostgres::execute(url, "update cuts.next set n = " + std::to_string(n));
  }

  /// All that the control schema of a database is made of.
  static std::string schema_of(const std::string& url) {
    return TestPostgres::execute(url, R"(
select string_agg(line, E'\n' order by line) from (
  select concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default)
    from information_schema.columns where table_schema = 'sluice'
  union all select concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
    from pg_constraint where connamespace = 'sluice'::regnamespace
  union all select indexdef from pg_indexes where schemaname = 'sluice'
  union all select pg_get_functiondef(oid) from pg_proc where pronamespace = 'sluice'::regnamespace
  union all select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
  union all select concat_ws(' ', number, name) from sluice.migrations) as lines(line))");
  }

  std::string url = TestPostgres::instance().fresh_database();
  Database database{to(url)};
};

TEST_F(Migrations, build_the_schema_in_an_empty_database) {
  const MigrationReport report = migrate(database);

  EXPECT_EQ(report.before, 0);
  EXPECT_EQ(report.after, known_schema_version());
  EXPECT_EQ(schema_version(database), known_schema_version());
  EXPECT_EQ(TestPostgres::execute(url, "select count(*) from sluice.integrations"), "0");
}

TEST_F(Migrations, do_nothing_the_second_time) {
  migrate(database);

  const MigrationReport report = migrate(database);

  EXPECT_EQ(report.before, known_schema_version());
  EXPECT_EQ(report.after, known_schema_version());
}

TEST_F(Migrations, find_version_0_in_an_empty_database) { EXPECT_EQ(schema_version(database), 0); }

TEST_F(Migrations, run_once_when_several_daemons_start_together) {
  const auto start = [this] {
    Database own(to(url));
    return migrate(own);
  };

  auto first = std::async(std::launch::async, start);
  auto second = std::async(std::launch::async, start);

  EXPECT_EQ(first.get().after, known_schema_version());
  EXPECT_EQ(second.get().after, known_schema_version());
  EXPECT_EQ(TestPostgres::execute(url, "select count(*) = count(distinct number) from sluice.migrations"), "t");
  EXPECT_EQ(TestPostgres::execute(url, "select max(number) from sluice.migrations"),
            std::to_string(known_schema_version()));
}

TEST_F(Migrations, refuse_a_schema_of_a_newer_sluice) {
  migrate(database);
  TestPostgres::execute(url, "insert into sluice.migrations (number, name) values (9999, '9999_from_the_future.sql')");

  try {
    migrate(database);
    FAIL() << "a newer schema was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::config);
    EXPECT_EQ(error.code(), "database.schema_newer");
  }
}

TEST_F(Migrations, killed_before_any_change_of_the_schema_go_on_at_that_step) {
  kill_before_statements();
  int step = 0;
  int statement = 0;
  int kills = 0;
  for (bool is_over = false; !is_over; ++kills) {
    if (const int reached = schema_version(database); reached > step) {
      step = reached;
      statement = 0;
    }
    kill_before_statement(++statement);
    try {
      Database own(to(url));
      migrate(own);
      is_over = true;
    } catch (const Error& error) {
      ASSERT_EQ(error.kind(), ErrorKind::transient) << error.message();
    }
  }

  const std::string clean = TestPostgres::instance().fresh_database();
  Database beside(to(clean));
  migrate(beside);
  EXPECT_EQ(schema_of(url), schema_of(clean));
  EXPECT_GT(kills, known_schema_version() * 2);
  std::cout << kills - 1 << " kills\n";
}

TEST_F(Migrations, leave_nothing_of_a_step_that_fails) {
  TestPostgres::execute(url, "create schema sluice; create table sluice.destinations (id text)");

  EXPECT_THROW(migrate(database), Error);
  EXPECT_EQ(schema_version(database), 0);
  EXPECT_EQ(TestPostgres::execute(url, "select to_regclass('sluice.integrations') is null"), "t");
}

TEST_F(Migrations, take_running_jobs_and_begun_deletions_along) {
  migrate_up_to("0012");
  TestPostgres::execute(url, R"(
insert into sluice.destinations (id, name, embedded) values ('dst_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'embedded', true);
insert into sluice.integrations (id, name, connector, state, account, authenticated_at, destination_id,
                                 destination_schema, confirmed_at)
values ('int_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'acme', 'bigcommerce', 'pending', 'a', now(), 'dst_01ARZ3NDEKTSV4RRFFQ69G5FAV',
        'public', now());
insert into sluice.integrations (id, name, connector, state)
values ('int_01ARZ3NDEKTSV4RRFFQ69G5FAW', 'leaving', 'bigcommerce', 'deleting');
insert into sluice.integration_tables (integration_id, table_name, ordinal, fields)
values ('int_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'orders', 0, '["id"]');
insert into sluice.runs (id, integration_id, trigger, lease_owner, lease_until, epoch)
values ('run_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'int_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'manual', 'w1', now(), 1);
insert into sluice.jobs (id, run_id, integration_id, table_name, kind, state, epoch, attempt, started_at)
values ('job_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'run_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'int_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'orders',
        'initial', 'running', 1, 3, now());)");

  EXPECT_EQ(migrate(database).after, known_schema_version());

  EXPECT_EQ(TestPostgres::execute(url, "select number || ' ' || state || ' ' || worker from sluice.job_attempts"),
            "3 running w1");
  EXPECT_EQ(TestPostgres::execute(url,
                                  "select deletion_tables || ' ' || (deletion_due_at <= now())::text "
                                  "from sluice.integrations where name = 'leaving'"),
            "kept true");
  TestPostgres::execute(url, "update sluice.jobs set state = 'queued', epoch = null");
  EXPECT_EQ(TestPostgres::execute(url, "select state from sluice.job_attempts"), "lost");
  EXPECT_EQ(TestPostgres::execute(url, "select type from sluice.state_changes"), "job.state");
}

}  // namespace
}  // namespace sluice
