// Who owns a run: claims, leases, takeovers.
#include "tests/integration/storage/job_queue_fixture.hpp"

namespace sluice {
namespace {

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

TEST_F(JobQueueTest, frees_every_run_for_a_daemon_that_is_alone) {
  const ClaimedRun dead = claim_new_run("acme");
  ASSERT_FALSE(queue.claim("heir", lease));

  EXPECT_EQ(queue.end_leases(), 1);

  EXPECT_EQ(queue.claim("heir", lease)->run.id, dead.run.id);
  EXPECT_FALSE(queue.heartbeat(dead.run.id, dead.epoch, lease));
  sql("update sluice.runs set lease_owner = null, lease_until = null, epoch = null");
  EXPECT_EQ(queue.end_leases(), 0);
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

TEST_F(JobQueueTest, begins_again_what_an_owner_left_unsettled_at_release) {
  const ClaimedRun claimed = claim_new_run("acme");
  start(claimed, 0);

  EXPECT_TRUE(release(claimed));

  EXPECT_EQ(job_now(claimed, 0).state, JobState::queued);
  EXPECT_EQ(job_now(claimed, 0).attempt, 1);
}

TEST_F(JobQueueTest, closes_the_run_of_an_owner_that_died_after_its_last_job) {
  const ClaimedRun claimed = claim_new_run("acme", {"orders"});
  start_and_finish(claimed, 0, success());
  let_leases_expire();

  EXPECT_FALSE(queue.claim("worker", lease));
  queue.enqueue_due(0ms);

  EXPECT_EQ(queue.find_run(claimed.run.id)->result, RunResult::succeeded);
}

}  // namespace
}  // namespace sluice
