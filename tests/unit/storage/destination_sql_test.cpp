#include "core/error.hpp"
#include "storage/destination/merge_sql.hpp"
#include "storage/destination/pg_errors.hpp"
#include "storage/destination/snapshot.hpp"
#include "storage/destination/table_sql.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

using testing::HasSubstr;
using testing::Not;

Table table_of(const std::vector<std::string>& key, const std::vector<std::string>& columns) {
  Table table;
  table.name = "things";
  table.key = key;
  for (const std::string& name : columns) {
    table.fields.emplace_back();
    table.fields.back().name = name;
  }
  return table;
}

DestinationTable destination_of(const Table& table) {
  DestinationTable destination{
      IntegrationId("int_a"), *Identifier::parse("shop"), *Identifier::parse("things"), &table, {}, {}, {}, {}};
  for (const Field& field : table.fields) destination.fields.push_back(&field);
  return destination;
}

std::string merge_of(const Table& table, Repeats repeats = Repeats::none) {
  return merge_sql(merge_shape(destination_of(table), 0), repeats);
}

TEST(DestinationSql, quotes_whatever_a_name_holds) {
  EXPECT_EQ(quote_name("x\"; drop table t; --"), "\"x\"\"; drop table t; --\"");
  EXPECT_EQ(quote_text("it's \\ \"x\""), "E'it''s \\\\ \"x\"'");
}

TEST(DestinationSql, refuses_names_that_no_column_can_have) {
  for (const std::string& name : {std::string(), std::string(64, 'x'), std::string("a\0b", 3), std::string("ctid"),
                                  std::string("xmin"), std::string("_sluice_job_id")}) {
    const Table table = table_of({"id"}, {"id", name});
    EXPECT_THROW(columns_of(destination_of(table)), Error) << name;
  }
}

TEST(DestinationSql, knows_each_name_that_is_taken) {
  for (const char* name : {"ctid", "xmin", "cmin", "xmax", "cmax", "tableoid", "_sluice_job_id", "_sluice_anything"}) {
    EXPECT_TRUE(is_reserved_column(name)) << name;
  }
  for (const char* name : {"oid", "CTID", "xmin_", "select", "user", "_sluice", ""}) {
    EXPECT_FALSE(is_reserved_column(name)) << name;
  }
}

TEST(DestinationSql, merges_on_one_key_column) {
  const std::string sql = merge_of(table_of({"id"}, {"id", "a", "b"}));

  EXPECT_THAT(sql, HasSubstr("on conflict (\"id\") do update set \"a\" = excluded.\"a\", \"b\" = excluded.\"b\", "));
  EXPECT_THAT(sql, HasSubstr("(t.\"a\", t.\"b\") is distinct from (excluded.\"a\", excluded.\"b\")"));
  EXPECT_THAT(sql, Not(HasSubstr("distinct on")));
}

TEST(DestinationSql, merges_on_several_key_columns) {
  const std::string sql = merge_of(table_of({"a", "b"}, {"a", "b", "c"}));

  EXPECT_THAT(sql, HasSubstr("on conflict (\"a\", \"b\")"));
  EXPECT_THAT(sql, HasSubstr("old.\"a\" = s.\"a\" and old.\"b\" = s.\"b\""));
}

TEST(DestinationSql, only_undeletes_where_all_columns_are_key) {
  const std::string sql = merge_of(table_of({"a", "b"}, {"a", "b"}));

  EXPECT_THAT(sql, Not(HasSubstr("is distinct from")));
  EXPECT_THAT(sql, HasSubstr("where t.\"_sluice_deleted_at\" is not null"));
}

TEST(DestinationSql, picks_the_newest_of_repeated_keys) {
  EXPECT_THAT(
      merge_of(table_of({"a", "b"}, {"a", "b"}), Repeats::possible),
      HasSubstr("select distinct on (\"a\", \"b\") * from pg_temp.sluice_stage_0 order by \"a\", \"b\", ctid desc"));
}

TEST(DestinationSql, adds_only_rows_of_new_keys) {
  const std::string sql = add_new_sql(merge_shape(destination_of(table_of({"a", "b"}, {"a", "b", "c"})), 0));

  EXPECT_THAT(sql, HasSubstr("where (select true from \"shop\".\"things\" as old where old.\"a\" = s.\"a\" and "
                             "old.\"b\" = s.\"b\") is null"));
  EXPECT_THAT(sql, Not(HasSubstr("on conflict")));
}

