#include "tests/integration/storage/control_fixture.hpp"

#include <gmock/gmock.h>

#include <future>
#include <set>

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr Duration lease = 1h;

JobOutcome success() { return {}; }
JobOutcome failure(ErrorKind kind = ErrorKind::config) {
  return {JobState::failed, JobError{kind, "source.scope_missing", "a scope is missing", "grant it"}, {}, {}};
}
JobOutcome retry(Duration after) {
  return {JobState::waiting_retry, JobError{ErrorKind::transient, "source.unreachable", "no answer", ""}, after, {}};
}
JobOutcome given_back() { return {JobState::queued, {}, {}, {}}; }

class JobQueueTest : public ControlFixture {
 protected:
  ClaimedRun claim_new_run(const std::string& name, const std::vector<std::string>& tables = {"orders", "products"}) {
    queue.trigger(confirmed(name, tables).id, RunTrigger::confirm);
    return *queue.claim("worker", lease);
  }
  bool start(const ClaimedRun& run, std::size_t job) {
    return queue.start_job(run.run.id, run.epoch, run.jobs[job].id, JobKind::initial);
  }
  bool finish(const ClaimedRun& run, std::size_t job, const JobOutcome& outcome) {
    return queue.finish_job(run.run.id, run.epoch, run.jobs[job].id, outcome);
  }
  void start_and_finish(const ClaimedRun& run, std::size_t job, const JobOutcome& outcome) {
    ASSERT_TRUE(start(run, job));
    ASSERT_TRUE(finish(run, job, outcome));
  }
  bool release(const ClaimedRun& run) { return queue.release(run.run.id, run.epoch); }
  Job job_now(const ClaimedRun& run, std::size_t job) { return *queue.find_job(run.jobs[job].id); }
  void let_leases_expire() {
    sql("update sluice.runs set lease_until = now() - interval '1 s' where lease_until is not null");
  }
};

TEST_F(JobQueueTest, opens_one_run_with_a_job_per_table) {
  const IntegrationId id = confirmed("acme").id;

  const auto first = queue.trigger(id, RunTrigger::confirm);
  const auto second = queue.trigger(id, RunTrigger::manual);

  EXPECT_TRUE(first.created);
  EXPECT_FALSE(second.created);
  EXPECT_EQ(first.run.id, second.run.id);
  EXPECT_TRUE(first.run.open);
  const auto jobs = queue.list_jobs(
      {.integration = {}, .run = first.run.id, .table = {}, .states = {}, .kinds = {}, .since = {}, .until = {}}, {});
  ASSERT_EQ(jobs.items.size(), 2U);
  EXPECT_EQ(jobs.items[0].state, JobState::queued);
  EXPECT_EQ(jobs.items[0].kind, JobKind::initial);
  EXPECT_EQ(jobs.items[0].trigger, RunTrigger::confirm);
  EXPECT_EQ(jobs.items[0].integration_name, "acme");
}

TEST_F(JobQueueTest, opens_a_run_for_named_tables_alone) {
  const IntegrationId id = confirmed("acme").id;

  const auto triggered = queue.trigger(id, RunTrigger::manual, {"products"});

  const auto jobs = queue.list_jobs(
      {.integration = id, .run = {}, .table = {}, .states = {}, .kinds = {}, .since = {}, .until = {}}, {});
  ASSERT_EQ(jobs.items.size(), 1U);
  EXPECT_EQ(jobs.items[0].table, "products");
  EXPECT_EQ(jobs.items[0].destination_table, "public.acme_products");
  EXPECT_EQ(code_thrown_by([&] { queue.trigger(id, RunTrigger::manual, {"nothing"}); }), "table.unknown");
}

TEST_F(JobQueueTest, opens_no_run_where_the_state_forbids_it) {
  const IntegrationId paused = confirmed("paused").id;
  integrations.pause(paused, "");
  const IntegrationId deleting = confirmed("deleting").id;
  integrations.begin_delete(deleting, std::nullopt);
  const IntegrationId refused = confirmed("refused").id;
  queue.mark_auth_required(refused);

  const auto code = [this](const IntegrationId& id) {
    return code_thrown_by([&] { queue.trigger(id, RunTrigger::manual); });
  };

  EXPECT_EQ(code(draft("draft").id), "integration.draft");
  EXPECT_EQ(code(paused), "integration.paused");
  EXPECT_EQ(code(deleting), "integration.deleting");
  EXPECT_EQ(code(refused), "integration.auth_required");
  EXPECT_EQ(code(IntegrationId::make(Time{})), "integration.unknown");
}

