#include "connectors/bigcommerce/login.hpp"
#include "connectors/bigcommerce/store_client.hpp"
#include "core/error.hpp"
#include "tests/support/run_to_end.hpp"
#include "tests/support/scripted_http.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace sluice {
namespace {

Table table(std::string name, std::string scope) {
  Table out;
  out.name = name;
  out.path = "/v3/" + name;
  out.scopes = {std::move(scope)};
  return out;
}

Catalogue catalogue() {
  Table embedded = table("order_products", "orders_scope");
  embedded.parent = Parent{};
  embedded.parent->table = "orders";
  return Catalogue({table("orders", "orders_scope"), table("coupons", "marketing_scope"), embedded});
}

/// Paths that are not answered 200 with an empty list.
using Answers = std::map<std::string, HttpResponse>;

class LoginTest : public testing::Test {
 protected:
  Account log_in(const Answers& answers) {
    ScriptedHttp http([&answers](const HttpRequest& request) {
      const auto path = parse_target(request.target)->path;
      const auto known = answers.find(path);
      return known == answers.end() ? json_response("[]") : known->second;
    });
    return run_to_end(sluice::log_in(Login{http, catalogue_, "/stores/abc", "abc"}));
  }
  std::string failure_of(const Answers& answers) {
    try {
      log_in(answers);
    } catch (const Error& error) {
      return std::string(to_string(error.kind())) + " " + error.code();
    }
    return "no failure";
  }

  Catalogue catalogue_ = catalogue();
};

TEST_F(LoginTest, tells_what_the_store_is_called) {
  const Account account = log_in({{"/stores/abc/v2/store", json_response(R"({
      "name":"Lamps & more","plan_name":"Pro","currency":"AUD","timezone":{"name":"Australia/Sydney"}})")}});

  EXPECT_EQ(account.name, "Lamps & more");
  EXPECT_EQ(account.plan, "Pro");
  EXPECT_EQ(account.currency, "AUD");
  EXPECT_EQ(account.time_zone, "Australia/Sydney");
}

TEST_F(LoginTest, does_without_the_name_of_the_store) {
  for (const HttpResponse& answer : {json_response("{}", 403), json_response("", 500), json_response("nothing"),
                                     json_response("[]"), json_response(R"({"name":7,"timezone":null})")}) {
    EXPECT_EQ(log_in({{"/stores/abc/v2/store", answer}}).name, "abc");
  }
}

TEST_F(LoginTest, what_keeps_the_first_call_from_an_answer_has_a_kind) {
  const std::pair<HttpResponse, const char*> cases[] = {
      {json_response("{}", 401), "auth source.auth_failed"},
      {json_response("{}", 403), "auth source.auth_failed"},
      {json_response("[]", 404), "auth source.auth_failed"},
      {json_response("{}", 429), "throttled source.throttled"},
      {json_response("{}", 503), "transient source.unreachable"},
      {HttpResponse{200, {{"Content-Type", "text/html"}}, "<html>log in to the hotel</html>"},
       "transient source.unreachable"},
      {HttpResponse{301, {{"Location", "https://evil.example/"}}, ""}, "config source.redirected"},
  };
  for (const auto& [answer, failure] : cases) {
    EXPECT_EQ(failure_of({{"/stores/abc/v2/time", answer}}), failure) << answer.status;
  }
}

TEST_F(LoginTest, transport_failures_keep_their_meaning) {
  const std::pair<Error, const char*> cases[] = {
      {Error(ErrorKind::transient, "http.connect_failed", "refused"), "transient source.unreachable"},
      {Error(ErrorKind::config, "http.tls_untrusted", "unknown authority"), "config http.tls_untrusted"},
  };
  for (const auto& [error, failure] : cases) {
    ScriptedHttp http([&error](const HttpRequest&) -> HttpResponse { throw error; });
    try {
      run_to_end(sluice::log_in(Login{http, catalogue_, "/stores/abc", "abc"}));
      ADD_FAILURE();
    } catch (const Error& shown) {
      EXPECT_EQ(std::string(to_string(shown.kind())) + " " + shown.code(), failure);
    }
  }
}

TEST_F(LoginTest, one_table_without_its_scope_is_no_failure) {
  const Account account = log_in({{"/stores/abc/v3/coupons", json_response("{}", 403)}});

  ASSERT_EQ(account.tables.size(), 3U);
  EXPECT_EQ(account.tables[0].access, Access::granted);
  EXPECT_EQ(account.tables[1].access, Access::denied);
  EXPECT_EQ(account.tables[1].scope, "marketing_scope");
  EXPECT_EQ(account.tables[2].access, Access::granted);
}

TEST_F(LoginTest, embedded_tables_share_what_their_carrier_shows) {
  const Account account = log_in({{"/stores/abc/v3/orders", json_response(R"({"title":"broken"})", 500)}});

  for (const std::size_t i : {0U, 2U}) {
    EXPECT_EQ(account.tables[i].access, Access::failed);
    EXPECT_EQ(account.tables[i].detail, "broken");
  }
  EXPECT_EQ(account.tables[2].table, "order_products");
}

TEST_F(LoginTest, a_token_that_is_refused_later_is_refused) {
  EXPECT_EQ(failure_of({{"/stores/abc/v3/coupons", json_response("{}", 401)}}), "auth source.auth_failed");
}

TEST(StoreClient, signs_every_request) {
  auto inner = std::make_unique<ScriptedHttp>([](const HttpRequest&) { return json_response("[]"); });
  const ScriptedHttp& http = *inner;
  const auto client =
      make_signed(std::move(inner), std::make_shared<CurrentCredentials>(Credentials{"abc", "", Secret("token")}));

  run_to_end(client->send(HttpRequest{}));

  const Headers& headers = http.requests().at(0).headers;
  EXPECT_EQ(headers.find("X-Auth-Token"), "token");
  EXPECT_EQ(headers.find("X-Auth-Client"), std::nullopt);
  EXPECT_EQ(headers.find("Accept"), "application/json");
  EXPECT_EQ(headers.find("User-Agent"), "Sluice/" SLUICE_VERSION);
}

}  // namespace
}  // namespace sluice
