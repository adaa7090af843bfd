// What becomes of a run's jobs, its tables and its integration.
#include "tests/integration/storage/job_queue_fixture.hpp"

namespace sluice {
namespace {

TEST_F(JobQueueTest, turns_an_integration_active_with_the_first_success) {
  const ClaimedRun claimed = claim_new_run("acme");
  start(claimed, 0);
  EXPECT_EQ(integrations.find("acme")->state, IntegrationState::pending);
  EXPECT_EQ(integrations.tables(claimed.integration.id)[0].state, TableState::loading);

  JobOutcome outcome = success();
  outcome.replicated_until = Time(1'700'000'000s);
  EXPECT_TRUE(finish(claimed, 0, outcome));

  const Integration after = *integrations.find("acme");
  EXPECT_EQ(after.state, IntegrationState::active);
  EXPECT_EQ(after.health, Health::ok);
  const TableStatus orders = integrations.tables(after.id)[0];
  EXPECT_EQ(orders.state, TableState::active);
  EXPECT_TRUE(orders.last_replicated_at);
  EXPECT_EQ(orders.replicated_until, Time(1'700'000'000s));
  EXPECT_EQ(orders.last_job, claimed.jobs[0].id);
  EXPECT_EQ(integrations.tables(after.id)[1].state, TableState::pending);
}

TEST_F(JobQueueTest, keeps_an_integration_pending_while_nothing_has_loaded) {
  const ClaimedRun claimed = claim_new_run("acme");

  start_and_finish(claimed, 0, failure());
  start_and_finish(claimed, 1, failure());
  release(claimed);

  EXPECT_EQ(integrations.find("acme")->state, IntegrationState::pending);
  EXPECT_EQ(integrations.find("acme")->health, Health::failing);
  EXPECT_EQ(queue.find_run(claimed.run.id)->result, RunResult::failed);
}

TEST_F(JobQueueTest, blames_a_failure_on_its_own_table_only) {
  const ClaimedRun claimed = claim_new_run("acme", {"orders", "products", "brands"});
  for (const std::size_t job : {0U, 2U}) start_and_finish(claimed, job, success());

  start_and_finish(claimed, 1, failure());
  EXPECT_TRUE(release(claimed));

  const auto tables = integrations.tables(claimed.integration.id);
  EXPECT_EQ(tables[0].state, TableState::active);
  EXPECT_EQ(tables[0].last_error_code, "");
  EXPECT_EQ(tables[1].state, TableState::failing);
  EXPECT_EQ(tables[1].last_error_code, "source.scope_missing");
  EXPECT_EQ(tables[1].last_error, "a scope is missing");
  EXPECT_EQ(tables[2].state, TableState::active);
  EXPECT_EQ(integrations.find("acme")->health, Health::degraded);
  EXPECT_EQ(queue.find_run(claimed.run.id)->result, RunResult::partial);
  const Job failed = job_now(claimed, 1);
  ASSERT_TRUE(failed.error);
  EXPECT_EQ(failed.error->kind, ErrorKind::config);
  EXPECT_EQ(failed.error->hint, "grant it");
  EXPECT_TRUE(failed.finished_at);
}

TEST_F(JobQueueTest, is_not_well_while_the_counts_of_a_table_differ) {
  const ClaimedRun claimed = claim_new_run("acme");
  const auto counted = [&](std::size_t job, const Json& counts) {
    TableProgress progress;
    progress.row_counts = counts;
    EXPECT_TRUE(queue.record_progress(claimed.run.id, claimed.epoch, claimed.jobs[job].id, progress));
  };
  start(claimed, 0);
  start(claimed, 1);
  counted(0, {{"verdict", "agree"}, {"source_most", 7}, {"destination", 7}, {"put_aside", 0}});
  EXPECT_TRUE(finish(claimed, 0, success()));
  EXPECT_EQ(integrations.find("acme")->health_reasons, Json::array());

  counted(1, {{"verdict", "differ"}, {"source_most", 20}, {"destination", 18}, {"put_aside", 1}});
  EXPECT_TRUE(finish(claimed, 1, success()));

  const Integration after = *integrations.find("acme");
  EXPECT_EQ(after.health, Health::degraded);
  ASSERT_EQ(after.health_reasons.size(), 1U);
  EXPECT_EQ(after.health_reasons[0]["code"], "source.counts_differ");
  EXPECT_EQ(after.health_reasons[0]["detail"],
            "the source counts 20 records, the destination has 18 rows and 1 were put aside; verify the table");
  EXPECT_EQ(job_now(claimed, 1).row_counts["verdict"], "differ");
  const auto tables = integrations.tables(after.id);
  EXPECT_EQ(tables[0].row_counts["verdict"], "agree");
  EXPECT_TRUE(tables[1].row_counts["counted_at"].is_string());
}

TEST_F(JobQueueTest, names_what_is_still_being_retried) {
  const ClaimedRun claimed = claim_new_run("acme");
  JobOutcome later = failure();
  later.state = JobState::waiting_retry;
  later.retry_after = Duration(60'000);

  start_and_finish(claimed, 0, later);

  const Integration after = *integrations.find("acme");
  ASSERT_EQ(after.health_reasons.size(), 1U);
  EXPECT_EQ(after.health_reasons[0]["table"], claimed.jobs[0].table);
  EXPECT_EQ(after.health_reasons[0]["code"], "source.scope_missing");
}

TEST_F(JobQueueTest, heals_a_table_with_its_next_success) {
  const ClaimedRun first = claim_new_run("acme", {"orders"});
  start_and_finish(first, 0, failure());
  release(first);

  queue.trigger(first.integration.id, RunTrigger::manual);
  const ClaimedRun second = *queue.claim("worker", lease);
  start_and_finish(second, 0, success());
  release(second);

  EXPECT_EQ(integrations.find("acme")->health, Health::ok);
  EXPECT_EQ(integrations.tables(first.integration.id)[0].last_error_code, "");
  EXPECT_EQ(queue.find_run(second.run.id)->result, RunResult::succeeded);
}

TEST_F(JobQueueTest, makes_the_next_job_of_a_loaded_table_incremental) {
  const ClaimedRun first = claim_new_run("acme");
  start_and_finish(first, 0, success());
  start_and_finish(first, 1, failure());
  release(first);

  queue.trigger(first.integration.id, RunTrigger::schedule);
  const ClaimedRun second = *queue.claim("worker", lease);

  EXPECT_EQ(second.jobs[0].kind, JobKind::incremental);
  EXPECT_EQ(second.jobs[1].kind, JobKind::initial);
}

TEST_F(JobQueueTest, mirrors_progress) {
  const ClaimedRun claimed = claim_new_run("acme");
  start(claimed, 0);
  TableProgress progress;
  progress.counters.read = 250;
  progress.counters.inserted = 240;
  progress.counters.rejected = 10;
  progress.counters.throttled = 1500ms;
  progress.rows = 240;
  progress.position = {{"cursor", "2026-01-01T00:00:00Z"}};
  progress.expected_rows = 1000;

  EXPECT_TRUE(queue.record_progress(claimed.run.id, claimed.epoch, claimed.jobs[0].id, progress));

  const Job job = job_now(claimed, 0);
  EXPECT_EQ(job.state, JobState::running);
  EXPECT_EQ(job.counters.read, 250);
  EXPECT_EQ(job.counters.rejected, 10);
  EXPECT_EQ(job.counters.throttled, 1500ms);
  EXPECT_EQ(job.expected_rows, 1000);
  const TableStatus table = integrations.tables(claimed.integration.id)[0];
  EXPECT_EQ(table.rows, 240);
  EXPECT_EQ(table.position, progress.position);
  EXPECT_FALSE(queue.record_progress(claimed.run.id, claimed.epoch, claimed.jobs[1].id, progress));
}

TEST_F(JobQueueTest, keeps_a_run_open_for_a_retry_and_no_longer_claimable_until_then) {
  const ClaimedRun claimed = claim_new_run("acme", {"orders"});
  start_and_finish(claimed, 0, retry(1h));

  EXPECT_TRUE(release(claimed));

  const Job waiting = job_now(claimed, 0);
  EXPECT_EQ(waiting.state, JobState::waiting_retry);
  EXPECT_EQ(waiting.attempt, 1);
  EXPECT_TRUE(waiting.next_attempt_at);
  EXPECT_TRUE(queue.find_run(claimed.run.id)->open);
  EXPECT_FALSE(queue.claim("worker", lease));
  const auto due = queue.until_next_due();
  ASSERT_TRUE(due);
  EXPECT_GT(*due, 59min);
  EXPECT_LE(*due, 1h);
  sql("update sluice.jobs set next_attempt_at = now()");
  const auto again = queue.claim("worker", lease);
  ASSERT_TRUE(again);
  EXPECT_TRUE(start(*again, 0));
  EXPECT_EQ(job_now(*again, 0).attempt, 2);
}

/// Tables that are read with one walk failed with it; their ends were written down one after the other.
TEST_F(JobQueueTest, brings_back_together_what_is_due_within_a_moment) {
  const ClaimedRun claimed = claim_new_run("acme", {"orders", "order_products", "products"});
  for (std::size_t job = 0; job < 3; ++job) start_and_finish(claimed, job, retry(1h));
  EXPECT_TRUE(release(claimed));
  const auto due_in = [&](std::size_t job, const std::string& wait) {
    sql("update sluice.jobs set next_attempt_at = now() + interval '" + wait + "' where id = '" +
        claimed.jobs[job].id.str() + "'");
  };
  due_in(1, "900 ms");
  due_in(2, "30 s");
  EXPECT_FALSE(queue.claim("worker", lease)) << "nothing is due yet";

  due_in(0, "0 s");
  const auto again = queue.claim("worker", lease);

  ASSERT_TRUE(again);
  ASSERT_EQ(again->jobs.size(), 2U);
  EXPECT_EQ(again->jobs[0].table, "orders");
  EXPECT_EQ(again->jobs[1].table, "order_products");
}

TEST_F(JobQueueTest, counts_no_attempt_for_a_job_given_back) {
  const ClaimedRun claimed = claim_new_run("acme");
  start(claimed, 0);

  EXPECT_TRUE(finish(claimed, 0, given_back()));
  EXPECT_TRUE(finish(claimed, 1, given_back()));
  EXPECT_TRUE(release(claimed));

  EXPECT_EQ(job_now(claimed, 0).state, JobState::queued);
  EXPECT_EQ(job_now(claimed, 0).attempt, 0);
  EXPECT_EQ(job_now(claimed, 1).attempt, 0);
  EXPECT_EQ(queue.until_next_due(), 0ms);
  EXPECT_TRUE(queue.claim("worker", lease));
}

TEST_F(JobQueueTest, closes_a_run_by_what_became_of_its_jobs) {
  struct Case {
    const char* name;
    std::vector<JobState> jobs;
    RunResult result;
  };
  const Case cases[] = {{"all_well", {JobState::succeeded, JobState::succeeded}, RunResult::succeeded},
                        {"some_failed", {JobState::succeeded, JobState::failed}, RunResult::partial},
                        {"some_cancelled", {JobState::succeeded, JobState::cancelled}, RunResult::partial},
                        {"one_skipped", {JobState::succeeded, JobState::skipped}, RunResult::succeeded},
                        {"none_well", {JobState::failed, JobState::cancelled}, RunResult::failed},
                        {"all_cancelled", {JobState::cancelled, JobState::cancelled}, RunResult::cancelled}};
  for (const auto& [name, states, result] : cases) {
    const ClaimedRun claimed = claim_new_run(name);
    for (std::size_t i = 0; i < states.size(); ++i) {
      JobOutcome outcome = states[i] == JobState::failed ? failure() : success();
      outcome.state = states[i];
      start_and_finish(claimed, i, outcome);
    }

    EXPECT_TRUE(release(claimed)) << name;

    EXPECT_EQ(queue.find_run(claimed.run.id)->result, result) << name;
    EXPECT_TRUE(queue.find_run(claimed.run.id)->finished_at) << name;
  }
}

TEST_F(JobQueueTest, settles_a_job_once) {
  const ClaimedRun claimed = claim_new_run("acme");
  start_and_finish(claimed, 0, failure());

  EXPECT_TRUE(finish(claimed, 0, success()));

  EXPECT_EQ(job_now(claimed, 0).state, JobState::failed);
  EXPECT_EQ(integrations.find("acme")->state, IntegrationState::pending);
  EXPECT_FALSE(start(claimed, 0));
}

TEST_F(JobQueueTest, stops_everything_when_the_credentials_are_refused) {
  const ClaimedRun claimed = claim_new_run("acme");
  start(claimed, 0);

  refuse_credentials(claimed.integration.id);

  EXPECT_EQ(integrations.find("acme")->health, Health::auth_required);
  EXPECT_EQ(job_now(claimed, 1).state, JobState::failed);
  EXPECT_EQ(job_now(claimed, 1).error->kind, ErrorKind::auth);
  EXPECT_FALSE(queue.record_progress(claimed.run.id, claimed.epoch, claimed.jobs[0].id, {}));
  EXPECT_TRUE(finish(claimed, 0, given_back()));
  EXPECT_TRUE(release(claimed));
  EXPECT_EQ(queue.find_run(claimed.run.id)->result, RunResult::failed);
  sql("update sluice.integrations set next_run_at = now()");
  EXPECT_EQ(queue.enqueue_due(0ms), 0);
  integrations.set_credentials(claimed.integration.id, "store1", "c", Secret("new"), nullptr);
  EXPECT_NE(integrations.find("acme")->health, Health::auth_required);
  EXPECT_EQ(queue.enqueue_due(0ms), 1);
}

TEST_F(JobQueueTest, survives_many_workers_settling_side_by_side) {
  const std::vector<std::string> tables{"t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8"};
  const ClaimedRun claimed = claim_new_run("acme", tables);

  std::vector<std::future<bool>> workers;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    workers.push_back(std::async(std::launch::async, [&, i] {
      return start(claimed, i) && queue.record_progress(claimed.run.id, claimed.epoch, claimed.jobs[i].id, {}) &&
             queue.heartbeat(claimed.run.id, claimed.epoch, lease) &&
             finish(claimed, i, i % 2 == 0 ? success() : failure());
    }));
  }

  for (auto& worker : workers) EXPECT_TRUE(worker.get());
  EXPECT_TRUE(release(claimed));
  EXPECT_EQ(queue.find_run(claimed.run.id)->result, RunResult::partial);
  EXPECT_EQ(integrations.find("acme")->health, Health::degraded);
}

}  // namespace
}  // namespace sluice
