// Jobs by the API: their attempts, and what people decide about them.
#include "tests/integration/api/api_fixture.hpp"

namespace sluice {
namespace {

using namespace std::chrono_literals;

class ApiJobs : public ApiFixture {
 protected:
  void SetUp() override {
    confirmed("acme");
    job_ = ask("GET", "/v1/jobs").json["items"][0]["id"];
    path_ = "/v1/jobs/" + job_;
  }
  ClaimedRun claim() {
    auto run = queue_.claim("worker", 1h);
    EXPECT_TRUE(run.has_value());
    return *std::move(run);
  }
  void start(const ClaimedRun& run) {
    ASSERT_TRUE(queue_.start_job(run.run.id, run.epoch, run.jobs[0].id, JobKind::initial));
  }
  void finish(const ClaimedRun& run, const JobOutcome& outcome) {
    ASSERT_TRUE(queue_.finish_job(run.run.id, run.epoch, run.jobs[0].id, outcome));
  }
  static JobOutcome failure(JobState state = JobState::failed) {
    return {state, JobError{ErrorKind::transient, "source.unreachable", "no answer", "wait"}, 1h, {}};
  }
  void fail() {
    const ClaimedRun run = claim();
    start(run);
    finish(run, failure());
    ASSERT_TRUE(queue_.release(run.run.id, run.epoch));
  }
  Extra as(TokenScope scope) { return {{"Authorization", "Bearer " + token(scope)}}; }

  std::string job_;
  std::string path_;
};

TEST_F(ApiJobs, show_their_attempts) {
  const ClaimedRun run = claim();
  start(run);
  finish(run, failure(JobState::waiting_retry));

  const auto shown = ask("GET", path_ + "/attempts");

  EXPECT_EQ(shown.status, 200) << shown.text;
  ASSERT_EQ(shown.json["items"].size(), 1U);
  const Json attempt = shown.json["items"][0];
  EXPECT_EQ(attempt["number"], 1);
  EXPECT_EQ(attempt["state"], "failed");
  EXPECT_EQ(attempt["worker"], "worker");
  EXPECT_EQ(attempt["error"]["code"], "source.unreachable");
  EXPECT_EQ(attempt["error"]["hint"], "wait");
  EXPECT_TRUE(attempt["ended"].is_string());
  EXPECT_EQ(ask("GET", path_).json["attempts"], path_ + "/attempts");
  EXPECT_EQ(ask("GET", "/v1/jobs/job_none/attempts").status, 404);
  EXPECT_EQ(ask("GET", path_ + "/attempts?cursor=x").code(), "bad_cursor");
}

TEST_F(ApiJobs, are_cancelled_at_once_while_nobody_has_them) {
  EXPECT_EQ(ask("POST", path_ + "/cancel?dry_run=true").json["answer"]["state"], "cancelled");
  EXPECT_EQ(ask("GET", path_).json["state"], "queued");

  const auto cancelled = ask("POST", path_ + "/cancel");

  EXPECT_EQ(cancelled.status, 200) << cancelled.text;
  EXPECT_EQ(cancelled.json["state"], "cancelled");
  EXPECT_EQ(cancelled.json["cancelling"], false);
  EXPECT_EQ(ask("GET", "/v1/runs").json["items"][0]["result"], "cancelled");
  const auto again = ask("POST", path_ + "/cancel");
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.code(), "job_ended");
  EXPECT_EQ(ask("POST", "/v1/jobs/job_none/cancel").status, 404);
}

TEST_F(ApiJobs, are_cancelled_by_their_owner_when_they_run) {
  const ClaimedRun run = claim();
  start(run);
  const int wakes = wakes_;

  const auto asked = ask("POST", path_ + "/cancel", nullptr, {{"Prefer", "wait=1"}});

  EXPECT_EQ(asked.status, 202) << asked.text;
  EXPECT_EQ(asked.header("Location"), path_);
  EXPECT_EQ(asked.json["state"], "running");
  EXPECT_EQ(asked.json["cancelling"], true);
  EXPECT_GT(wakes_, wakes) << "who runs it looks now";
  finish(run, {JobState::queued, {}, {}, {}});
  EXPECT_EQ(ask("GET", path_).json["state"], "cancelled");
  EXPECT_EQ(ask("GET", path_ + "/attempts").json["items"][0]["state"], "cancelled");
}

TEST_F(ApiJobs, are_for_operators_to_decide) {
  EXPECT_EQ(ask("POST", path_ + "/cancel", nullptr, as(TokenScope::read)).code(), "scope_needed");
  EXPECT_EQ(ask("POST", path_ + "/retry", nullptr, as(TokenScope::read)).code(), "scope_needed");
  EXPECT_EQ(ask("POST", path_ + "/cancel", nullptr, as(TokenScope::operate)).status, 200);
}

TEST_F(ApiJobs, that_failed_run_again) {
  fail();
  EXPECT_EQ(ask("POST", path_ + "/retry?dry_run=true").json["status"], 202);

  const auto retried = ask("POST", path_ + "/retry");

  EXPECT_EQ(retried.status, 202) << retried.text;
  EXPECT_EQ(retried.json["retry_of"], job_);
  EXPECT_EQ(retried.json["queued_behind"], false);
  EXPECT_EQ(retried.json["job"]["retry_of"], job_);
  EXPECT_EQ(retried.header("Location"), "/v1/jobs/" + retried.json["job"]["id"].get<std::string>());
  EXPECT_EQ(retried.json["run"]["trigger"], "manual");
  const auto twice = ask("POST", path_ + "/retry");
  EXPECT_EQ(twice.status, 409);
  EXPECT_EQ(twice.code(), "table_busy");
  EXPECT_NE(twice.text.find(retried.json["job"]["id"].get<std::string>()), std::string::npos) << twice.text;
}

TEST_F(ApiJobs, that_wait_for_their_next_attempt_are_tried_now) {
  const ClaimedRun run = claim();
  start(run);
  finish(run, failure(JobState::waiting_retry));
  ASSERT_TRUE(queue_.release(run.run.id, run.epoch));

  const auto retried = ask("POST", path_ + "/retry");

  EXPECT_EQ(retried.status, 202) << retried.text;
  EXPECT_EQ(retried.json["job"]["id"], job_);
  EXPECT_EQ(retried.json["job"]["next_attempt"], nullptr);
  EXPECT_TRUE(queue_.claim("worker", 1h));
}

TEST_F(ApiJobs, that_failed_in_an_open_run_are_done_behind_it) {
  const ClaimedRun run = claim();
  start(run);
  finish(run, failure());

  const auto retried = ask("POST", path_ + "/retry");

  EXPECT_EQ(retried.status, 202) << retried.text;
  EXPECT_EQ(retried.json["job"], nullptr);
  EXPECT_EQ(retried.json["queued_behind"], true);
  EXPECT_EQ(retried.header("Location"), "/v1/runs/" + run.run.id.str());
}

TEST_F(ApiJobs, are_not_retried_without_reason) {
  EXPECT_EQ(ask("POST", path_ + "/retry").code(), "job_open");
  EXPECT_EQ(ask("POST", "/v1/jobs/job_none/retry").status, 404);
  const ClaimedRun run = claim();
  start(run);
  finish(run, {});
  ASSERT_TRUE(queue_.release(run.run.id, run.epoch));
  const auto refused = ask("POST", path_ + "/retry");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.code(), "cannot_retry");
  EXPECT_NE(refused.json["hint"], "");
  ask("POST", "/v1/integrations/acme/pause");
  EXPECT_EQ(ask("POST", path_ + "/retry").code(), "paused");
}

}  // namespace
}  // namespace sluice
