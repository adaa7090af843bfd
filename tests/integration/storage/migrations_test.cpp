#include "storage/migrations.hpp"

#include "core/embedded_file.hpp"
#include "core/error.hpp"
#include "tests/e2e/program.hpp"
#include "tests/integration/storage/statement_strikes.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/test_postgres.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <map>
#include <optional>
#include <span>

namespace sluice {

extern const std::span<const EmbeddedFile> migration_files;

namespace {

constexpr const char* from_the_future =
    "insert into sluice.migrations (number, name) values (9999, '9999_from_the_future.sql')";

/// Both versions, and what to do.
std::string refusal() {
  return "the control database is at schema version 9999, this Sluice knows " + std::to_string(known_schema_version()) +
         ": run a newer Sluice";
}

bool is_commit(const std::string& statement) { return statement == "COMMIT" || statement == "commit"; }

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
  TestPostgres::execute(url, from_the_future);

  try {
    migrate(database);
    FAIL() << "a newer schema was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::config);
    EXPECT_EQ(error.code(), "database.schema_newer");
    EXPECT_EQ(error.message(), refusal());
  }
}

/// Whatever a program does with the control database, it ends before that.
TEST_F(Migrations, of_a_newer_sluice_end_an_older_program_with_what_to_do) {
  migrate(database);
  TestPostgres::execute(url, from_the_future);
  const std::string before = schema_of(url);
  const auto directory = TestPostgres::instance().socket_directory() / "older_program";
  std::filesystem::create_directory(directory);
  const auto key = directory / "master.key";
  std::ofstream(key) << "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n";
  std::filesystem::permissions(key, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);

  for (const char* command : {"serve", "migrate"}) {
    std::vector<std::string> words{
        command, "--database.url", url, "--data.directory", directory / "data", "--secrets.master_key_file", key};
    if (words.front() == "serve") words.insert(words.end(), {"--server.listen", "127.0.0.1:0"});
    Program program(words, directory / "output");

    EXPECT_EQ(program.wait(), 78) << command << '\n' << program.output();
    EXPECT_NE(program.output().find(refusal()), std::string::npos) << command << '\n' << program.output();
  }
  EXPECT_EQ(schema_of(url), before);
}

TEST_F(Migrations, killed_before_any_statement_or_at_any_commit_go_on_at_that_step) {
  using Moment = StatementStrikes::Moment;
  PostgresServer server;
  Database direct(to(server.url("control")));
  StatementStrikes strikes(server.port());
  const std::string through = "postgresql://postgres@127.0.0.1:" + std::to_string(strikes.port()) +
                              "/control?sslmode=disable&gssencmode=disable";
  std::map<std::string, int> kills;  // by what the statement does
  const auto is_struck = [&](int statement, Moment moment) {
    strikes.strike(statement, moment);
    std::optional<Error> failure;
    try {
      Database own(to(through));
      migrate(own);
    } catch (const Error& error) {
      failure = error;
    }
    const std::string struck = strikes.struck();
    EXPECT_EQ(failure.has_value(), !struck.empty()) << struck;
    EXPECT_FALSE(strikes.has_gone_on()) << struck;
    if (failure) EXPECT_EQ(failure->kind(), ErrorKind::transient) << failure->message() << "\nat " << struck;
    std::string verb = struck.substr(0, struck.find_first_of(" \n"));
    std::ranges::transform(verb, verb.begin(), [](unsigned char c) { return std::tolower(c); });
    if (failure) ++kills[verb];
    return failure.has_value();
  };

  int step = 0;
  for (int statement = 1; is_struck(statement, Moment::before_the_server_hears); ++statement) {
    ASSERT_EQ(schema_version(direct), step) << "nothing of a step without the rest of it";
    ASSERT_FALSE(HasFailure());
    if (!is_commit(strikes.struck())) continue;
    ASSERT_TRUE(is_struck(statement, Moment::after_the_server_has_answered));
    if (const int reached = schema_version(direct); reached > step) {
      ASSERT_EQ(reached, step + 1);
      step = reached;
      statement = 0;
    }
  }

  EXPECT_EQ(step, known_schema_version()) << "each step's commit was done while its migrator died";
  const std::string clean = TestPostgres::instance().fresh_database();
  Database beside(to(clean));
  migrate(beside);
  EXPECT_EQ(schema_of(server.url("control")), schema_of(clean));
  for (const char* verb : {"create", "alter", "insert", "update", "select", "begin", "commit"})
    EXPECT_GT(kills[verb], 0) << verb;
  for (const auto& [verb, times] : kills) std::cout << times << " at " << verb << ", ";
  std::cout << "as kills\n";
}

TEST(StatementsOf, are_found_whatever_is_in_them) {
  const std::vector<std::string> statements{"create table a (b text default ';')", "insert into a values ('it''s;')",
                                            "create function f() as $x$ begin; $$;$$ end; $x$",
                                            "create function g()\nbegin atomic\n  select 1;\n  select 2;\nend",
                                            "select \"a;b\""};
  std::string script;
  for (const std::string& statement : statements) script += "-- this; isn't one\n" + statement + ";\n";

  EXPECT_EQ(statements_of(script + "-- nor; this"), statements);
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
