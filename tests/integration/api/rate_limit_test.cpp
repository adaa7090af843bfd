#include "tests/integration/api/api_fixture.hpp"

namespace sluice {
namespace {

class ApiRateLimit : public ApiFixture {
 protected:
  ApiRateLimit() { limit({.calls = 5, .source_calls = 2}); }
};

TEST_F(ApiRateLimit, ends_with_the_calls_of_a_minute) {
  for (int left = 4; left >= 0; --left)
    EXPECT_EQ(ask("GET", "/v1/runs").header("RateLimit-Remaining"), std::to_string(left));

  const auto refused = ask("GET", "/v1/runs");

  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.code(), "too_many_requests");
  EXPECT_GE(refused.json["retry_after"], 1);
  EXPECT_LE(refused.json["retry_after"], 12);
  EXPECT_EQ(refused.header("Retry-After"), refused.json["retry_after"].dump());
  EXPECT_EQ(refused.header("RateLimit-Limit"), "5");
}

TEST_F(ApiRateLimit, counts_each_token_for_itself_and_no_probes) {
  for (int i = 0; i < 6; ++i) ask("GET", "/v1/runs");

  const Extra as_other{{"Authorization", "Bearer " + token(TokenScope::read)}};
  EXPECT_EQ(ask("GET", "/v1/runs", nullptr, as_other).status, 200);
  EXPECT_EQ(ask("GET", "/livez").status, 200);
  EXPECT_EQ(ask("GET", "/livez").header("RateLimit-Limit"), "");
}

TEST_F(ApiRateLimit, is_smaller_for_what_asks_the_source) {
  limit({.calls = 100, .source_calls = 2});
  ask("POST", "/v1/integrations", {{"name", "acme"}, {"connector", "shop"}});
  const std::string login = "/v1/integrations/acme/authenticate";
  EXPECT_EQ(ask("POST", login, good_credentials).status, 200);
  EXPECT_EQ(ask("POST", "/v1/integrations?confirm=true", {{"name", "x"}, {"connector", "shop"}}).status, 422);

  const auto refused = ask("POST", login, good_credentials);

  EXPECT_EQ(refused.code(), "too_many_requests");
  EXPECT_EQ(refused.header("RateLimit-Limit"), "2");
  EXPECT_EQ(shop_->logins, 1);
  EXPECT_EQ(ask("GET", "/v1/integrations/acme").status, 200);
}

}  // namespace
}  // namespace sluice
