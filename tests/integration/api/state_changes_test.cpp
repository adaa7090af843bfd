// State changes by the API: as a stream that goes on, and as lines.
#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/raw_peer.hpp"
#include "tests/support/running_listener.hpp"
#include "tests/support/test_postgres.hpp"

#include <sstream>

namespace sluice {
namespace {

using namespace std::chrono_literals;

class ApiStateChanges : public ApiFixture {
 protected:
  /// The whole API behind a real listener, on its one thread.
  std::unique_ptr<RunningListener> listen() {
    return std::make_unique<RunningListener>(
        [this](HttpRequest request, HttpPeer peer) { return serve(std::move(request), std::move(peer)); });
  }
  Task<HttpAnswer> serve(HttpRequest request, HttpPeer peer) {
    HttpAnswer answer;
    answer.response = co_await api_->handle(std::move(request), std::move(peer.address));
    co_return answer;
  }
  RawPeer follow(const RunningListener& listener, const std::string& query = "", const std::string& headers = "") {
    auto peer = RawPeer::connect(listener.port());
    peer.send("GET /v1/events" + query + " HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer " +
              admin_ + "\r\n" + headers + "\r\n");
    return peer;
  }
  std::vector<Json> lines(const std::string& query = "") {
    const auto answer = ask("GET", "/v1/events" + query, nullptr, {{"Accept", "application/x-ndjson"}});
    EXPECT_EQ(answer.status, 200) << answer.text;
    std::vector<Json> all;
    std::istringstream text(answer.text);
    for (std::string line; std::getline(text, line);) all.push_back(Json::parse(line));
    return all;
  }
  void pause(const std::string& name) { integrations_.pause(integrations_.find(name)->id, "holiday"); }
};

TEST_F(ApiStateChanges, are_streamed_from_now_on) {
  confirmed("acme");
  const auto listener = listen();
  const auto peer = follow(*listener);
  const auto begin = peer.receive_until("event: begin");
  EXPECT_NE(begin.find("Content-Type: text/event-stream\r\n"), std::string::npos) << begin;

  pause("acme");

  const auto told = peer.receive_until("\"detail\":{");
  EXPECT_NE(told.find("event: integration.paused\n"), std::string::npos) << told;
  EXPECT_NE(told.find("\"from\":false"), std::string::npos) << told;
  EXPECT_EQ(told.find("event: run.opened"), std::string::npos) << "what was before is over";
}

TEST_F(ApiStateChanges, go_on_where_a_reader_was) {
  confirmed("acme");
  const auto all = lines("?after=0&limit=500");
  ASSERT_GT(all.size(), 3U);
  const std::string second = std::to_string(all[1]["position"].get<int>());
  const auto listener = listen();

  const auto again = follow(*listener, "", "Last-Event-ID: " + second + "\r\n").receive_until("event: job.state");
  const auto after = follow(*listener, "?after=" + second).receive_until("event: job.state");

  for (const std::string& text : {again, after}) {
    EXPECT_NE(text.find("id: " + std::to_string(all[2]["position"].get<int>()) + "\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("id: " + second + "\n"), std::string::npos) << text;
  }
}

TEST_F(ApiStateChanges, are_filtered_by_integration_and_type) {
  confirmed("acme");
  confirmed("other");
  for (const Json& change : lines("?integration=acme&type=run.opened,job.state&after=0")) {
    EXPECT_EQ(change["integration"]["name"], "acme");
    EXPECT_TRUE(change["type"] == "run.opened" || change["type"] == "job.state") << change;
  }
  EXPECT_EQ(lines("?integration=acme&type=run.opened&after=0").size(), 1U);
  const auto listener = listen();
  const auto peer = follow(*listener, "?integration=acme&type=integration.paused&after=0");
  peer.receive_until("retry");
  pause("other");
  pause("acme");

  const auto told = peer.receive_until("\"name\":\"acme\"");

  EXPECT_EQ(told.find("other"), std::string::npos) << told;
  EXPECT_EQ(told.find("event: run.opened"), std::string::npos) << told;
}

TEST_F(ApiStateChanges, of_another_daemon_are_seen_here) {
  confirmed("acme");
  const auto listener = listen();
  const auto peer = follow(*listener);
  peer.receive_until("event: begin");
  Database another({.url = Secret(control_url_), .connections = 2});

  JobQueue(another).trigger(integrations_.find("acme")->id, RunTrigger::manual);
  const auto run = JobQueue(another).claim("another", 1h);
  ASSERT_TRUE(run);
  ASSERT_TRUE(JobQueue(another).start_job(run->run.id, run->epoch, run->jobs[0].id, JobKind::initial));

  EXPECT_NE(peer.receive_until("\"to\":\"running\"").find("event: job.state"), std::string::npos);
}

TEST_F(ApiStateChanges, that_are_forgotten_are_told_as_such) {
  confirmed("acme");
  lines();
  TestPostgres::execute(control_url_, "select sluice.forget_state_changes(now() + interval '1 hour', 2)");
  const auto listener = listen();

  const auto told = follow(*listener, "", "Last-Event-ID: 1\r\n").receive_until("\n\nid: ");

  EXPECT_NE(told.find("event: forgotten\ndata: {\"after\":1,\"count\":1}\n\n"), std::string::npos) << told;
}

TEST_F(ApiStateChanges, share_the_places_for_streams_and_end_with_their_token) {
  const auto made = tokens_.create("short", TokenScope::read, std::nullopt);
  admin_ = made.text.reveal();
  const auto listener = listen();
  std::vector<RawPeer> open;
  for (std::size_t i = 0; i < api::StreamLimits{}.per_token; ++i) {
    open.push_back(follow(*listener));
    EXPECT_NE(open.back().receive_until("event: begin").find("200 OK"), std::string::npos);
  }
  EXPECT_NE(follow(*listener, "", "Connection: close\r\n").receive_all().find("too_many_streams"), std::string::npos);

  tokens_.revoke(made.token.id);

  EXPECT_TRUE(open.front().receive_until("0\r\n\r\n").ends_with("0\r\n\r\n"));
}

TEST_F(ApiStateChanges, are_not_the_audit) {
  const Extra as_lines{{"Accept", "application/x-ndjson"}};
  EXPECT_EQ(ask("GET", "/v1/events?type=job.state").code(), "invalid_parameter");
  EXPECT_EQ(ask("GET", "/v1/events?after=1").code(), "invalid_parameter");
  EXPECT_EQ(ask("GET", "/v1/events?action=integrations.pause", nullptr, as_lines).code(), "invalid_parameter");
  EXPECT_EQ(ask("GET", "/v1/events?type=job.states", nullptr, as_lines).code(), "invalid_parameter");
  EXPECT_EQ(ask("GET", "/v1/events?limit=5", nullptr, {{"Accept", "text/event-stream"}}).code(), "invalid_parameter");
  EXPECT_EQ(ask("GET", "/v1/events?integration=nobody", nullptr, as_lines).code(), "invalid_parameter");
  EXPECT_EQ(ask("GET", "/v1/events", nullptr, {{"Accept", "text/plain"}}).status, 406);
}

}  // namespace
}  // namespace sluice
