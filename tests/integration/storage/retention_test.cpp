// What is old goes; what must stay, stays.
#include "storage/retention.hpp"

#include "tests/integration/storage/job_queue_fixture.hpp"
#include "tests/support/eventually.hpp"

namespace sluice {
namespace {

class RetentionTest : public JobQueueTest {
 protected:
  /// A run with one succeeded job per table, of so many days ago.
  ClaimedRun finished_run(const IntegrationId& id, int days) {
    queue.trigger(id, RunTrigger::manual);
    const ClaimedRun run = *queue.claim("worker", lease);
    for (std::size_t i = 0; i < run.jobs.size(); ++i) {
      start_and_finish(run, i, success());
      queue.append_log(run.jobs[i].id, {{0, SystemClock().now(), LogLevel::info, "done", nullptr}});
    }
    EXPECT_TRUE(release(run));
    age("runs", "id", run.run.id.str(), days);
    age("jobs", "run_id", run.run.id.str(), days);
    for (const Job& job : run.jobs) {
      sql("update sluice.job_logs set at = at - interval '" + std::to_string(days) + " days' where job_id = '" +
          job.id.str() + "'");
    }
    return run;
  }
  void age(const std::string& table, const std::string& column, const std::string& id, int days) {
    sql("update sluice." + table + " set finished_at = finished_at - interval '" + std::to_string(days) +
        " days' where " + column + " = '" + id + "'");
  }
  std::string count(const std::string& table) { return sql("select count(*) from sluice." + table); }

