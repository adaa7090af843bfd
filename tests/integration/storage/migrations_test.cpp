#include "storage/migrations.hpp"

#include "core/error.hpp"
#include "tests/support/test_postgres.hpp"

#include <gtest/gtest.h>

#include <future>

namespace sluice {
namespace {

DatabaseSettings to(const std::string& url) { return {.url = Secret(url), .connections = 2}; }

class Migrations : public testing::Test {
 protected:
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

TEST_F(Migrations, leave_nothing_of_a_step_that_fails) {
  TestPostgres::execute(url, "create schema sluice; create table sluice.destinations (id text)");

  EXPECT_THROW(migrate(database), Error);
  EXPECT_EQ(schema_version(database), 0);
  EXPECT_EQ(TestPostgres::execute(url, "select to_regclass('sluice.integrations') is null"), "t");
}

}  // namespace
}  // namespace sluice
