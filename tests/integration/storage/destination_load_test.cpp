#include "storage/destination/pg_connection.hpp"
#include "tests/integration/storage/destination_fixture.hpp"

namespace sluice {
namespace {

class DestinationLoad : public DestinationFixture {};

TEST_F(DestinationLoad, inserts_rows_with_position_and_counters) {
  const auto result = load(customers({{1, "a@b.c", "12.3400", R"({"k":1.10})"}, {2, "d@e.f"}}), {{{"page", 7}}});

  EXPECT_EQ(summary(result), "2 0 0 0, 2");
  EXPECT_EQ(result.counters.read, 2);
  EXPECT_EQ(sql("select email || ' ' || spent || ' ' || profile || ' ' || _sluice_job_id from shop.acme_customers "
                "where id = 1"),
            "a@b.c 12.3400 {\"k\": 1.10} job_1");
  EXPECT_EQ(sql("select position ->> 'page' || ' ' || rows || ' ' || inserted || ' ' || read from _sluice.checkpoint"),
            "7 2 2 2");
}

TEST_F(DestinationLoad, counts_what_it_inserted_updated_and_left) {
  load(customers({{1, "one"}, {2, "two"}, {3, "three"}}));

  const auto result = load(customers({{2, "two"}, {3, "THREE"}, {4, "four"}}));

  EXPECT_EQ(summary(result), "1 1 1 0, 4");
  EXPECT_EQ(sql("select string_agg(email, ' ' order by id) from shop.acme_customers"), "one two THREE four");
}

TEST_F(DestinationLoad, writes_no_row_when_nothing_differs) {
  const std::string rows =
      "select md5(string_agg(ctid::text || xmin || xmax || _sluice_synced_at, ',' order by id)) from "
      "shop.acme_customers";
  load(customers_between(1, 500));
  const std::string before = sql(rows);

  const auto result = load(customers_between(1, 500), {{{"page", 2}}});

  EXPECT_EQ(summary(result), "0 0 500 0, 500");
  EXPECT_EQ(sql(rows), before);
  EXPECT_EQ(sql("select position ->> 'page' from _sluice.checkpoint"), "2");
}

TEST_F(DestinationLoad, lets_the_newest_of_equal_keys_win) {
  const auto connection = open();
  connection->prepare({people});
  connection->take_over({people}, 1);
  const auto loading = writer(*connection, {people});
  loading->append({customers({{1, "old"}, {2, "two"}, {1, "newer"}})});
  loading->append({customers({{1, "newest"}})});

  const auto first = loading->commit({{{"page", 1}}}).front();
  loading->append({customers({{1, "newest"}, {1, "newest"}})});
  const auto second = loading->commit({{{"page", 2}}}).front();

  EXPECT_EQ(summary(first), "2 0 0 0, 2");
  EXPECT_EQ(first.counters.read, 4);
  EXPECT_EQ(summary(second), "0 0 1 0, 2");
  EXPECT_EQ(sql("select string_agg(email, ' ' order by id) from shop.acme_customers"), "newest two");
}

TEST_F(DestinationLoad, brings_a_deleted_row_back) {
  load(customers({{1, "one"}, {2, "two"}}));
  sql("update shop.acme_customers set _sluice_deleted_at = now() where id = 1");
  sql("update _sluice.checkpoint set rows = 1");

  const auto result = load(customers({{1, "one"}, {2, "two"}}));

  EXPECT_EQ(summary(result), "0 1 1 0, 2");
  EXPECT_EQ(sql("select count(*) from shop.acme_customers where _sluice_deleted_at is null"), "2");
}

TEST_F(DestinationLoad, keeps_what_a_source_only_flags_as_deleted_among_the_live) {
  Table source = customers_table();
  source.fields[1] = field("is_deleted", ColumnType::boolean);
  source.deletes = DeleteKind::soft_flag;
  source.deleted_field = "is_deleted";
  const DestinationTable table = destination_of(source);
  const auto row = [](std::int64_t id, bool is_deleted) {
    RowBatch batch;
    batch.rows.begin_row(4);
    batch.rows.put_bigint(id);
    batch.rows.put_boolean(is_deleted);
    batch.rows.put_null();
    batch.rows.put_null();
    batch.rows.end_row();
    batch.key_hashes = {static_cast<std::uint64_t>(id)};
    return batch;
  };
  const auto connection = open();
  connection->prepare({table});
  connection->take_over({table}, 1);
  const auto loading = writer(*connection, {table});
  const auto commit_row = [&](std::int64_t id, bool is_deleted) {
    loading->append({row(id, is_deleted)});
    return summary(loading->commit({{{"page", 1}}}).front());
  };

  EXPECT_EQ(commit_row(1, false), "1 0 0 0, 1");
  EXPECT_EQ(commit_row(2, true), "1 0 0 0, 2");
  EXPECT_EQ(commit_row(1, true), "0 1 0 0, 2");
  EXPECT_EQ(commit_row(1, true), "0 0 1 0, 2");
  EXPECT_EQ(sql("select count(*) from shop.acme_customers where _sluice_deleted_at is not null"), "0");
}

TEST_F(DestinationLoad, keeps_tables_of_nothing_but_keys) {
  Table source;
  source.name = "pairs";
  source.key = {"left", "right"};
  source.fields = {field("left", ColumnType::bigint), field("right", ColumnType::text)};
  const DestinationTable table = destination_of(source);
  RowBatch batch;
  batch.rows.begin_row(2);
  batch.rows.put_bigint(1);
  batch.rows.put_text("x");
  batch.rows.end_row();
  batch.key_hashes = {1};
  const auto connection = open();
  connection->prepare({table});
  connection->take_over({table}, 1);
  const auto loading = writer(*connection, {table});
  const auto commit_pair = [&] {
    loading->append({batch});
    return summary(loading->commit({{{"page", 1}}}).front());
  };

  EXPECT_EQ(commit_pair(), "1 0 0 0, 1");
  EXPECT_EQ(commit_pair(), "0 0 1 0, 1");
  sql("update shop.acme_pairs set _sluice_deleted_at = now()");
  EXPECT_EQ(commit_pair(), "0 1 0 0, 2");
}

TEST_F(DestinationLoad, replaces_the_children_of_parents_it_saw) {
  const auto connection = open();
  connection->prepare({people, remarks});
  connection->take_over({people, remarks}, 1);
  const auto loading = writer(*connection, {people, remarks});
  loading->append({customers({{1, "one"}}), notes({{10, 1, "a"}, {11, 1, "b"}}, {1})});
  loading->append({customers({{2, "two"}}), notes({{20, 2, "c"}}, {2})});
  const auto first = loading->commit({{{"page", 1}}});
  loading->append({customers({{1, "one"}}), notes({{11, 1, "b"}, {12, 1, "d"}}, {1})});
  const auto second = loading->commit({{{"page", 2}}});
  loading->append({customers({{1, "one"}}), notes({}, {1})});
  const auto third = loading->commit({{{"page", 3}}});

  EXPECT_EQ(summary(first[1]), "3 0 0 0, 3");
  EXPECT_EQ(summary(second[1]), "1 0 1 1, 3");
  EXPECT_EQ(summary(third[1]), "0 0 0 2, 1");
  EXPECT_EQ(sql("select string_agg(id::text, ' ') from shop.acme_customer_notes where _sluice_deleted_at is null"),
            "20");
}

TEST_F(DestinationLoad, quarantines_rejected_records_once_per_key) {
  RowBatch batch = customers({{1, "one"}});
  batch.rejects = {{"7", "spent", "no number", "{\"spent\":\"x\\\"\\u0000\"}"},
                   {"", "", "no key", std::string("\xff{}", 3)}};
  load(batch);
  batch.rejects = {{"7", "spent", "still no number", "{}"}};

  const auto result = load(batch);

  EXPECT_EQ(result.counters.rejected, 1);
  EXPECT_EQ(result.counters.read, 2);
  EXPECT_EQ(sql("select string_agg(reason, ', ' order by reason) from _sluice.rejected"), "no key, still no number");
}

TEST_F(DestinationLoad, quarantines_records_without_a_key_once) {
  RowBatch batch = customers({{1, "one"}});
  batch.rejects = {{"", "id", "is missing", "{\"email\":\"a\"}"}, {"", "id", "is missing", "{\"email\":\"b\"}"}};
  load(batch);
  load(batch);

  EXPECT_EQ(sql("select count(*) from _sluice.rejected"), "2");
}

TEST_F(DestinationLoad, refuses_a_batch_that_lost_more_than_one_record_in_a_hundred) {
  RowBatch batch = customers_between(1, 1000);
  for (int i = 0; i < 10; ++i) batch.rejects.push_back({std::to_string(2000 + i), "id", "is missing", "{}"});
  EXPECT_EQ(load(batch).counters.rejected, 10);
  const std::string before = sql("select position::text || ' ' || rows from _sluice.checkpoint");

  RowBatch worse = customers_between(1001, 1100);
  for (int i = 0; i < 11; ++i) worse.rejects.push_back({std::to_string(3000 + i), "email", "is no text", "{}"});
  EXPECT_EQ(error_of([&] { load(worse, {{{"page", 2}}}); }), "data source.too_many_rejected");
  EXPECT_THAT(message_of([&] { load(worse, {{{"page", 2}}}); }),
              testing::HasSubstr("customers: 11 of 111 records cannot be stored; the first, with the key 3000, "
                                 "because email is no text"));
  EXPECT_EQ(sql("select position::text || ' ' || rows from _sluice.checkpoint"), before);
  EXPECT_EQ(sql("select count(*) from shop.acme_customers"), "1000");
  EXPECT_EQ(sql("select count(*) from _sluice.rejected"), "21") << "the reasons are kept all the same";
}

TEST_F(DestinationLoad, bears_a_few_lost_records_of_a_small_batch) {
  RowBatch batch;
  for (int i = 0; i < 10; ++i) batch.rejects.push_back({std::to_string(i), "id", "is missing", "{}"});

  EXPECT_EQ(load(batch).counters.read, 10);
}

TEST_F(DestinationLoad, commits_without_rows) {
  const auto connection = open();
  connection->prepare({people});
  connection->take_over({people}, 1);

  const auto results = writer(*connection, {people})->commit({{{"done", true}}});

  EXPECT_EQ(summary(results.front()), "0 0 0 0, 0");
  EXPECT_EQ(open()->take_over({people}, 2).front().position, Json({{"done", true}}));
}

TEST_F(DestinationLoad, tells_what_the_last_job_has_written_whoever_worked_for_it) {
  const auto load_for = [this](const char* job, std::int64_t epoch, const RowBatch& batch) {
    const auto connection = open();
    connection->prepare({people});
    connection->take_over({people}, epoch);
    const auto loading = BatchWriter::make(*connection, {people}, {JobId(job)}, epoch);
    loading->append({batch});
    loading->commit({{{"page", epoch}}});
  };
  const auto told = [this] {
    const Checkpoint found = open()->take_over({people}, 9).front();
    const Counters& done = found.last_job_wrote;
    std::string text = found.last_job.str();
    for (const auto number : {done.read, done.inserted, done.updated, done.unchanged, done.deleted, done.rejected})
      text += " " + std::to_string(number);
    return text;
  };

  load_for("job_1", 1, customers({{1, "one"}, {2, "two"}}));
  RowBatch odd = customers({{2, "TWO"}, {3, "three"}});
  odd.rejects.push_back({"3", "email", "is odd", "{}", true});
  load_for("job_1", 2, odd);
  EXPECT_EQ(told(), "job_1 4 3 1 0 0 1");

  load_for("job_2", 9, customers({{1, "one"}}));
  EXPECT_EQ(told(), "job_2 1 0 0 1 0 0");
}

TEST_F(DestinationLoad, keeps_nothing_of_a_batch_that_was_not_committed) {
  load(customers({{1, "one"}}), {{{"page", 1}}});
  {
    const auto connection = open();
    const auto loading = writer(*connection, {people});
    loading->append({customers({{2, "two"}})});
  }

  const Checkpoint checkpoint = open()->take_over({people}, 2).front();

  EXPECT_EQ(checkpoint.position, Json({{"page", 1}}));
  EXPECT_EQ(checkpoint.rows, 1);
  EXPECT_EQ(sql("select count(*) from shop.acme_customers"), "1");
}

TEST_F(DestinationLoad, stops_a_zombie_at_the_fence) {
  const auto connection = open();
  connection->prepare({people});
  connection->take_over({people}, 1);
  const auto loading = writer(*connection, {people});
  loading->append({customers({{1, "zombie"}})});
  open()->take_over({people}, 2);

  EXPECT_EQ(error_of([&] { loading->commit({{{"page", 9}}}); }), "conflict destination.fenced");
  EXPECT_EQ(error_of([&] { loading->append({customers({{1, "again"}})}); }), "bug destination.writer_broken");
  EXPECT_EQ(error_of([&] { open()->take_over({people}, 1); }), "conflict destination.fenced");
  EXPECT_EQ(sql("select count(*) from shop.acme_customers"), "0");
  EXPECT_EQ(sql("select count(*) from _sluice.checkpoint where position is null and epoch = 2"), "1");
}

TEST_F(DestinationLoad, fails_as_a_whole_when_one_of_its_tables_was_taken_over) {
  const auto connection = open();
  connection->prepare({people, remarks});
  connection->take_over({people, remarks}, 1);
  const auto loading = writer(*connection, {people, remarks});
  loading->append({customers({{1, "one"}}), notes({{10, 1, "a"}}, {1})});
  open()->take_over({remarks}, 2);

  EXPECT_EQ(error_of([&] { loading->commit({{{"page", 9}}}); }), "conflict destination.fenced");
  EXPECT_EQ(sql("select count(*) from shop.acme_customers"), "0");
}

TEST_F(DestinationLoad, is_over_once_cancelled) {
  const auto connection = open();
  connection->prepare({people});
  connection->take_over({people}, 1);
  const auto loading = writer(*connection, {people});
  loading->append({customers({{1, "one"}})});

  connection->cancel();

  EXPECT_EQ(error_of([&] { loading->commit({{{"page", 1}}}); }), "cancelled destination.cancelled");
  EXPECT_EQ(sql("select count(*) from shop.acme_customers"), "0");
}

TEST_F(DestinationLoad, calls_a_lost_connection_transient) {
  const auto connection = open();
  connection->prepare({people});
  connection->take_over({people}, 1);
  const auto loading = writer(*connection, {people});
  sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'sluice%' and datname = "
      "current_database()");

