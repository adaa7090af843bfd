#include "connectors/current_credentials.hpp"

#include "connectors/bigcommerce/store_client.hpp"
#include "core/error.hpp"
#include "tests/support/run_to_end.hpp"
#include "tests/support/scripted_http.hpp"

#include <gtest/gtest.h>

namespace sluice {
namespace {

Credentials version(std::int64_t number, const std::string& account = "abc") {
  return {account, "", Secret("token " + std::to_string(number)), number};
}

/// What is stored can be exchanged, and look-ups are counted.
class CurrentCredentialsTest : public testing::Test {
 protected:
  std::shared_ptr<CurrentCredentials> current =
      std::make_shared<CurrentCredentials>(version(1), [this] { return look_up(); });
  std::int64_t stored = 1;
  int look_ups = 0;

  Task<Credentials> look_up() {
    ++look_ups;
    if (stored == 0) throw Error(ErrorKind::transient, "database.unreachable", "away");
    co_return version(stored);
  }
};

TEST_F(CurrentCredentialsTest, are_exchanged_for_newer_ones_of_the_same_account_only) {
  current->use(version(3));
  EXPECT_EQ(current->now().version, 3);
  current->use(version(2));
  EXPECT_EQ(current->now().version, 3) << "older";
  current->use(version(4, "other"));
  EXPECT_EQ(current->now().version, 3) << "of another account";
}

TEST_F(CurrentCredentialsTest, are_renewed_from_what_is_stored) {
  stored = 2;

  EXPECT_TRUE(run_to_end(current->renew(1)));

  EXPECT_TRUE(current->now().access_token.equals("token 2"));
  EXPECT_EQ(current->refused(), 0);
}

TEST_F(CurrentCredentialsTest, that_were_exchanged_meanwhile_need_no_look_up) {
  current->use(version(2));

  EXPECT_TRUE(run_to_end(current->renew(1)));

  EXPECT_EQ(look_ups, 0);
}

TEST_F(CurrentCredentialsTest, remember_that_the_newest_were_refused) {
  EXPECT_FALSE(run_to_end(current->renew(1)));

  current->use(version(2));
  EXPECT_EQ(current->refused(), 1);
}

TEST_F(CurrentCredentialsTest, are_not_judged_when_nobody_knows_what_is_stored) {
  stored = 0;

  EXPECT_THROW(run_to_end(current->renew(1)), Error);

  EXPECT_EQ(current->refused(), 0);
}

/// Accepts one token.
std::function<HttpResponse(const HttpRequest&)> store_accepting(const std::string& token, int refusal = 401) {
  return [token, refusal](const HttpRequest& request) {
    return json_response("[]", request.headers.find("X-Auth-Token") == token ? 200 : refusal);
  };
}

TEST_F(CurrentCredentialsTest, repeat_a_refused_request_once_they_are_newer) {
  for (const int refusal : {401, 403}) {
    current = std::make_shared<CurrentCredentials>(version(1), [this] { return look_up(); });
    auto inner = std::make_unique<ScriptedHttp>(store_accepting("token 2", refusal));
    const ScriptedHttp& http = *inner;
    const auto client = make_signed(std::move(inner), current);
    stored = 2;

    EXPECT_EQ(run_to_end(client->send(HttpRequest{})).status, 200);
    EXPECT_EQ(run_to_end(client->send(HttpRequest{})).status, 200);

    EXPECT_EQ(http.requests().size(), 3U) << "the second request has the new token from the start";
  }
}

TEST_F(CurrentCredentialsTest, give_a_refusal_out_when_there_are_no_newer_ones) {
  auto inner = std::make_unique<ScriptedHttp>(store_accepting("token 7"));
  const ScriptedHttp& http = *inner;
  const auto client = make_signed(std::move(inner), current);

  EXPECT_EQ(run_to_end(client->send(HttpRequest{})).status, 401);

  EXPECT_EQ(http.requests().size(), 1U);
}

TEST_F(CurrentCredentialsTest, are_not_sent_without_permission) {
  bool is_permitted = true;
  current = std::make_shared<CurrentCredentials>(
      version(1), [this] { return look_up(); },
      [&is_permitted]() -> Task<void> {
        if (!is_permitted) throw Error(ErrorKind::cancelled, "run.lost", "somebody else's");
        co_return;
      });
  const auto http = std::make_shared<ScriptedHttp>([](const HttpRequest&) { return json_response("[]"); });
  const auto client = make_permitted(http, current);
  EXPECT_EQ(run_to_end(client->send(HttpRequest{})).status, 200);

  is_permitted = false;

  EXPECT_THROW(run_to_end(client->send(HttpRequest{})), Error);
  EXPECT_EQ(http->requests().size(), 1U);
}

TEST_F(CurrentCredentialsTest, leave_other_answers_alone) {
  const auto client =
      make_signed(std::make_unique<ScriptedHttp>([](const HttpRequest&) { return json_response("{}", 500); }), current);

  EXPECT_EQ(run_to_end(client->send(HttpRequest{})).status, 500);

  EXPECT_EQ(look_ups, 0);
}

}  // namespace
}  // namespace sluice