TEST_F(JobQueueTest, gives_each_run_to_one_of_many_workers) {
  constexpr int runs = 64;
  for (int i = 0; i < runs; ++i) {
    queue.trigger(confirmed("store_" + std::to_string(i), {"orders"}).id, RunTrigger::manual);
  }

  std::vector<std::future<std::vector<std::pair<std::string, std::int64_t>>>> workers;
  for (int i = 0; i < 8; ++i) {
    workers.push_back(std::async(std::launch::async, [this, i] {
      std::vector<std::pair<std::string, std::int64_t>> mine;
      while (const auto claimed = queue.claim("worker " + std::to_string(i), lease)) {
        mine.emplace_back(claimed->run.id.str(), claimed->epoch);
      }
      return mine;
    }));
  }
  std::vector<std::string> ids;
  std::set<std::int64_t> epochs;
  for (auto& worker : workers) {
    for (const auto& [id, epoch] : worker.get()) {
      ids.push_back(id);
      epochs.insert(epoch);
    }
  }
  // A worker that found all candidates locked may have gone home early.
  while (const auto claimed = queue.claim("last", lease)) {
    ids.push_back(claimed->run.id.str());
    epochs.insert(claimed->epoch);
  }

  EXPECT_EQ(ids.size(), runs);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), runs);
  EXPECT_EQ(epochs.size(), runs);
}

TEST_F(JobQueueTest, hands_out_everything_that_a_run_needs) {
  const ClaimedRun claimed = claim_new_run("acme");

  EXPECT_GT(claimed.epoch, 0);
  EXPECT_EQ(claimed.integration.name, "acme");
  EXPECT_TRUE(claimed.run.started_at);
  ASSERT_EQ(claimed.jobs.size(), 2U);
  EXPECT_EQ(claimed.jobs[0].table, "orders");
  EXPECT_EQ(claimed.jobs[1].table, "products");
  EXPECT_EQ(claimed.jobs[0].attempt, 0);
  EXPECT_FALSE(queue.claim("another", lease));
}

TEST_F(JobQueueTest, gives_no_run_of_a_paused_integration) {
  const IntegrationId id = confirmed("acme").id;
  queue.trigger(id, RunTrigger::manual);
  integrations.pause(id, "");

  EXPECT_FALSE(queue.claim("worker", lease));
  integrations.resume(id);
  EXPECT_TRUE(queue.claim("worker", lease));
}

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

TEST_F(JobQueueTest, lets_a_dead_owners_run_be_taken_over) {
  const ClaimedRun dead = claim_new_run("acme");
  start(dead, 0);
  let_leases_expire();

  const auto heir = queue.claim("heir", lease);

  ASSERT_TRUE(heir);
  EXPECT_EQ(heir->run.id, dead.run.id);
  EXPECT_GT(heir->epoch, dead.epoch);
  ASSERT_EQ(heir->jobs.size(), 2U);
  EXPECT_EQ(heir->jobs[0].state, JobState::queued);
  EXPECT_EQ(heir->jobs[0].attempt, 1);
  EXPECT_TRUE(start(*heir, 0));
  EXPECT_EQ(job_now(*heir, 0).attempt, 2);
}

TEST_F(JobQueueTest, lets_a_zombie_write_nothing) {
  const ClaimedRun zombie = claim_new_run("acme");
  start(zombie, 0);
  let_leases_expire();
  const ClaimedRun heir = *queue.claim("heir", lease);
  start(heir, 0);
  const std::string before = sql("select md5(string_agg(j::text, ';' order by id)) from sluice.jobs j");

  EXPECT_FALSE(queue.heartbeat(zombie.run.id, zombie.epoch, lease));
  EXPECT_FALSE(start(zombie, 1));
  EXPECT_FALSE(queue.record_progress(zombie.run.id, zombie.epoch, zombie.jobs[0].id, {}));
  EXPECT_FALSE(finish(zombie, 0, success()));
  EXPECT_FALSE(finish(zombie, 0, failure()));
  EXPECT_FALSE(finish(zombie, 0, given_back()));
  EXPECT_FALSE(release(zombie));

  EXPECT_EQ(sql("select md5(string_agg(j::text, ';' order by id)) from sluice.jobs j"), before);
  EXPECT_EQ(integrations.find("acme")->state, IntegrationState::pending);
  EXPECT_TRUE(queue.heartbeat(heir.run.id, heir.epoch, lease));
}

