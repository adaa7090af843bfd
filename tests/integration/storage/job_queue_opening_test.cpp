// When runs are opened, and when the next one is due.
#include "tests/integration/storage/job_queue_fixture.hpp"

namespace sluice {
namespace {

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
  refuse_credentials(refused);

  const auto code = [this](const IntegrationId& id) {
    return code_thrown_by([&] { queue.trigger(id, RunTrigger::manual); });
  };

  EXPECT_EQ(code(draft("draft").id), "integration.draft");
  EXPECT_EQ(code(paused), "integration.paused");
  EXPECT_EQ(code(deleting), "integration.deleting");
  EXPECT_EQ(code(refused), "integration.auth_required");
  EXPECT_EQ(code(IntegrationId::make(Time{})), "integration.unknown");
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

TEST_F(JobQueueTest, keeps_what_became_due_until_the_open_run_has_ended) {
  const ClaimedRun first = claim_new_run("acme", {"orders"});
  sql("update sluice.integrations set next_run_at = now() - interval '1 second'");

  EXPECT_EQ(queue.enqueue_due(0ms), 0);
  EXPECT_GT(*queue.until_next_due(), 1min) << "the open run's end wakes the scheduler, not what waits for it";
  start_and_finish(first, 0, success());
  release(first);

  EXPECT_EQ(queue.until_next_due(), 0ms);
  EXPECT_EQ(queue.enqueue_due(0ms), 1);
  EXPECT_EQ(queue.enqueue_due(0ms), 0);
  EXPECT_EQ(sql("select next_run_at > now() from sluice.integrations"), "t");
  EXPECT_EQ(queue.list_runs(first.integration.id, {}).items.size(), 2U);
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

  EXPECT_EQ(sql("select count(distinct next_run_at) > 8 and max(extract(epoch from next_run_at) % 3600) < 60 "
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

}  // namespace
}  // namespace sluice
