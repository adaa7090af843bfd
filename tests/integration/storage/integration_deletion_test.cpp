// Deletions that are begun by one and finished by another.
#include "tests/integration/storage/job_queue_fixture.hpp"

namespace sluice {
namespace {

class IntegrationDeletion : public JobQueueTest {};

TEST_F(IntegrationDeletion, is_due_once_no_run_is_under_way) {
  const ClaimedRun run = claim_new_run("acme");
  ASSERT_TRUE(start(run, 0));
  const IntegrationId id = run.integration.id;

  const Integration leaving = integrations.begin_delete(id, std::nullopt, TablesLeft::dropped);

  ASSERT_TRUE(leaving.deletion);
  EXPECT_EQ(leaving.deletion->tables, TablesLeft::dropped);
  EXPECT_EQ(integrations.until_next_delete(), 0ms);
  EXPECT_FALSE(integrations.claim_delete(std::nullopt, 1h)) << "its owner has not stopped yet";
  EXPECT_FALSE(queue.heartbeat(run.run.id, run.epoch, lease));
  let_leases_expire();
  const auto claimed = integrations.claim_delete(std::nullopt, 1h);
  ASSERT_TRUE(claimed);
  EXPECT_EQ(claimed->id, id);
  EXPECT_FALSE(queue.find_run(run.run.id)->open);
  EXPECT_FALSE(integrations.claim_delete(id, 1h)) << "somebody is at it";
  integrations.finish_delete(id);

  EXPECT_FALSE(integrations.find("acme"));
  EXPECT_FALSE(integrations.until_next_delete());
  EXPECT_EQ(draft("acme").state, IntegrationState::draft) << "the name is free";
}

TEST_F(IntegrationDeletion, comes_back_after_a_failure_that_everyone_sees) {
  const IntegrationId id = confirmed("acme").id;
  integrations.begin_delete(id, std::nullopt, TablesLeft::dropped);
  ASSERT_TRUE(integrations.claim_delete(id, 1h));

  integrations.delay_delete(id, Error(ErrorKind::transient, "destination.unreachable", "no answer"), 1h);

  const Deletion deletion = *integrations.find("acme")->deletion;
  EXPECT_EQ(deletion.attempts, 1);
  EXPECT_EQ(deletion.error_code, "destination.unreachable");
  EXPECT_EQ(deletion.error, "no answer");
  EXPECT_FALSE(integrations.claim_delete(std::nullopt, 1h));
  EXPECT_GT(*integrations.until_next_delete(), 59min);
  sql("update sluice.integrations set deletion_due_at = now()");
  EXPECT_TRUE(integrations.claim_delete(std::nullopt, 1h));
}

TEST_F(IntegrationDeletion, drops_or_keeps_as_was_said_last) {
  const IntegrationId id = confirmed("acme").id;
  integrations.begin_delete(id, std::nullopt, TablesLeft::dropped);
  ASSERT_TRUE(integrations.claim_delete(id, 1h));

  integrations.begin_delete(id, std::nullopt, TablesLeft::kept);

  const auto again = integrations.claim_delete(id, 1h);
  ASSERT_TRUE(again) << "a change of mind does not wait";
  EXPECT_EQ(again->deletion->tables, TablesLeft::kept);
}

TEST_F(IntegrationDeletion, is_one_workers_at_a_time) {
  const IntegrationId id = confirmed("acme").id;
  integrations.begin_delete(id, std::nullopt);
  std::vector<std::future<bool>> workers;
  for (int i = 0; i < 6; ++i) {
    workers.push_back(std::async(std::launch::async, [&] { return integrations.claim_delete({}, 1h).has_value(); }));
  }

  int taken = 0;
  for (auto& worker : workers) taken += worker.get() ? 1 : 0;

  EXPECT_EQ(taken, 1);
}

}  // namespace
}  // namespace sluice