TEST(DestinationSql, creates_a_table_with_its_key) {
  Table table = table_of({"b", "a"}, {"a", "b"});
  table.fields[0].type = ColumnType::jsonb;
  table.fields[1].type = ColumnType::timestamptz;

  EXPECT_EQ(create_table_sql(destination_of(table), true),
            "create table \"shop\".\"things\" (\n  \"a\" jsonb compression lz4,\n  \"b\" timestamp with time zone,\n"
            "  \"_sluice_synced_at\" timestamp with time zone not null,\n  \"_sluice_job_id\" text not null,\n"
            "  \"_sluice_deleted_at\" timestamp with time zone,\n  primary key (\"b\", \"a\")\n)");
  EXPECT_THAT(create_table_sql(destination_of(table), false), Not(HasSubstr("lz4")));
}

TEST(DestinationSql, indexes_the_parent_where_the_key_does_not) {
  Table table = table_of({"id"}, {"id", "order_id"});
  table.deletes = DeleteKind::with_parent;
  table.parent = Parent{"orders", ParentLink::embedded, "order_id", {}, {}, ""};
  EXPECT_EQ(create_parent_index_sql(destination_of(table)), "create index on \"shop\".\"things\" (\"order_id\")");

  table.key = {"order_id", "id"};
  EXPECT_EQ(create_parent_index_sql(destination_of(table)), "");
}

TEST(PgErrors, find_the_sqlstate_of_a_refused_connection) {
  EXPECT_EQ(sqlstate_in("connection to server failed: FATAL:  28P01: password authentication failed\nLOCATION:  x"),
            "28P01");
  EXPECT_EQ(sqlstate_in("FATAL:  database does not exist"), "");
  EXPECT_EQ(sqlstate_in("could not translate host name"), "");
}

struct Meaning {
  std::string sqlstate;
  ErrorKind kind;
  std::string code;
};

TEST(PgErrors, mean_something_each) {
  const std::vector<Meaning> meanings{{"28P01", ErrorKind::config, "destination.auth_failed"},
                                      {"28000", ErrorKind::config, "destination.auth_failed"},
                                      {"3D000", ErrorKind::config, "destination.no_database"},
                                      {"53100", ErrorKind::transient, "destination.disk_full"},
                                      {"42501", ErrorKind::config, "destination.no_create_right"},
                                      {"57P01", ErrorKind::transient, "destination.unreachable"},
                                      {"08006", ErrorKind::transient, "destination.unreachable"},
                                      {"42P01", ErrorKind::bug, "destination.refused"},
                                      {"55P03", ErrorKind::transient, "destination.busy"},
                                      {"57014", ErrorKind::transient, "destination.timeout"},
                                      {"", ErrorKind::transient, "destination.unreachable"}};
  for (const Meaning& meaning : meanings) {
    const Error error = statement_failure(meaning.sqlstate, "text", {"db", "me"}, false);
    EXPECT_EQ(error.kind(), meaning.kind) << meaning.sqlstate;
    EXPECT_EQ(error.code(), meaning.code) << meaning.sqlstate;
  }
  EXPECT_EQ(statement_failure("57014", "text", {}, true).kind(), ErrorKind::cancelled);
}

TEST(PgErrors, name_the_remedy_for_tls) {
  const Error error = connect_failure("server does not support SSL, but SSL was required", false, {"db", "me"});

  EXPECT_EQ(error.code(), "destination.tls_failed");
}

TEST(PgErrors, take_a_server_that_goes_away_in_a_handshake_for_one_that_comes_back) {
  for (const char* message : {"SSL SYSCALL error: EOF detected", "SSL SYSCALL error: Connection reset by peer",
                              "SSL connection has been closed unexpectedly"}) {
    const Error error = connect_failure(message, false, {"db", "me"});
    EXPECT_EQ(error.kind(), ErrorKind::transient) << message;
    EXPECT_EQ(error.code(), "destination.unreachable") << message;
  }
}

TEST(PgErrors, wait_for_a_standby_to_be_promoted) {
  const Error error = connect_failure("connection to server failed: session is read-only", false, {"db", "me"});

  EXPECT_EQ(error.kind(), ErrorKind::transient);
  EXPECT_EQ(error.code(), "destination.read_only");
}

TEST(Snapshot, guards_against_implausible_deletes) {
  EXPECT_TRUE(are_deletes_plausible(100, 100, 10, true));
  EXPECT_FALSE(are_deletes_plausible(100, 100, 11, true));
  EXPECT_TRUE(are_deletes_plausible(19, 19, 18, true));
  EXPECT_FALSE(are_deletes_plausible(20, 20, 3, true));
  EXPECT_FALSE(are_deletes_plausible(1, 1, 1, false));
  EXPECT_FALSE(are_deletes_plausible(1000, 100, 50, true));
  EXPECT_TRUE(are_deletes_plausible(0, 0, 0, false));
}

}  // namespace
}  // namespace sluice
