// Credentials that are refused and exchanged, in whatever order the two come.

#include "connectors/connector.hpp"
#include "tests/integration/storage/job_queue_fixture.hpp"

namespace sluice {
namespace {

class Reauthentication : public JobQueueTest {
 protected:
  Integration authenticate(const IntegrationId& id, const std::string& token, const Json& facts = nullptr) {
    return integrations.set_credentials(id, "store1", "client2", Secret(token), facts);
  }
  TableStatus table(const ClaimedRun& run, std::size_t number) {
    return integrations.tables(run.integration.id)[number];
  }
  std::vector<std::string> tables_of_next_run() {
    const auto claimed = queue.claim("worker", lease);
    std::vector<std::string> tables;
    if (claimed) {
      for (const Job& job : claimed->jobs) tables.push_back(job.table);
    }
    return tables;
  }
};

TEST_F(Reauthentication, raises_the_version_of_the_credentials) {
  const IntegrationId id = draft("acme").id;
  EXPECT_EQ(integrations.credentials_version(id), 0);
  EXPECT_EQ(code_thrown_by([&] { integrations.credentials(id); }), "integration.not_authenticated");

  authenticate(id, "first");
  authenticate(id, "second");

  EXPECT_EQ(integrations.credentials_version(id), 2);
  const Credentials stored = integrations.credentials(id);
  EXPECT_EQ(stored.version, 2);
  EXPECT_EQ(stored.account, "store1");
  EXPECT_EQ(stored.client_id, "client2");
  EXPECT_TRUE(stored.access_token.equals("second"));
}

TEST_F(Reauthentication, tells_each_job_why_it_failed) {
  const ClaimedRun claimed = claim_new_run("acme");
  start(claimed, 0);

  EXPECT_TRUE(refuse_credentials(claimed.integration.id, 1, {claimed.jobs[0].id}));

  EXPECT_EQ(job_now(claimed, 0).error->detail, "orders, page 2: 401");
  EXPECT_EQ(job_now(claimed, 1).error->detail, "the source refused the credentials");
  EXPECT_EQ(table(claimed, 0).last_error, "orders, page 2: 401");
  EXPECT_EQ(table(claimed, 0).state, TableState::failing);
  EXPECT_EQ(table(claimed, 1).state, TableState::failing);
}

TEST_F(Reauthentication, makes_a_refusal_of_the_credentials_before_void) {
  const ClaimedRun claimed = claim_new_run("acme");
  start(claimed, 0);
  authenticate(claimed.integration.id, "new");

  EXPECT_FALSE(refuse_credentials(claimed.integration.id, 1, {claimed.jobs[0].id}));

  EXPECT_NE(integrations.find("acme")->health, Health::auth_required);
  EXPECT_EQ(job_now(claimed, 0).state, JobState::running);
  EXPECT_TRUE(refuse_credentials(claimed.integration.id, 2)) << "the new ones can be refused as well";
}

TEST_F(Reauthentication, runs_what_had_failed_at_once) {
  const ClaimedRun claimed = claim_new_run("acme", {"orders", "products", "brands"});
  start_and_finish(claimed, 0, success());
  start_and_finish(claimed, 1,
                   {JobState::failed, JobError{ErrorKind::data, "source.bad_order", "unordered", ""}, {}, {}});
  start(claimed, 2);
  refuse_credentials(claimed.integration.id);
  EXPECT_EQ(queue.enqueue_due(0ms), 0);

  // Whoever had the run has not given it back yet.
  authenticate(claimed.integration.id, "new");
  EXPECT_EQ(integrations.find("acme")->health, Health::degraded);
  EXPECT_EQ(queue.enqueue_due(0ms), 0);
  EXPECT_TRUE(release(claimed));

  EXPECT_EQ(queue.until_next_due(), 0ms);
  EXPECT_EQ(queue.enqueue_due(0ms), 1);
  EXPECT_THAT(tables_of_next_run(), testing::ElementsAre("brands")) << "the others did not fail for the credentials";
  EXPECT_EQ(queue.enqueue_due(0ms), 0);
}

TEST_F(Reauthentication, that_is_taken_back_asks_for_nothing_twice) {
  const ClaimedRun claimed = claim_new_run("acme", {"orders"});
  start(claimed, 0);
  refuse_credentials(claimed.integration.id);
  release(claimed);
  authenticate(claimed.integration.id, "new");
  queue.enqueue_due(0ms);
  const ClaimedRun again = *queue.claim("worker", lease);
  start_and_finish(again, 0, success());
  release(again);

  authenticate(claimed.integration.id, "newer");

  EXPECT_EQ(queue.enqueue_due(0ms), 0);
}

TEST_F(Reauthentication, runs_tables_whose_scope_was_granted) {
  const ClaimedRun claimed = claim_new_run("acme");
  for (const std::size_t job : {0U, 1U}) start_and_finish(claimed, job, failure());
  release(claimed);
  const Json facts{{"tables",
                    {{{"table", "orders"}, {"access", "granted"}},
                     {{"table", "products"}, {"access", "denied"}, {"scope", "store_v2_products"}}}}};

  authenticate(claimed.integration.id, "new", facts);

  EXPECT_EQ(queue.enqueue_due(0ms), 1);
  EXPECT_THAT(tables_of_next_run(), testing::ElementsAre("orders"));
}

}  // namespace
}  // namespace sluice
