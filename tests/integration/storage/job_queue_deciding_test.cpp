// Jobs that are cancelled, and jobs that are done again.
#include "tests/integration/storage/job_queue_fixture.hpp"

#include <algorithm>

namespace sluice {
namespace {

class JobDecisions : public JobQueueTest {
 protected:
  TableState table(const ClaimedRun& run, std::size_t job = 0) {
    return integrations.tables(run.integration.id)[job].state;
  }
  std::string cancel(const JobId& job) {
    return code_thrown_by([&] { queue.cancel(job); });
  }
  std::string again(const JobId& job) {
    return code_thrown_by([&] { queue.retry(job); });
  }
  ClaimedRun failed_run(const std::string& name) {
    const ClaimedRun run = claim_new_run(name, {"orders"});
    start_and_finish(run, 0, failure());
    release(run);
    return run;
  }
  std::size_t jobs_in_all() { return queue.list_jobs({}, {}).items.size(); }
};

TEST_F(JobDecisions, end_a_job_that_nobody_has_at_once) {
  const IntegrationId id = confirmed("acme").id;
  const auto run = queue.trigger(id, RunTrigger::manual).run;
  const auto jobs = queue.list_jobs({}, {}).items;

  EXPECT_EQ(queue.cancel(jobs[0].id).state, JobState::cancelled);
  EXPECT_TRUE(queue.find_run(run.id)->open) << "the other one is still to be done";
  EXPECT_EQ(queue.cancel(jobs[1].id).state, JobState::cancelled);

  EXPECT_EQ(queue.find_run(run.id)->result, RunResult::cancelled);
  EXPECT_EQ(integrations.tables(id)[0].state, TableState::pending);
  EXPECT_EQ(cancel(jobs[0].id), "job.ended");
  EXPECT_EQ(cancel(JobId("job_none")), "job.unknown");
}

TEST_F(JobDecisions, tell_the_owner_of_a_running_job_and_let_the_others_go_on) {
  const ClaimedRun run = claim_new_run("acme");
  ASSERT_TRUE(start(run, 0));
  EXPECT_TRUE(queue.heartbeat(run.run.id, run.epoch, lease).cancelled.empty());

  const Job asked = queue.cancel(run.jobs[0].id);
  EXPECT_EQ(asked.state, JobState::running) << "its owner has not stopped it yet";
  EXPECT_TRUE(asked.is_cancel_asked);
  EXPECT_EQ(cancel(run.jobs[0].id), "") << "as often as one likes";

  const Heartbeat beat = queue.heartbeat(run.run.id, run.epoch, lease);
  EXPECT_TRUE(beat.is_kept);
  EXPECT_EQ(beat.cancelled, std::set{run.jobs[0].id});
  EXPECT_TRUE(finish(run, 0, given_back()));
  EXPECT_EQ(job_now(run, 0).state, JobState::cancelled);
  EXPECT_EQ(table(run), TableState::pending);
  start_and_finish(run, 1, success());
  EXPECT_TRUE(release(run));
  EXPECT_EQ(queue.find_run(run.run.id)->result, RunResult::partial);
}

TEST_F(JobDecisions, keep_what_a_job_came_to_when_it_was_faster) {
  struct Case {
    const char* name;
    JobOutcome outcome;
    JobState state;
  };
  const Case cases[] = {{"succeeded", success(), JobState::succeeded},
                        {"failed", failure(), JobState::failed},
                        {"waits", retry(1h), JobState::cancelled},
                        {"given_back", given_back(), JobState::cancelled}};
  for (const auto& [name, outcome, state] : cases) {
    const ClaimedRun run = claim_new_run(name, {"orders"});
    ASSERT_TRUE(start(run, 0)) << name;
    queue.cancel(run.jobs[0].id);

    EXPECT_TRUE(finish(run, 0, outcome)) << name;

    EXPECT_EQ(job_now(run, 0).state, state) << name;
    EXPECT_TRUE(release(run)) << name;
    EXPECT_FALSE(queue.find_run(run.run.id)->open) << name;
  }
}

TEST_F(JobDecisions, outlive_the_owner_who_was_told) {
  const ClaimedRun run = claim_new_run("acme");
  ASSERT_TRUE(start(run, 0));
  queue.cancel(run.jobs[0].id);
  let_leases_expire();

  const ClaimedRun heir = *queue.claim("heir", lease);

  EXPECT_EQ(job_now(run, 0).state, JobState::cancelled);
  ASSERT_EQ(heir.jobs.size(), 1U);
  EXPECT_EQ(heir.jobs[0].id, run.jobs[1].id);
}

TEST_F(JobDecisions, end_the_job_of_a_dead_owner_at_once) {
  const ClaimedRun run = claim_new_run("acme", {"orders"});
  ASSERT_TRUE(start(run, 0));
  let_leases_expire();

  EXPECT_EQ(queue.cancel(run.jobs[0].id).state, JobState::cancelled);

  EXPECT_EQ(queue.attempts(run.jobs[0].id, {})->items[0].state, AttemptState::lost);
  EXPECT_EQ(queue.find_run(run.run.id)->result, RunResult::cancelled);
}

TEST_F(JobDecisions, leave_a_table_as_it_stood_before_the_job) {
  const ClaimedRun first = claim_new_run("acme", {"orders"});
  start_and_finish(first, 0, success());
  release(first);
  queue.reload(first.integration.id, "orders", ReloadMode::swap);
  const ClaimedRun reload = *queue.claim("worker", lease);
  ASSERT_TRUE(queue.start_job(reload.run.id, reload.epoch, reload.jobs[0].id, JobKind::reload));
  ASSERT_EQ(table(reload), TableState::reloading);

  queue.cancel(reload.jobs[0].id);
  ASSERT_TRUE(finish(reload, 0, given_back()));

  EXPECT_EQ(table(reload), TableState::active);
  release(reload);
  EXPECT_TRUE(queue.trigger(first.integration.id, RunTrigger::manual).created);
  EXPECT_EQ(queue.claim("worker", lease)->jobs[0].kind, JobKind::incremental);
}

TEST_F(JobDecisions, made_while_a_job_is_settled_end_in_one_state) {
  for (int round = 0; round < 10; ++round) {
    const ClaimedRun run = claim_new_run("acme" + std::to_string(round), {"orders"});
    ASSERT_TRUE(start(run, 0));

    auto cancelling = std::async(std::launch::async, [&] { return cancel(run.jobs[0].id); });
    auto finishing = std::async(std::launch::async, [&] { return finish(run, 0, success()); });
    const std::string refusal = cancelling.get();

    EXPECT_TRUE(finishing.get());
    EXPECT_TRUE(refusal.empty() || refusal == "job.ended") << refusal;
    EXPECT_EQ(job_now(run, 0).state, JobState::succeeded);
    EXPECT_TRUE(release(run));
    EXPECT_EQ(queue.find_run(run.run.id)->result, RunResult::succeeded);
  }
}

TEST_F(JobDecisions, skip_the_wait_for_the_next_attempt) {
  const ClaimedRun run = claim_new_run("acme", {"orders"});
  start_and_finish(run, 0, retry(1h));
  release(run);
  ASSERT_FALSE(queue.claim("worker", lease));

  const auto retried = queue.retry(run.jobs[0].id);

  ASSERT_TRUE(retried.job);
  EXPECT_EQ(retried.job->id, run.jobs[0].id) << "it is the same job";
  EXPECT_EQ(retried.job->state, JobState::queued);
  EXPECT_FALSE(retried.is_behind);
  EXPECT_EQ(queue.until_next_due(), 0ms);
  const auto next = queue.claim("worker", lease);
  ASSERT_TRUE(next);
  EXPECT_TRUE(start(*next, 0));
  EXPECT_EQ(job_now(run, 0).attempt, 2);
  EXPECT_EQ(again(run.jobs[0].id), "job.open");
}

TEST_F(JobDecisions, run_a_failed_table_again_and_say_what_for) {
  const ClaimedRun failed = failed_run("acme");

  const auto retried = queue.retry(failed.jobs[0].id);

  ASSERT_TRUE(retried.job);
  EXPECT_NE(retried.job->id, failed.jobs[0].id);
  EXPECT_EQ(retried.job->retry_of, failed.jobs[0].id);
  EXPECT_EQ(retried.job->trigger, RunTrigger::manual);
  EXPECT_EQ(retried.run.id, retried.job->run);
  EXPECT_FALSE(retried.is_behind);
  EXPECT_EQ(again(failed.jobs[0].id), "table.busy") << "once";
  const ClaimedRun next = *queue.claim("worker", lease);
  start_and_finish(next, 0, success());
  release(next);
  EXPECT_EQ(again(next.jobs[0].id), "job.not_retriable");
  EXPECT_EQ(integrations.find("acme")->health, Health::ok);
}

TEST_F(JobDecisions, repeat_a_reload_as_a_reload) {
  const ClaimedRun first = claim_new_run("acme", {"orders"});
  start_and_finish(first, 0, success());
  release(first);
  queue.reload(first.integration.id, "orders", ReloadMode::merge);
  const ClaimedRun reload = *queue.claim("worker", lease);
  ASSERT_TRUE(queue.start_job(reload.run.id, reload.epoch, reload.jobs[0].id, JobKind::reload));
  ASSERT_TRUE(finish(reload, 0, failure()));
  release(reload);

  const auto retried = queue.retry(reload.jobs[0].id);

  EXPECT_EQ(retried.job->kind, JobKind::reload);
  EXPECT_EQ(retried.job->reload, ReloadMode::merge);
}

TEST_F(JobDecisions, wait_for_the_open_run_before_they_do_a_job_again) {
  const ClaimedRun run = claim_new_run("acme");
  start_and_finish(run, 0, failure());

  const auto retried = queue.retry(run.jobs[0].id);

  EXPECT_TRUE(retried.is_behind);
  EXPECT_FALSE(retried.job);
  EXPECT_EQ(retried.run.id, run.run.id);
  EXPECT_TRUE(queue.retry(run.jobs[0].id).is_behind) << "asked for once, however often";
  start_and_finish(run, 1, success());
  release(run);
  EXPECT_EQ(queue.until_next_due(), 0ms);
  EXPECT_EQ(queue.enqueue_due(0ms), 1);
  const ClaimedRun next = *queue.claim("worker", lease);
  ASSERT_EQ(next.jobs.size(), 1U);
  EXPECT_EQ(next.jobs[0].table, "orders");
  EXPECT_EQ(next.jobs[0].retry_of, run.jobs[0].id);
  start_and_finish(next, 0, success());
  release(next);
  EXPECT_EQ(queue.enqueue_due(0ms), 0);
}

TEST_F(JobDecisions, do_nothing_again_that_may_not_run) {
  const ClaimedRun failed = failed_run("acme");
  const JobId job = failed.jobs[0].id;
  const IntegrationId id = failed.integration.id;
  EXPECT_EQ(again(JobId("job_none")), "job.unknown");

  integrations.pause(id, "");
  EXPECT_EQ(again(job), "integration.paused");
  integrations.resume(id);
  integrations.pause_table(id, "orders", true);
  EXPECT_EQ(again(job), "table.paused");
  integrations.pause_table(id, "orders", false);
  queue.refuse_credentials(id, 1, {},
                           {ErrorKind::auth, "source.auth_failed", "the source refused the credentials", ""});
  EXPECT_EQ(again(job), "integration.auth_required");
  integrations.set_credentials(id, "store1", "c", Secret("new"), nullptr);
  integrations.set_selection(id, {{"products", {"id"}}}, std::nullopt);
  EXPECT_EQ(again(job), "job.not_retriable");
  integrations.begin_delete(id, std::nullopt);
  EXPECT_EQ(again(job), "integration.deleting");
  EXPECT_EQ(jobs_in_all(), 1U);
}

TEST_F(JobDecisions, made_twice_at_once_do_a_job_again_once) {
  const ClaimedRun failed = failed_run("acme");
  std::vector<std::future<std::string>> askers;
  for (int i = 0; i < 6; ++i) {
    askers.push_back(std::async(std::launch::async, [&] { return again(failed.jobs[0].id); }));
  }

  std::vector<std::string> answers;
  for (auto& asker : askers) answers.push_back(asker.get());

  EXPECT_EQ(std::ranges::count(answers, ""), 1);
  EXPECT_EQ(std::ranges::count(answers, "table.busy"), 5);
  EXPECT_EQ(jobs_in_all(), 2U);
}

}  // namespace
}  // namespace sluice