  const std::string error = error_of([&] {
    loading->append({customers({{1, "one"}})});
    loading->commit({{{"page", 1}}});
  });

  EXPECT_EQ(error, "transient destination.unreachable");
}

/// As a frozen process leaves it: a transaction that is open and holds a table's fence.
class FrozenSession {
 public:
  FrozenSession(const std::string& url, const std::string& application)
      : connection_(parse_connection_url(Secret(url))) {
    connection_.exec("set application_name = '" + application + "'");
    connection_.exec("begin");
    connection_.exec("select from _sluice.checkpoint for update");
  }
  bool is_alive() {
    return error_of([this] { connection_.exec("select"); }) == "nothing";
  }

 private:
  PgConnection connection_;
};

TEST_F(DestinationLoad, waits_for_no_earlier_owner) {
  load(customers({{1, "one"}}));
  FrozenSession frozen(url, "sluice/int_a/7");

  const auto connection = open(SessionOwner{IntegrationId("int_a"), 8});

  EXPECT_EQ(connection->take_over({people}, 8).front().rows, 1);
  EXPECT_FALSE(frozen.is_alive());
}

TEST_F(DestinationLoad, leaves_other_owners_alone) {
  load(customers({{1, "one"}}));
  std::vector<std::unique_ptr<PgConnection>> others;
  for (const std::string name : {"sluice/int_a/8", "sluice/int_a/9", "sluice/int_b/1", "sluice/int_a/", "sluice",
                                 "sluice/int_a/1x", "psql", "sluice/int_a/99999999999999999999"}) {
    others.push_back(std::make_unique<PgConnection>(parse_connection_url(Secret(url))));
    others.back()->exec("set application_name = '" + name + "'");
  }

  open(SessionOwner{IntegrationId("int_a"), 8});

  for (const auto& other : others) EXPECT_EQ(error_of([&] { other->exec("select"); }), "nothing");
}

}  // namespace
}  // namespace sluice
