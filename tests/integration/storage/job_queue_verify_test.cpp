// Verifications: runs of their own, which load nothing.
#include "tests/integration/storage/job_queue_fixture.hpp"

namespace sluice {
namespace {

class Verifications : public JobQueueTest {
 protected:
  IntegrationId loaded(const std::string& name) {
    const ClaimedRun run = claim_new_run(name);
    for (std::size_t i = 0; i < run.jobs.size(); ++i) start_and_finish(run, i, success());
    EXPECT_TRUE(release(run));
    return run.integration.id;
  }
  ClaimedRun begin(const IntegrationId& id, bool repairs = false) {
    EXPECT_TRUE(queue.verify(id, "orders", repairs).created);
    ClaimedRun run = *queue.claim("worker", lease);
    EXPECT_TRUE(queue.start_job(run.run.id, run.epoch, run.jobs[0].id, JobKind::verify));
    return run;
  }
  TableStatus orders(const IntegrationId& id) { return integrations.tables(id).front(); }
};

TEST_F(Verifications, run_by_themselves) {
  const IntegrationId id = loaded("acme");

  const ClaimedRun run = begin(id, true);

  ASSERT_EQ(run.jobs.size(), 1U);
  EXPECT_EQ(run.jobs[0].kind, JobKind::verify);
  EXPECT_EQ(run.jobs[0].table, "orders");
  EXPECT_TRUE(run.jobs[0].repairs);
  EXPECT_FALSE(queue.trigger(id, RunTrigger::manual).created) << "nothing is loaded meanwhile";
  EXPECT_EQ(code_thrown_by([&] { queue.verify(id, "orders", false); }), "table.verifying");
}

TEST_F(Verifications, wait_for_the_open_run_and_come_before_what_is_due) {
  const IntegrationId id = loaded("acme");
  queue.trigger(id, RunTrigger::manual);
  const ClaimedRun load = *queue.claim("worker", lease);

  EXPECT_FALSE(queue.verify(id, "orders", false).created);
  EXPECT_EQ(queue.enqueue_due(0ms), 0) << "the load is open";
  for (std::size_t i = 0; i < load.jobs.size(); ++i) start_and_finish(load, i, success());
  ASSERT_TRUE(release(load));
  sql("update sluice.integrations set next_run_at = now()");
  EXPECT_EQ(queue.until_next_due(), 0ms);

  EXPECT_EQ(queue.enqueue_due(0ms), 1);
  const ClaimedRun verification = *queue.claim("worker", lease);
  ASSERT_EQ(verification.jobs.size(), 1U);
  EXPECT_EQ(verification.jobs[0].kind, JobKind::verify);
  EXPECT_FALSE(verification.jobs[0].repairs);
  ASSERT_TRUE(queue.start_job(verification.run.id, verification.epoch, verification.jobs[0].id, JobKind::verify));
  ASSERT_TRUE(finish(verification, 0, success()));
  ASSERT_TRUE(release(verification));
  EXPECT_EQ(queue.enqueue_due(0ms), 1);
  EXPECT_EQ(queue.claim("worker", lease)->jobs.size(), 2U) << "what was due is loaded behind it";
}

TEST_F(Verifications, keep_what_they_found_with_the_job_and_the_table) {
  const IntegrationId id = loaded("acme");
  const TableStatus before = orders(id);
  const ClaimedRun run = begin(id);
  const Json found{{"equal", false}, {"missing", 1}, {"missing_keys", {{{"id", 7}}}}, {"surplus_keys", Json::array()}};

  EXPECT_FALSE(queue.record_verification(run.run.id, run.epoch + 1, run.jobs[0].id, found)) << "not the owner";
  EXPECT_TRUE(queue.record_verification(run.run.id, run.epoch, run.jobs[0].id, found));
  ASSERT_TRUE(finish(run, 0, success()));

  EXPECT_EQ(job_now(run, 0).verification, found);
  JobFilter verifications;
  verifications.kinds = {JobKind::verify};
  const Json listed = queue.list_jobs(verifications, {}).items.at(0).verification;
  EXPECT_EQ(listed, (Json{{"equal", false}, {"missing", 1}})) << "lists carry no keys";
  const TableStatus after = orders(id);
  EXPECT_EQ(after.verification, listed);
  EXPECT_TRUE(after.verified_at);
  EXPECT_EQ(after.last_replicated_at, before.last_replicated_at) << "nothing was loaded";
  EXPECT_EQ(after.last_job, before.last_job);
}

TEST_F(Verifications, that_fail_say_nothing_of_the_table) {
  const IntegrationId id = loaded("acme");
  const ClaimedRun run = begin(id);

  ASSERT_TRUE(finish(run, 0, failure()));
  ASSERT_TRUE(release(run));

  EXPECT_EQ(orders(id).state, TableState::active);
  EXPECT_EQ(orders(id).last_error_code, "");
  EXPECT_EQ(integrations.find("acme")->health, Health::ok);
  EXPECT_EQ(queue.find_run(run.run.id)->result, RunResult::failed);
}

TEST_F(Verifications, are_refused_where_nothing_may_run_or_nothing_is_loaded) {
  const IntegrationId unconfirmed = ready_draft("draft").id;
  EXPECT_EQ(code_thrown_by([&] { queue.verify(unconfirmed, "orders", false); }), "integration.draft");
  const IntegrationId fresh = confirmed("fresh").id;
  EXPECT_EQ(code_thrown_by([&] { queue.verify(fresh, "orders", false); }), "table.not_loaded");
  const IntegrationId id = loaded("acme");
  EXPECT_EQ(code_thrown_by([&] { queue.verify(id, "brands", false); }), "table.unknown");
  integrations.pause_table(id, "orders", true);
  EXPECT_EQ(code_thrown_by([&] { queue.verify(id, "orders", false); }), "table.paused");
  integrations.pause(id, "");
  EXPECT_EQ(code_thrown_by([&] { queue.verify(id, "products", false); }), "integration.paused");
  integrations.resume(id);
  ASSERT_TRUE(queue.refuse_credentials(id, 1, {}, JobError{ErrorKind::auth, "source.auth_failed", "refused", ""}));
  EXPECT_EQ(code_thrown_by([&] { queue.verify(id, "products", false); }), "integration.auth_required");
}

TEST_F(Verifications, leave_a_reading_from_the_beginning_to_the_next_load) {
  const IntegrationId id = loaded("acme");
  queue.trigger(id, RunTrigger::manual);
  queue.verify(id, "orders", false);
  queue.verify(id, "orders", true);
  queue.verify(id, "orders", false);

  EXPECT_EQ(sql("select verify_asked from sluice.integration_tables where table_name = 'orders'"), "repair")
      << "who only wants to know takes nothing back";
}

class CheckpointHistory : public JobQueueTest {
 protected:
  /// "cause rows cursor" of each, newest first.
  std::string history(const IntegrationId& id, const std::string& table = "orders") {
    std::string text;
    for (const PastCheckpoint& past : integrations.checkpoints(id, table, {}).items) {
      const Json& position = past.checkpoint.position;
      text += (text.empty() ? "" : ", ") + past.cause + " " + std::to_string(past.checkpoint.rows) + " " +
              (position.is_object() ? position.value("cursor", "") : "none");
    }
    return text;
  }
  void progress(const ClaimedRun& run, std::size_t job, std::int64_t rows, const std::string& cursor) {
    ASSERT_TRUE(start(run, job));
    ASSERT_TRUE(queue.record_progress(run.run.id, run.epoch, run.jobs[job].id, {{}, rows, {{"cursor", cursor}}, {}}));
  }
};

TEST_F(CheckpointHistory, says_where_a_table_stood_after_each_job_and_each_write_by_hand) {
  const ClaimedRun run = claim_new_run("acme");
  const IntegrationId id = run.integration.id;
  progress(run, 0, 10, "2026-01-01");
  ASSERT_TRUE(finish(run, 0, retry(1h)));
  EXPECT_EQ(history(id), "") << "it is not over";
  progress(run, 0, 12, "2026-01-02");
  JobOutcome ended = success();
  ended.replicated_until = Time{} + std::chrono::hours(24);
  ASSERT_TRUE(finish(run, 0, ended));
  progress(run, 1, 3, "2026-01-03");
  ASSERT_TRUE(finish(run, 1, failure()));

  integrations.mirror(id, "orders", {{{"cursor", "2025-01-01"}}, 12}, {"set", "req_1"});
  integrations.mirror(id, "orders", {nullptr, 12}, {"cleared", "req_2"});

  EXPECT_EQ(history(id), "cleared 12 none, set 12 2025-01-01, job 12 2026-01-02");
  EXPECT_EQ(history(id, "products"), "job 3 2026-01-03");
  const auto all = integrations.checkpoints(id, "orders", {}).items;
  EXPECT_EQ(all.back().job, run.jobs[0].id);
  EXPECT_EQ(all.back().replicated_until, ended.replicated_until);
  EXPECT_EQ(all.front().request_id, "req_2");
  const auto page = integrations.checkpoints(id, "orders", {1, std::to_string(all.front().id)});
  EXPECT_EQ(page.items.at(0).id, all.at(1).id);
  EXPECT_EQ(page.next, std::to_string(all.at(1).id));
  EXPECT_EQ(integrations.find_checkpoint(id, "orders", all.at(1).id)->cause, "set");
  EXPECT_FALSE(integrations.find_checkpoint(id, "products", all.at(1).id)) << "another table's";
}

}  // namespace
}  // namespace sluice