TEST_F(JobQueueTest, extends_the_lease_with_each_heartbeat) {
  const ClaimedRun claimed = claim_new_run("acme");
  let_leases_expire();

  EXPECT_TRUE(queue.heartbeat(claimed.run.id, claimed.epoch, lease));
  EXPECT_FALSE(queue.claim("another", lease));
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

TEST_F(JobQueueTest, begins_again_what_an_owner_left_unsettled_at_release) {
  const ClaimedRun claimed = claim_new_run("acme");
  start(claimed, 0);

  EXPECT_TRUE(release(claimed));

  EXPECT_EQ(job_now(claimed, 0).state, JobState::queued);
  EXPECT_EQ(job_now(claimed, 0).attempt, 1);
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

  queue.mark_auth_required(claimed.integration.id);

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

TEST_F(JobQueueTest, closes_the_run_of_an_owner_that_died_after_its_last_job) {
  const ClaimedRun claimed = claim_new_run("acme", {"orders"});
  start_and_finish(claimed, 0, success());
  let_leases_expire();

  EXPECT_FALSE(queue.claim("worker", lease));
  queue.enqueue_due(0ms);

  EXPECT_EQ(queue.find_run(claimed.run.id)->result, RunResult::succeeded);
}

TEST_F(JobQueueTest, opens_one_run_for_all_the_time_nothing_ran) {
  const IntegrationId id = confirmed("acme").id;
  sql("update sluice.integrations set next_run_at = now() - interval '5 hours 30 minutes'");

  EXPECT_EQ(queue.enqueue_due(0ms), 1);
  EXPECT_EQ(queue.enqueue_due(0ms), 0);

  EXPECT_EQ(queue.list_runs(id, {}).items.size(), 1U);
  EXPECT_EQ(queue.list_runs(id, {}).items[0].trigger, RunTrigger::schedule);
  // The grid stays: half an hour before the full interval.
  EXPECT_EQ(sql("select round(extract(epoch from next_run_at - now()) / 60) from sluice.integrations"), "30");
}

TEST_F(JobQueueTest, skips_a_tick_whose_forerunner_is_still_open) {
  const IntegrationId id = confirmed("acme").id;
  queue.trigger(id, RunTrigger::manual);
  sql("update sluice.integrations set next_run_at = now() - interval '1 second'");

  EXPECT_EQ(queue.enqueue_due(0ms), 0);

  EXPECT_EQ(sql("select next_run_at > now() from sluice.integrations"), "t");
  EXPECT_EQ(queue.list_runs(id, {}).items.size(), 1U);
}

TEST_F(JobQueueTest, spreads_due_times_by_a_stable_share) {
  for (int i = 0; i < 16; ++i) confirmed("store_" + std::to_string(i), {"orders"});
  const auto tick = [this] {
    sql("update sluice.integrations set next_run_at = next_run_at - (select max(next_run_at) - now() from "
        "sluice.integrations)");
    queue.enqueue_due(60s);
    return sql(
        "select string_agg((next_run_at - min_at)::text, ',' order by name) from sluice.integrations, "
        "(select min(next_run_at) as min_at from sluice.integrations) as first");
  };
  sql("update sluice.integrations set next_run_at = '2026-01-01'");

  EXPECT_EQ(queue.enqueue_due(60s), 16);

  EXPECT_EQ(sql("select count(distinct next_run_at) > 8 and max(next_run_at) - min(next_run_at) < interval '60 s' "
                "and min(due_share) >= 0 and max(due_share) < 60000 from sluice.integrations"),
            "t");
  EXPECT_EQ(tick(), tick());
}

TEST_F(JobQueueTest, limits_the_spread_to_a_tenth_of_the_interval) {
  for (int i = 0; i < 16; ++i) confirmed("store_" + std::to_string(i), {"orders"});
  sql("update sluice.integrations set next_run_at = now()");

  queue.enqueue_due(24h);

  EXPECT_EQ(sql("select max(due_share) < 360000 and max(due_share) > 60000 from sluice.integrations"), "t");
}

TEST_F(JobQueueTest, knows_when_the_next_thing_is_due) {
  EXPECT_FALSE(queue.until_next_due());
  confirmed("acme");
  EXPECT_GT(*queue.until_next_due(), 59min);
  sql("update sluice.integrations set next_run_at = now() - interval '1 minute'");
  EXPECT_EQ(queue.until_next_due(), 0ms);
  sql("update sluice.integrations set paused = true");
  EXPECT_FALSE(queue.until_next_due());
}

TEST_F(JobQueueTest, waits_for_the_lease_of_another_owner) {
  const ClaimedRun claimed = claim_new_run("acme");
  queue.heartbeat(claimed.run.id, claimed.epoch, 10s);

  const auto due = queue.until_next_due();

  ASSERT_TRUE(due);
  EXPECT_GT(*due, 5s);
  EXPECT_LE(*due, 10s);
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