  static constexpr Duration day = 24h;
  Retention retention{database};
};

TEST_F(RetentionTest, lets_old_jobs_and_their_runs_go_but_never_the_last_of_a_table) {
  const IntegrationId id = confirmed("acme").id;
  finished_run(id, 30);
  finished_run(id, 20);
  const ClaimedRun last = finished_run(id, 10);

  const auto done = retention.sweep({.job_logs = {}, .jobs = 5 * day, .events = {}}, 100);

  EXPECT_EQ(done.jobs, 4);
  EXPECT_EQ(done.runs, 2);
  EXPECT_EQ(sql("select string_agg(id, ',') from sluice.runs"), last.run.id.str());
  EXPECT_EQ(count("jobs"), "2");
  EXPECT_EQ(count("job_logs"), "2") << "those of the jobs that stayed";
  EXPECT_EQ(retention.sweep({.job_logs = {}, .jobs = 5 * day, .events = {}}, 100).all(), 0);
}

TEST_F(RetentionTest, keeps_checkpoints_as_long_as_jobs_and_the_newest_of_a_table_for_good) {
  const IntegrationId id = confirmed("acme").id;
  for (int i = 0; i < 3; ++i) finished_run(id, 0);
  sql("update sluice.checkpoints set at = at - interval '30 days'");

  EXPECT_EQ(retention.sweep({.job_logs = day, .jobs = {}, .events = day}, 100).checkpoints, 0);
  EXPECT_EQ(retention.sweep({.job_logs = {}, .jobs = 5 * day, .events = {}}, 3).checkpoints, 3);
  EXPECT_EQ(retention.sweep({.job_logs = {}, .jobs = 5 * day, .events = {}}, 3).checkpoints, 1);
  EXPECT_EQ(sql("select string_agg(table_name, ',' order by table_name) from sluice.checkpoints"), "orders,products");
}

TEST_F(RetentionTest, touches_nothing_of_an_open_run) {
  const IntegrationId id = confirmed("acme").id;
  queue.trigger(id, RunTrigger::manual);
  const ClaimedRun run = *queue.claim("worker", lease);
  start_and_finish(run, 0, success());
  queue.append_log(run.jobs[0].id, {{0, SystemClock().now(), LogLevel::info, "done", nullptr}});
  queue.append_log(run.jobs[1].id, {{0, SystemClock().now() - 30 * day, LogLevel::info, "at it", nullptr}});
  age("jobs", "id", run.jobs[0].id.str(), 30);

  const auto done = retention.sweep({.job_logs = day, .jobs = day, .events = day}, 100);

  EXPECT_EQ(done.all(), 0);
  EXPECT_EQ(count("jobs"), "2");
  EXPECT_EQ(count("job_logs"), "2");
}

TEST_F(RetentionTest, lets_log_lines_go_before_their_jobs) {
  const IntegrationId id = confirmed("acme").id;
  finished_run(id, 30);
  finished_run(id, 1);

  const auto done = retention.sweep({.job_logs = 14 * day, .jobs = 90 * day, .events = {}}, 100);

  EXPECT_EQ(done.job_logs, 2);
  EXPECT_EQ(count("jobs"), "4");
  EXPECT_EQ(count("job_logs"), "2");
}

TEST_F(RetentionTest, works_in_small_batches) {
  const IntegrationId id = confirmed("acme").id;
  for (int i = 0; i < 3; ++i) finished_run(id, 30);
  const RetentionPeriods periods{.job_logs = day, .jobs = {}, .events = {}};

  EXPECT_EQ(retention.sweep(periods, 4).job_logs, 4);
  EXPECT_EQ(retention.sweep(periods, 4).job_logs, 2);
  EXPECT_EQ(retention.sweep(periods, 4).job_logs, 0);
}

TEST_F(RetentionTest, keeps_for_ever_what_has_no_period) {
  const IntegrationId id = confirmed("acme").id;
  for (int i = 0; i < 2; ++i) finished_run(id, 5000);

  EXPECT_EQ(retention.sweep({}, 100).all(), 0);
}

TEST_F(RetentionTest, lets_everything_of_a_deleted_integration_go) {
  const IntegrationId id = confirmed("acme").id;
  finished_run(id, 30);
  integrations.begin_delete(id, std::nullopt);
  integrations.finish_delete(id);

  const auto done = retention.sweep({.job_logs = {}, .jobs = day, .events = {}}, 100);

  EXPECT_EQ(done.jobs, 2);
  EXPECT_EQ(done.runs, 1);
}

TEST_F(RetentionTest, is_one_daemons_work_at_a_time) {
  const IntegrationId id = confirmed("acme").id;
  for (int i = 0; i < 2; ++i) finished_run(id, 30);
  auto other = std::async(std::launch::async, [&] {
    TestPostgres::execute(url, "select pg_advisory_lock(hashtextextended('sluice retention', 0)), pg_sleep(2)");
  });
  ASSERT_TRUE(eventually(5s, [&] {
    return sql("select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database "
               "where datname = current_database())") == "1";
  }));

  const auto done = retention.sweep({.job_logs = day, .jobs = day, .events = day}, 100);

  EXPECT_FALSE(done.is_ours);
  EXPECT_EQ(done.all(), 0);
  other.get();
  // The server lets go of the lock a moment after the other one has left.
  EXPECT_TRUE(
      eventually(5s, [&] { return retention.sweep({.job_logs = day, .jobs = day, .events = day}, 100).all() > 0; }));
}

TEST_F(RetentionTest, forgets_events_by_their_own_way_where_there_are_any) {
  if (sql("select to_regprocedure('sluice.forget_events(timestamptz, bigint)') is null") == "t") {
    EXPECT_EQ(retention.sweep({.job_logs = {}, .jobs = {}, .events = day}, 100).all(), 0);
    sql("create table sluice.events (id bigint generated always as identity, at timestamptz not null default now());"
        "create function sluice.forget_events(older_than timestamptz, most bigint) returns bigint language sql as "
        "'with gone as (delete from sluice.events where id in (select id from sluice.events where at < older_than "
        "order by at limit most) returning 1) select count(*) from gone';"
        "insert into sluice.events (at) select now() - n * interval '1 hour' from generate_series(20, 30) n");
    EXPECT_EQ(retention.sweep({.job_logs = {}, .jobs = {}, .events = day}, 5).events, 5);
    EXPECT_EQ(retention.sweep({.job_logs = {}, .jobs = {}, .events = day}, 5).events, 2);
  }
}

}  // namespace
}  // namespace sluice
