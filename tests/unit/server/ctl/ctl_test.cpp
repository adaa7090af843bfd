#include "server/ctl/ctl.hpp"

#include "core/error.hpp"
#include "server/ctl/outcome.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <sstream>
#include <variant>

namespace sluice::ctl {
namespace {

using Words = std::vector<std::string>;

HttpResponse json(std::string body, int status = 200, Headers headers = {}) {
  headers.add("Content-Type", status < 400 ? "application/json" : "application/problem+json");
  return {status, std::move(headers), std::move(body)};
}

class ScriptedApi final : public ApiClient {
 public:
  using Step = std::variant<HttpResponse, Error>;
  HttpResponse send(HttpRequest request) override {
    requests.push_back(request.method + ' ' + request.target);
    last = std::move(request);
    if (steps.empty()) throw Error(ErrorKind::bug, "test.script_over", "no answer is left");
    const Step step = std::move(steps.front());
    steps.pop_front();
    if (const auto* error = std::get_if<Error>(&step)) throw *error;
    return std::get<HttpResponse>(step);
  }

  std::deque<Step> steps;
  Words requests;
  HttpRequest last;
};

class Ctl : public testing::Test {
 protected:
  int perform(const Words& words, std::deque<ScriptedApi::Step> steps) {
    auto parsed = parse(words);
    api.steps = std::move(steps);
    return carry_out(std::get<Invocation>(parsed), api, console);
  }

