// What is kept of each attempt of a job.
#include "tests/integration/storage/job_queue_fixture.hpp"

namespace sluice {

inline std::ostream& operator<<(std::ostream& out, AttemptState value) { return out << to_string(value); }

namespace {

class JobAttempts : public JobQueueTest {
 protected:
  std::vector<JobAttempt> attempts(const ClaimedRun& run, std::size_t job = 0) {
    return queue.attempts(run.jobs[job].id, {})->items;
  }
  void progress(const ClaimedRun& run, std::int64_t read, std::int64_t calls) {
    TableProgress done;
    done.counters.read = read;
    done.counters.inserted = read;
    done.counters.calls = calls;
    ASSERT_TRUE(queue.record_progress(run.run.id, run.epoch, run.jobs[0].id, done));
  }
  ClaimedRun claim_again(const std::string& worker) {
    sql("update sluice.jobs set next_attempt_at = now() where next_attempt_at is not null");
    return *queue.claim(worker, lease);
  }
};

TEST_F(JobAttempts, tell_who_tried_how_it_ended_and_what_it_did_alone) {
  const ClaimedRun first = claim_new_run("acme", {"orders"});
  EXPECT_TRUE(attempts(first).empty()) << "nobody has tried yet";
  ASSERT_TRUE(start(first, 0));
  progress(first, 100, 4);
  ASSERT_EQ(attempts(first).size(), 1U);
  EXPECT_EQ(attempts(first)[0].state, AttemptState::running);
  EXPECT_EQ(attempts(first)[0].counters.read, 100) << "while it goes on, too";
  EXPECT_FALSE(attempts(first)[0].ended_at);
  ASSERT_TRUE(finish(first, 0, retry(1h)));
  release(first);

  const ClaimedRun second = claim_again("another");
  ASSERT_TRUE(start(second, 0));
  progress(second, 130, 6);
  ASSERT_TRUE(finish(second, 0, success()));

  const auto all = attempts(first);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].number, 1);
  EXPECT_EQ(all[0].state, AttemptState::failed);
  EXPECT_EQ(all[0].worker, "worker");
  EXPECT_TRUE(all[0].ended_at);
  ASSERT_TRUE(all[0].error);
  EXPECT_EQ(all[0].error->code, "source.unreachable");
  EXPECT_EQ(all[0].counters.read, 100);
  EXPECT_EQ(all[0].counters.calls, 4);
  EXPECT_EQ(all[1].number, 2);
  EXPECT_EQ(all[1].state, AttemptState::succeeded);
  EXPECT_EQ(all[1].worker, "another");
  EXPECT_FALSE(all[1].error);
  EXPECT_EQ(all[1].counters.read, 30);
  EXPECT_EQ(all[1].counters.calls, 2);
}

TEST_F(JobAttempts, of_an_owner_that_died_are_lost) {
  const ClaimedRun dead = claim_new_run("acme", {"orders"});
  ASSERT_TRUE(start(dead, 0));
  progress(dead, 50, 2);

  let_leases_expire();
  EXPECT_EQ(attempts(dead)[0].state, AttemptState::lost) << "before anybody takes over";
  const ClaimedRun heir = *queue.claim("heir", lease);
  ASSERT_TRUE(start(heir, 0));

  const auto all = attempts(dead);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].state, AttemptState::lost);
  EXPECT_TRUE(all[0].ended_at);
  EXPECT_EQ(all[0].counters.read, 50);
  EXPECT_EQ(all[1].state, AttemptState::running);
  EXPECT_EQ(all[1].worker, "heir");
  EXPECT_EQ(all[1].counters.read, 0);
}

/// The answer was lost, or that to the next job of the same read was: the read itself has not even begun.
TEST_F(JobAttempts, that_their_owner_begins_twice_count_once) {
  const ClaimedRun run = claim_new_run("acme", {"orders"});

  ASSERT_TRUE(start(run, 0));
  ASSERT_TRUE(start(run, 0));

  EXPECT_EQ(job_now(run, 0).attempt, 1);
  ASSERT_EQ(attempts(run).size(), 1U);
  EXPECT_EQ(attempts(run)[0].state, AttemptState::running);
}

TEST_F(JobAttempts, that_were_given_back_are_told_apart) {
  const ClaimedRun stopping = claim_new_run("acme", {"orders"});
  ASSERT_TRUE(start(stopping, 0));
  ASSERT_TRUE(finish(stopping, 0, given_back()));
  release(stopping);
  const ClaimedRun next = *queue.claim("next", lease);
  ASSERT_TRUE(start(next, 0));
  release(next);

  const auto all = attempts(stopping);

  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].state, AttemptState::given_back);
  EXPECT_EQ(all[1].state, AttemptState::lost) << "its owner left it unsettled";
  EXPECT_EQ(job_now(stopping, 0).attempt, 1) << "what was given back does not count";
}

TEST_F(JobAttempts, end_with_their_job_whoever_ends_it) {
  const ClaimedRun paused = claim_new_run("paused", {"orders"});
  ASSERT_TRUE(start(paused, 0));
  integrations.pause(paused.integration.id, "", {}, PauseMode::now);
  const ClaimedRun refused = claim_new_run("refused", {"orders"});
  ASSERT_TRUE(start(refused, 0));
  queue.refuse_credentials(refused.integration.id, 1, {},
                           {ErrorKind::auth, "source.auth_failed", "the source refused the credentials", ""});

  EXPECT_EQ(attempts(paused)[0].state, AttemptState::cancelled);
  EXPECT_EQ(attempts(refused)[0].state, AttemptState::failed);
  EXPECT_EQ(attempts(refused)[0].error->code, "source.auth_failed");
}

TEST_F(JobAttempts, come_page_by_page_and_go_with_their_job) {
  const ClaimedRun run = claim_new_run("acme", {"orders"});
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(start(run, 0));
    ASSERT_TRUE(finish(run, 0, given_back()));
  }

  const auto page = queue.attempts(run.jobs[0].id, {2, std::nullopt});
  ASSERT_EQ(page->items.size(), 2U);
  const auto rest = queue.attempts(run.jobs[0].id, {2, page->next});
  ASSERT_EQ(rest->items.size(), 1U);
  EXPECT_EQ(rest->items[0].number, 3);
  EXPECT_FALSE(rest->next);
  EXPECT_FALSE(queue.attempts(JobId("job_none"), {}));

  sql("update sluice.integration_tables set last_job_id = null; delete from sluice.jobs");
  EXPECT_EQ(sql("select count(*) from sluice.job_attempts"), "0");
}

}  // namespace
}  // namespace sluice
