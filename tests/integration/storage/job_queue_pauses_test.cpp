// Pauses: what runs on, what stops, and how they end.
#include "tests/integration/storage/job_queue_fixture.hpp"

namespace sluice {
namespace {

class JobQueuePauses : public JobQueueTest {
 protected:
  Time in(Duration time) const { return SystemClock().now() + time; }
};

TEST_F(JobQueuePauses, end_by_themselves_and_then_run_once_what_was_due) {
  const IntegrationId id = confirmed("acme").id;
  EXPECT_TRUE(integrations.pause(id, "holiday", in(1h)).paused_until);
  sql("update sluice.integrations set next_run_at = now() - interval '5 hours'");

  EXPECT_EQ(queue.enqueue_due(0ms), 0);
  EXPECT_GT(*queue.until_next_due(), 59min);
  EXPECT_LE(*queue.until_next_due(), 1h);
  sql("update sluice.integrations set paused_until = now() - interval '1 second'");
  EXPECT_EQ(queue.until_next_due(), 0ms);
  EXPECT_EQ(queue.enqueue_due(0ms), 1);
  EXPECT_EQ(queue.enqueue_due(0ms), 0);

  const Integration resumed = *integrations.find("acme");
  EXPECT_FALSE(resumed.paused);
  EXPECT_FALSE(resumed.paused_until);
  EXPECT_EQ(resumed.pause_reason, "");
  EXPECT_EQ(queue.list_runs(id, {}).items.size(), 1U);
}

TEST_F(JobQueuePauses, run_nothing_behind_them_when_nothing_was_due) {
  const IntegrationId id = confirmed("acme").id;
  integrations.pause(id, "", in(1h));
  sql("update sluice.integrations set paused_until = now() - interval '1 second'");

  EXPECT_EQ(queue.enqueue_due(0ms), 0);

  EXPECT_FALSE(integrations.find("acme")->paused);
}

TEST_F(JobQueuePauses, have_no_end_once_they_are_renewed_without_one) {
  const IntegrationId id = confirmed("acme").id;
  integrations.pause(id, "", in(1h));

  EXPECT_FALSE(integrations.pause(id, "").paused_until);
  EXPECT_FALSE(queue.until_next_due());
}

TEST_F(JobQueuePauses, let_the_open_run_end_when_they_drain) {
  const ClaimedRun run = claim_new_run("acme");
  ASSERT_TRUE(start(run, 0));

  integrations.pause(run.integration.id, "", {}, PauseMode::drain);

  EXPECT_TRUE(queue.heartbeat(run.run.id, run.epoch, lease));
  EXPECT_TRUE(finish(run, 0, success()));
  start_and_finish(run, 1, success());
  EXPECT_TRUE(release(run));
  EXPECT_EQ(queue.find_run(run.run.id)->result, RunResult::succeeded);
}

TEST_F(JobQueuePauses, end_the_open_run_at_once_when_told_so) {
  const ClaimedRun run = claim_new_run("acme", {"orders", "products", "brands"});
  start_and_finish(run, 0, success());
  ASSERT_TRUE(start(run, 1));

  integrations.pause(run.integration.id, "", {}, PauseMode::now);

  EXPECT_EQ(queue.find_run(run.run.id)->result, RunResult::partial);
  EXPECT_EQ(job_now(run, 0).state, JobState::succeeded);
  EXPECT_EQ(job_now(run, 1).state, JobState::cancelled);
  EXPECT_EQ(job_now(run, 2).state, JobState::cancelled);
  EXPECT_FALSE(queue.heartbeat(run.run.id, run.epoch, lease)) << "its owner stops";
  EXPECT_FALSE(queue.record_progress(run.run.id, run.epoch, run.jobs[1].id, {}));
  EXPECT_FALSE(finish(run, 1, success()));
  EXPECT_FALSE(start(run, 2));
  EXPECT_FALSE(release(run));
  integrations.resume(run.integration.id);
  EXPECT_TRUE(queue.trigger(run.integration.id, RunTrigger::manual).created);
  EXPECT_GT(queue.claim("another", lease)->epoch, run.epoch);
}

TEST_F(JobQueuePauses, end_a_run_that_nobody_has_taken_yet) {
  const IntegrationId id = confirmed("acme").id;
  const auto run = queue.trigger(id, RunTrigger::manual).run;
  integrations.pause(id, "");

  integrations.pause(id, "", {}, PauseMode::now);
  integrations.pause(id, "", {}, PauseMode::now);

  EXPECT_EQ(queue.find_run(run.id)->result, RunResult::cancelled);
}

}  // namespace
}  // namespace sluice