  ScriptedApi api;
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  SteadyTime now{};
  Console console{in, out, err, false, [this](Duration pause) { now += pause; }, [this] { return now; }};
};

TEST_F(Ctl, prints_a_list_as_a_table_or_as_it_came) {
  const std::string body = R"({"items":[{"name":"acme","state":"active"}],"next_cursor":null})";

  EXPECT_EQ(perform({"integrations"}, {json(body)}), 0);
  EXPECT_EQ(out.str(), "NAME  STATE\nacme  active\n");
  EXPECT_EQ(api.requests, Words{"GET /v1/integrations?limit=50"});

  out.str("");
  EXPECT_EQ(perform({"integrations", "-o", "json"}, {json(body)}), 0);
  EXPECT_EQ(out.str(), body + '\n');
}

TEST_F(Ctl, joins_pages_until_there_are_enough) {
  EXPECT_EQ(perform({"jobs", "--all", "-o", "json"}, {json(R"({"items":[{"id":"a"}],"next_cursor":"c d"})"),
                                                      json(R"({"items":[{"id":"b"}],"next_cursor":null})")}),
            0);
  EXPECT_EQ(out.str(), "{\"items\":[{\"id\":\"a\"},{\"id\":\"b\"}],\"next_cursor\":null}\n");
  EXPECT_EQ(api.requests, (Words{"GET /v1/jobs?limit=500", "GET /v1/jobs?limit=500&cursor=c%20d"}));

  EXPECT_EQ(perform({"jobs", "--limit", "1"}, {json(R"({"items":[{"id":"a"}],"next_cursor":"c"})")}), 0);
  EXPECT_NE(err.str().find("there are more"), std::string::npos);
}

TEST_F(Ctl, tells_by_its_exit_code_whether_a_table_equals_its_source) {
  const auto outcome = [this](bool is_equal) {
    const std::string job = R"({"id":"job_02","state":"succeeded","verification":{"equal":)" +
                            std::string(is_equal ? "true" : "false") + R"(,"missing":1}})";
    return perform({"verify", "acme", "orders", "--wait", "-q"},
                   {json(R"({"id":"run_01","open":true,"queued_behind":false})", 202),
                    json(R"({"items":[{"id":"job_02"}],"next_cursor":null})"), json(job)});
  };

  EXPECT_EQ(outcome(true), 0);
  EXPECT_EQ(outcome(false), 1);
  EXPECT_NE(out.str().find("verification.missing"), std::string::npos) << out.str();
}

TEST_F(Ctl, waits_for_a_verification_that_begins_behind_a_run) {
  EXPECT_EQ(perform({"verify", "acme", "orders", "--wait", "-q"},
                    {json(R"({"id":"run_05","open":true,"queued_behind":true})", 202),
                     json(R"({"id":"run_05","open":false,"result":"succeeded"})"),
                     json(R"({"items":[{"id":"job_03"}],"next_cursor":null})"),
                     json(R"({"items":[{"id":"job_06"}],"next_cursor":null})"),
                     json(R"({"id":"job_06","state":"succeeded","verification":{"equal":true}})")}),
            0);
  EXPECT_EQ(api.requests.at(3), "GET /v1/jobs?kind=verify&limit=1&integration=acme&table=orders")
      << "an older one is not what was asked for";
}

TEST_F(Ctl, changes_only_what_it_has_just_read) {
  EXPECT_EQ(perform({"integrations", "edit", "acme", "--frequency", "1h"},
                    {json("{}", 200, {{"ETag", "\"7\""}}), json(R"({"name":"acme"})")}),
            0);
  EXPECT_EQ(api.requests, (Words{"GET /v1/integrations/acme", "PATCH /v1/integrations/acme"}));
  EXPECT_EQ(api.last.headers.find("If-Match"), "\"7\"");
}

TEST_F(Ctl, shows_the_etag_for_a_later_change) {
  const HttpResponse acme = json(R"({"name":"acme"})", 200, {{"ETag", "\"7\""}});

  EXPECT_EQ(perform({"integrations", "show", "acme"}, {acme}), 0);
  EXPECT_EQ(out.str(), "name  acme\netag  \"7\"\n");
}

TEST_F(Ctl, takes_the_etag_that_was_given) {
  EXPECT_EQ(perform({"integrations", "delete", "acme", "--if-match", "\"3\""}, {HttpResponse{204, {}, ""}}), 0);
  EXPECT_EQ(api.requests, Words{"DELETE /v1/integrations/acme"});
  EXPECT_EQ(api.last.headers.find("If-Match"), "\"3\"");
}

TEST_F(Ctl, does_not_change_what_cannot_be_read) {
  EXPECT_EQ(perform({"integrations", "delete", "acme"}, {json(R"({"detail":"no acme","code":"not_found"})", 404)}), 66);
  EXPECT_EQ(api.requests.size(), 1U);
  EXPECT_EQ(out.str(), "");
  EXPECT_EQ(err.str(), "sluice: no acme [404 not_found]\n");
}

TEST_F(Ctl, takes_a_body_from_standard_input) {
  in.str(R"({"name":"acme","connector":"bigcommerce"})");

  EXPECT_EQ(perform({"integrations", "create", "-f", "-"}, {json(R"({"name":"acme"})", 201)}), 0);
  EXPECT_EQ(api.last.body, in.str());
}

TEST_F(Ctl, a_gate_that_is_shut_is_a_no_and_not_an_outage) {
  HttpResponse stale{503, {{"Content-Type", "application/json"}}, R"({"fresh":false})"};
  EXPECT_EQ(perform({"freshness"}, {stale}), exit_code::no);
  EXPECT_EQ(out.str(), "fresh  no\n");

  EXPECT_EQ(perform({"freshness"}, {json(R"({"detail":"stopping","code":"draining"})", 503)}), exit_code::unavailable);
}

constexpr const char* open_run = R"({"id":"run_1","open":true,"result":null})";

TEST_F(Ctl, waits_for_a_run_and_says_how_it_went) {
  const std::string ended = R"({"id":"run_1","open":false,"result":"succeeded"})";
  const std::string running =
      R"({"items":[{"id":"job_1","table":"orders","state":"running","rows":{"read":5},"source_calls":1}]})";
  const std::string done =
      R"({"items":[{"id":"job_1","table":"orders","state":"succeeded","rows":{"read":9},"source_calls":2}]})";

  EXPECT_EQ(perform({"integrations", "sync", "acme", "--wait", "-o", "json"},
                    {json(open_run, 202), json(open_run), json(running), json(ended), json(done)}),
            0);
  EXPECT_EQ(err.str(), "orders running\norders succeeded: 9 rows, 2 calls\n");
  EXPECT_EQ(out.str(), ended + '\n');
}

TEST_F(Ctl, a_run_that_did_not_succeed_is_a_no) {
  for (const char* result : {"partial", "failed", "cancelled"}) {
    const std::string ended = R"({"id":"run_1","open":false,"result":")" + std::string(result) + "\"}";
    EXPECT_EQ(perform({"integrations", "sync", "acme", "--wait", "-q"}, {json(open_run, 202), json(ended)}), 1)
        << result;
  }
  EXPECT_EQ(err.str(), "") << "quiet";
}

TEST_F(Ctl, waits_for_a_single_job_too) {
  const std::string job = R"({"id":"job_1","table":"orders","state":"failed","rows":{"read":0},"source_calls":1,)"
                          R"("error":{"code":"source.gone","detail":"no"}})";

  EXPECT_EQ(perform({"integrations", "reload", "acme", "orders", "--wait"},
                    {json(R"({"id":"job_1","state":"queued"})", 202), json(job)}),
            1);
  EXPECT_EQ(api.requests.back(), "GET /v1/jobs/job_1");
  EXPECT_EQ(err.str(), "orders failed: 0 rows, 1 calls; no [source.gone]\n");
}

TEST_F(Ctl, gives_up_waiting_when_its_time_is_over) {
  std::deque<ScriptedApi::Step> steps{json(open_run, 202)};
  for (int i = 0; i < 10; ++i) steps.emplace_back(json(open_run));

  EXPECT_EQ(perform({"integrations", "sync", "acme", "--wait", "-q", "--timeout", "5s"}, steps), exit_code::try_again);
  EXPECT_NE(err.str().find("run_1 has not ended within 5s"), std::string::npos);
}

TEST_F(Ctl, waiting_outlives_a_restart_of_the_daemon) {
  const Error away(ErrorKind::transient, "http.unreachable", "cannot reach it");
  const std::string ended = R"({"id":"run_1","open":false,"result":"succeeded"})";

  EXPECT_EQ(perform({"runs", "show", "run_1", "--wait"},
                    {json(open_run), away, json("{}", 503), json(ended), json(R"({"items":[]})")}),
            0);
  EXPECT_EQ(err.str(), "sluice: cannot reach it; trying on\n");
}

TEST_F(Ctl, waiting_does_not_outlive_a_daemon_that_stays_away) {
  const Error away(ErrorKind::transient, "http.unreachable", "cannot reach it");
  std::deque<ScriptedApi::Step> steps{json(open_run)};
  for (int i = 0; i < 100; ++i) steps.emplace_back(away);

  EXPECT_THROW(perform({"runs", "show", "run_1", "--wait"}, steps), Error);
}

TEST_F(Ctl, follows_a_log_until_the_job_has_ended) {
  const HttpResponse first{200, {}, "{\"number\":1,\"at\":\"t\",\"level\":\"info\",\"message\":\"a\"}\n"};
  const HttpResponse second{200, {}, "{\"number\":4,\"at\":\"t\",\"level\":\"warn\",\"message\":\"b\"}\n"};

  EXPECT_EQ(perform({"logs", "-f", "job_1", "--level", "info"},
                    {json(R"({"state":"running"})"), first, json(R"({"state":"succeeded"})"), second}),
            0);
  EXPECT_EQ(out.str(), "t  info   a\nt  warn   b\n");
  EXPECT_EQ(api.requests.back(), "GET /v1/jobs/job_1/logs?level=info&limit=500&after=1");
}

HttpResponse lines(std::string body) { return {200, {{"Content-Type", "application/x-ndjson"}}, std::move(body)}; }

TEST_F(Ctl, follows_what_happens_until_it_is_refused) {
  const std::string first =
      R"({"position":7,"at":"2026-01-31T06:00:00Z","type":"job.state","integration":{"id":"int_1","name":"acme"},)"
      R"("table":"orders","run":"run_1","job":"job_1","from":"queued","to":"running","detail":{"attempt":1}})";
  const std::string second =
      R"({"position":9,"at":"2026-01-31T06:00:01Z","type":"integration.paused","integration":{"id":"int_1","name":"acme"},)"
      R"("table":null,"run":null,"job":null,"from":false,"to":true,"detail":{"reason":"holi\u001bday"}})";

  EXPECT_EQ(perform({"events", "--type", "job.state", "--integration", "acme"},
                    {lines(first + '\n'), lines(""), Error(ErrorKind::transient, "http.refused", "no daemon"),
                     lines(second + '\n'), json(R"({"detail":"revoked","code":"unauthenticated"})", 401)}),
            77);

  EXPECT_EQ(out.str().substr(0, out.str().find('\n')),
            "2026-01-31T06:00:00Z  job.state  acme.orders  queued -> running  run_1  job_1  attempt=1");
  EXPECT_NE(out.str().find("acme  no -> yes"), std::string::npos) << out.str();
  EXPECT_EQ(out.str().find('\x1b'), std::string::npos);
  const std::string target = "GET /v1/events?type=job.state&integration=acme&limit=";
  EXPECT_EQ(api.requests, (Words{target + "10", target + "500&after=7", target + "500&after=7", target + "500&after=7",
                                 target + "500&after=9"}));
  EXPECT_EQ(api.last.headers.find("Accept"), "application/x-ndjson");
}

TEST_F(Ctl, waits_for_the_job_that_does_one_again) {
  EXPECT_EQ(
      perform({"jobs", "retry", "job_1", "--wait", "-q"},
              {json(R"({"job":{"id":"job_2"},"run":{"id":"run_2"},"retry_of":"job_1","queued_behind":false})", 202),
               json(R"({"id":"job_2","state":"succeeded"})")}),
      0);
  EXPECT_EQ(api.requests, (Words{"POST /v1/jobs/job_1/retry", "GET /v1/jobs/job_2"}));
}

TEST_F(Ctl, shows_the_attempts_of_a_job) {
  EXPECT_EQ(perform({"jobs", "attempts", "job_1"},
                    {json(R"({"items":[{"number":1,"state":"lost","worker":"a:1"}],"next_cursor":null})")}),
            0);
  EXPECT_EQ(out.str(), "NUMBER  STATE  WORKER\n1       lost   a:1\n");
}

}  // namespace
}  // namespace sluice::ctl
