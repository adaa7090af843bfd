#pragma once
// The few words in which the life of an integration is told over HTTP: what is done, what is refused, what happens by
// and by, and what is then at the destination.

#include "tests/e2e/replication_fixture.hpp"
#include "tests/support/run_to_end.hpp"

#include <boost/asio/io_context.hpp>

namespace sluice {

/// A request that must be answered with a problem, and must change nothing.
struct Refusal {
  const char* what;
  std::string request;
  Json body;
  int status;
  const char* code;
  const char* hint = "";  // what the answer must say
  Headers headers = {{"If-Match", "*"}};
};

class Story : public Replication {
 protected:
  void begin(std::vector<std::string> flags) {
    open_store({});
    start_daemon(std::move(flags));
    admin_ = std::make_unique<ApiClient>(io_.get_executor(), daemon->url(), daemon->admin_token());
  }

  /// Paths are those below /v1, and end up at "acme" when they begin with a slash: "POST /confirm", "GET connectors".
  static std::string whole(const std::string& request) {
    const auto space = request.find(' ');
    std::string path = request.substr(space + 1);
    const bool is_of_acme = path.empty() || path.front() == '/' || path.front() == '?';
    path.insert(0, is_of_acme ? "/v1/integrations/acme" : "/v1/");
    return request.substr(0, space + 1) + path;
  }
  ApiAnswer answer_to(const std::string& request, const Json& body, const Headers& headers) {
    auto answer = run_to_end(io_, admin_->ask(whole(request), body, headers));
    EXPECT_LT(answer.status, 500) << request << '\n' << answer.body.dump(2);
    return answer;
  }
  Json done(int status, const std::string& request, const Json& body = nullptr,
            const Headers& headers = {{"If-Match", "*"}}) {
    const auto answer = answer_to(request, body, headers);
    EXPECT_EQ(answer.status, status) << request << '\n' << answer.body.dump(2);
    return answer.body;
  }
  Json see(const std::string& request) { return done(200, request); }
  /// By value, so that one can loop over it.
  Json items_of(const std::string& list) { return see("GET " + list).at("items"); }
  std::string etag() { return answer_to("GET ", nullptr, {}).header("ETag"); }
  Headers unchanged_since(const std::string& tag) { return {{"If-Match", tag}}; }

  void refused(const std::vector<Refusal>& refusals) {
    for (const Refusal& each : refusals) {
      const std::string before = configuration();
      const auto answer = answer_to(each.request, each.body, each.headers);
      EXPECT_EQ(answer.status, each.status) << each.what << '\n' << answer.body.dump(2);
      EXPECT_EQ(answer.code(), each.code) << each.what << '\n' << answer.body.dump(2);
      EXPECT_EQ(answer.header("Content-Type"), "application/problem+json") << each.what;
      EXPECT_NE(answer.body.dump().find(each.hint), std::string::npos) << each.what << '\n' << answer.body.dump(2);
      EXPECT_FALSE(answer.body.value("hint", "").empty()) << each.what;
      EXPECT_EQ(configuration(), before) << each.what << " changed something";
    }
  }

  bool becomes(const char* member, const Json& value) {
    return eventually(60s, [&] { return see("GET ").value(member, Json()) == value; });
  }
  bool is_gone(const std::string& name) {
    return eventually(60s, [&] { return answer_to("GET integrations/" + name, nullptr, {}).status == 404; });
  }
  std::string run_now() { return wait_for(done(202, "POST /sync", Json::object()).at("id").get<std::string>()); }

  std::int64_t in_store(const char* table) { return store->counts().at(table).get<std::int64_t>(); }
  /// Live rows of a table of the destination; -1: there is no such table.
  std::int64_t rows_in(const std::string& table) {
    if (ask("select to_regclass('" + table + "') is null") == "t") return -1;
    return std::stoll(ask("select count(*) from " + table + " where _sluice_deleted_at is null"));
  }

  boost::asio::io_context io_;
  std::unique_ptr<ApiClient> admin_;

 private:
  /// Everything that requests configure, as one text; states move by themselves and are left out.
  std::string configuration() {
    std::string all =
        ask_control("integrations?limit=500", {"id", "name", "frequency", "quiet_hours", "start_date", "on_new_fields",
                                               "account", "tables", "destination", "paused", "pause_reason"});
    all += ask_control("destinations?limit=500", {"id", "name", "parameters"});
    return all + ask_control("runs?limit=500", {"id"});
  }
  std::string ask_control(const std::string& list, const std::vector<const char*>& members) {
    std::string all;
    for (const Json& item : items_of(list)) {
      for (const char* member : members) all += item.at(member).dump() + " ";
      all += "\n";
    }
    return all;
  }
};

}  // namespace sluice
