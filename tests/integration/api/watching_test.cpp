// What people watch and decide while an integration lives: logs as they grow, schema changes, loggers.
#include "api/job_tail.hpp"
#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/raw_peer.hpp"
#include "tests/support/run_to_end.hpp"
#include "tests/support/running_listener.hpp"

#include <thread>

namespace sluice {
namespace {

using namespace std::chrono_literals;

class ApiWatching : public ApiFixture {
 protected:
  void SetUp() override {
    confirmed("acme");
    job_ = ask("GET", "/v1/jobs").json["items"][0]["id"];
    path_ = "/v1/jobs/" + job_ + "/logs";
  }
  ~ApiWatching() override {
    for (const LoggerState& logger : loggers()) set_logger_level(logger.name, std::nullopt, std::nullopt);
  }
  void log(const std::string& message, LogLevel level = LogLevel::info) {
    queue_.append_log(JobId(job_), {{0, clock_.now(), level, message, nullptr}});
  }
  void end_job() {
    const auto run = queue_.claim("worker", 1h);
    ASSERT_TRUE(run.has_value());
    ASSERT_TRUE(queue_.start_job(run->run.id, run->epoch, JobId(job_), JobKind::initial));
    ASSERT_TRUE(queue_.finish_job(run->run.id, run->epoch, JobId(job_), {}));
  }
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
  RawPeer tail(const RunningListener& listener, const std::string& query = "", const std::string& headers = "",
               const std::string& method = "GET") {
    auto peer = RawPeer::connect(listener.port());
    peer.send(method + " " + path_ + query +
              " HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer " + admin_ + "\r\n" +
              headers + "\r\n");
    return peer;
  }
  /// The number under which a line came.
  static std::string id_before(const std::string& text, const std::string& message) {
    const auto at = text.rfind("id: ", text.find(message));
    return text.substr(at + 4, text.find('\n', at) - at - 4);
  }
  void note(const std::string& field, SchemaChangeKind kind, ColumnType type) {
    schema_changes_.note(integrations_.find("acme")->id, "orders", {{kind, field, "\"sample\"", type}});
  }
  std::string change(const std::string& field) {
    const auto listed = ask("GET", "/v1/integrations/acme/schema-changes");
    for (const Json& each : listed.json["items"]) {
      if (each["field"] == field)
        return "/v1/integrations/acme/schema-changes/" + std::to_string(each["id"].get<int>());
    }
    return "";
  }

  std::string job_;
  std::string path_;
};

TEST_F(ApiWatching, follows_a_log_until_its_job_ends) {
  log("first");
  const auto listener = listen();
  const auto peer = tail(*listener);
  const auto begin = peer.receive_until("\"message\":\"first\"");
  EXPECT_NE(begin.find("Content-Type: text/event-stream\r\n"), std::string::npos) << begin;
  EXPECT_NE(begin.find("retry: 2000\n\n"), std::string::npos);
  EXPECT_NE(begin.find("event: log\ndata: {"), std::string::npos);

  log("second");
  end_job();

  const auto rest = peer.receive_until("0\r\n\r\n");
  EXPECT_NE(rest.find("\"message\":\"second\""), std::string::npos) << rest;
  EXPECT_NE(rest.find("event: end\ndata: {\"job\":\"" + job_ + "\",\"state\":\"succeeded\"}\n\n"), std::string::npos)
      << rest;
}

TEST_F(ApiWatching, goes_on_where_a_reader_was) {
  log("first");
  log("second");
  const auto listener = listen();
  const auto seen = tail(*listener).receive_until("second");
  log("third");

  const auto again = tail(*listener, "", "Last-Event-ID: " + id_before(seen, "first") + "\r\n").receive_until("third");

  EXPECT_EQ(again.find("\"message\":\"first\""), std::string::npos);
  EXPECT_NE(again.find("\"message\":\"second\""), std::string::npos);
  const auto after = tail(*listener, "?after=" + id_before(seen, "second")).receive_until("third");
  EXPECT_EQ(after.find("\"message\":\"second\""), std::string::npos);
}

TEST_F(ApiWatching, shows_the_levels_that_were_asked_for_in_a_stream_too) {
  log("quiet", LogLevel::debug);
  log("loud", LogLevel::error);
  const auto listener = listen();

  EXPECT_EQ(tail(*listener, "?level=warn").receive_until("loud").find("quiet"), std::string::npos);
}

TEST_F(ApiWatching, refuses_a_stream_too_many_and_gives_its_place_back) {
  const auto listener = listen();
  std::vector<RawPeer> open;
  for (std::size_t i = 0; i < api::StreamLimits{}.per_token; ++i) {
    open.push_back(tail(*listener));
    EXPECT_NE(open.back().receive_until("retry").find("200 OK"), std::string::npos);
  }
  EXPECT_NE(tail(*listener, "", "Connection: close\r\n").receive_all().find("too_many_streams"), std::string::npos);

  open.pop_back();

  EXPECT_TRUE(
      eventually(5s, [&] { return tail(*listener).receive_until("\r\n").find("200 OK") != std::string::npos; }));
}

TEST_F(ApiWatching, ends_a_stream_whose_token_was_revoked) {
  const auto made = tokens_.create("short", TokenScope::read, std::nullopt);
  admin_ = made.text.reveal();
  const auto listener = listen();
  const auto peer = tail(*listener);
  peer.receive_until("retry");

  tokens_.revoke(made.token.id);

  EXPECT_TRUE(peer.receive_until("0\r\n\r\n").ends_with("0\r\n\r\n"));
}

TEST_F(ApiWatching, ends_streams_when_the_daemon_stops) {
  const auto listener = listen();
  const auto peer = tail(*listener);
  peer.receive_until("retry");
  const auto asked = std::chrono::steady_clock::now();

  stop_.ask();

  EXPECT_TRUE(peer.receive_until("0\r\n\r\n").ends_with("0\r\n\r\n"));
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 3s);
}

TEST_F(ApiWatching, sends_a_comment_every_fifteen_seconds_while_nothing_happens) {
  ManualClock clock;
  ApiContext context{
      pool_,     clock,       stop_, database_, integrations_, destinations_,    queue_, schema_changes_, tokens_,
      webhooks_, connectors_, {},    {},        events_,       idempotency_keys_};
  api::StreamSlots slots({1, 1});
  api::Tail tail(context, api::look_at_log(context, {JobId(job_), LogLevel::debug, {}}), Secret(admin_),
                 slots.take("t"));
  run_to_end(io_, clock, tail.next());

  std::string text;
  int silences = 0;
  while (silences < 60 && (text = run_to_end(io_, clock, tail.next()).value_or("over")).empty()) ++silences;

  EXPECT_EQ(text, ": still there\n\n");
  EXPECT_EQ(silences, 14);
}

TEST_F(ApiWatching, answers_the_head_of_a_stream_and_refuses_what_is_not_there) {
  const auto listener = listen();
  const auto head = tail(*listener, "", "Connection: close\r\n", "HEAD").receive_all();
  EXPECT_NE(head.find("200 OK"), std::string::npos);
  EXPECT_EQ(head.find("Content-Length"), std::string::npos);
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
  EXPECT_EQ(ask("GET", "/v1/jobs/job_none/logs", nullptr, {{"Accept", "text/event-stream"}}).status, 404);
}

TEST_F(ApiWatching, approves_a_new_field) {
  note("gift_note", SchemaChangeKind::new_field, ColumnType::text);
  const std::string path = change("gift_note");
  const auto plan = ask("POST", path + "/approve?dry_run=true", {{"backfill", "table"}});
  EXPECT_EQ(plan.json["reads_again"], true) << plan.text;
  EXPECT_EQ(plan.json["effects"].size(), 2U);
  EXPECT_EQ(ask("GET", path).json["state"], "open");

  const auto approved = ask("POST", path + "/approve", {{"backfill", "column"}});

  EXPECT_EQ(approved.status, 200) << approved.text;
  EXPECT_EQ(approved.json["state"], "approved");
  EXPECT_EQ(approved.json["backfill"], "column");
  EXPECT_EQ(ask("GET", "/v1/integrations/acme/selection").json["tables"][0]["added_fields"],
            Json::array({"gift_note"}));
  EXPECT_EQ(ask("POST", path + "/reject").code(), "schema_change_decided");
  EXPECT_EQ(ask("GET", "/v1/integrations/acme/schema-changes?state=open").json["items"].size(), 0U);
}

TEST_F(ApiWatching, rejects_and_refuses_with_reasons) {
  note("Gift Note!", SchemaChangeKind::new_field, ColumnType::text);
  note("id", SchemaChangeKind::type, ColumnType::text);
  EXPECT_EQ(ask("POST", change("Gift Note!") + "/approve", Json::object()).code(), "cannot_be_column");
  EXPECT_EQ(ask("POST", change("id") + "/approve", Json::object()).code(), "cannot_widen");
  EXPECT_EQ(ask("POST", change("id") + "/approve", {{"backfill", "all"}}).status, 422);
  EXPECT_EQ(ask("POST", "/v1/integrations/acme/schema-changes/4711/approve", Json::object()).status, 404);
  EXPECT_EQ(ask("POST", "/v1/integrations/acme/schema-changes/x1/reject").status, 404);
  EXPECT_EQ(ask("POST", change("id") + "/reject").json["state"], "rejected");
}

TEST_F(ApiWatching, names_the_view_that_keeps_a_column_from_widening) {
  note("total", SchemaChangeKind::type, ColumnType::text);
  destination_sql("create view sums as select sum(total) from public.acme_orders");

  const auto refused = ask("POST", change("total") + "/approve", Json::object());

  EXPECT_EQ(refused.status, 409) << refused.text;
  EXPECT_EQ(refused.code(), "column_in_use");
  EXPECT_NE(refused.text.find("view public.sums"), std::string::npos) << refused.text;
  destination_sql("drop view sums");
  EXPECT_EQ(ask("POST", change("total") + "/approve", Json::object()).json["state"], "approved");
}

TEST_F(ApiWatching, changes_the_level_of_a_logger) {
  const auto all = ask("GET", "/v1/loggers");
  EXPECT_EQ(all.json["items"][0]["name"], "root") << all.text;
  EXPECT_EQ(ask("PUT", "/v1/loggers/api", {{"level", "error"}}).json["own"], true);
  EXPECT_EQ(ask("GET", "/v1/loggers/api").json["level"], "error");
  const auto for_a_while = ask("PUT", "/v1/loggers/api", {{"level", "debug"}, {"for", "PT10M"}});
  EXPECT_TRUE(for_a_while.json["until"].is_string()) << for_a_while.text;
  EXPECT_EQ(ask("PUT", "/v1/loggers/api", {{"level", nullptr}}).json["own"], false);
  EXPECT_EQ(ask("PUT", "/v1/loggers/api", {{"level", "loud"}}).status, 422);
  EXPECT_EQ(ask("PUT", "/v1/loggers/api", {{"level", "debug"}, {"for", "P30D"}}).status, 422);
  EXPECT_EQ(ask("PUT", "/v1/loggers/nobody", {{"level", "debug"}}).status, 404);
  EXPECT_EQ(ask("GET", "/v1/loggers", nullptr, {{"Authorization", "Bearer " + token(TokenScope::write)}}).status, 403);
}

}  // namespace
}  // namespace sluice
