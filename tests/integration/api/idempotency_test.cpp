#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/test_postgres.hpp"

namespace sluice {
namespace {

class ApiIdempotency : public ApiFixture {
 protected:
  static Extra under(const std::string& key) { return {{"Idempotency-Key", key}}; }
  KeyedRequest keyed(const std::string& key, const Json& body) {
    return {TokenId(token_id()), key, "POST", "/v1/tokens", body.dump()};
  }
  std::string token_id() { return ask("GET", "/v1/tokens").json["items"].back()["id"]; }
};

const Json ci{{"name", "ci"}, {"scope", "read"}};

TEST_F(ApiIdempotency, gives_a_repetition_the_first_answer_and_does_nothing) {
  const auto first = ask("POST", "/v1/tokens", ci, under("k1"));
  ASSERT_EQ(first.status, 201) << first.text;
  EXPECT_EQ(first.header("Idempotency-Replayed"), "");

  const auto again = ask("POST", "/v1/tokens", ci, under("k1"));

  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.text, first.text);
  EXPECT_EQ(again.header("Location"), first.header("Location"));
  EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
  EXPECT_NE(again.header("X-Request-Id"), first.header("X-Request-Id"));
  EXPECT_EQ(ask("GET", "/v1/tokens").json["items"].size(), 2U);
}

TEST_F(ApiIdempotency, keeps_no_answer_in_the_clear) {
  const auto made = ask("POST", "/v1/tokens", ci, under("k1"));
  const std::string text = made.json["token"];
  std::string hex;
  for (const char c : text) {
    constexpr std::string_view digits = "0123456789abcdef";
    hex += digits[static_cast<unsigned char>(c) >> 4U];
    hex += digits[static_cast<unsigned char>(c) & 15U];
  }
  const std::string count = "select count(*) from sluice.idempotency_keys k where position('";

  EXPECT_EQ(TestPostgres::execute(control_url_, "select count(*) from sluice.idempotency_keys"), "1");
  EXPECT_EQ(TestPostgres::execute(control_url_, count + text + "' in k::text) > 0"), "0");
  EXPECT_EQ(TestPostgres::execute(control_url_, count + hex + "' in k::text) > 0"), "0");
}

TEST_F(ApiIdempotency, refuses_the_key_of_another_request) {
  ask("POST", "/v1/tokens", ci, under("k1"));

  EXPECT_EQ(ask("POST", "/v1/tokens", {{"name", "other"}, {"scope", "read"}}, under("k1")).code(),
            "idempotency_key_reused");
  EXPECT_EQ(ask("POST", "/v1/integrations", {{"name", "acme"}, {"connector", "shop"}}, under("k1")).code(),
            "idempotency_key_reused");
  EXPECT_EQ(ask("POST", "/v1/tokens", ci, under("k2")).status, 201);
  const std::string other_admin = token(TokenScope::admin);
  const auto of_another =
      ask("POST", "/v1/tokens", ci, {{"Idempotency-Key", "k1"}, {"Authorization", "Bearer " + other_admin}});
  EXPECT_EQ(of_another.header("Idempotency-Replayed"), "");
}

TEST_F(ApiIdempotency, refuses_a_repetition_while_the_first_is_under_way) {
  // As another daemon would hold it.
  const auto claim = idempotency_keys_.claim(keyed("k1", ci));
  ASSERT_EQ(claim.standing, IdempotencyKeys::Standing::claimed);

  EXPECT_EQ(ask("POST", "/v1/tokens", ci, under("k1")).code(), "idempotency_key_in_use");

  idempotency_keys_.release(keyed("k1", ci), claim);
  EXPECT_EQ(ask("POST", "/v1/tokens", ci, under("k1")).status, 201);
}

TEST_F(ApiIdempotency, takes_over_what_a_daemon_left_when_it_died) {
  const auto lost = idempotency_keys_.claim(keyed("k1", ci));
  TestPostgres::execute(control_url_,
                        "update sluice.idempotency_keys set claimed_at = claimed_at - interval '6 minutes'");

  EXPECT_EQ(ask("POST", "/v1/tokens", ci, under("k1")).status, 201);

  // The lost one cannot spoil what came after it.
  idempotency_keys_.keep(keyed("k1", ci), lost, {500, {}, "late"});
  EXPECT_EQ(ask("POST", "/v1/tokens", ci, under("k1")).status, 201);
}

TEST_F(ApiIdempotency, forgets_after_a_day) {
  ask("POST", "/v1/tokens", ci, under("k1"));
  TestPostgres::execute(control_url_, "update sluice.idempotency_keys set claimed_at = now() - interval '25 hours'");

  EXPECT_EQ(ask("POST", "/v1/tokens", ci, under("k1")).header("Idempotency-Replayed"), "");
}

TEST_F(ApiIdempotency, keeps_refusals_but_not_what_asks_to_be_repeated) {
  ask("POST", "/v1/integrations", {{"name", "acme"}, {"connector", "shop"}});
  const std::string login = "/v1/integrations/acme/authenticate";
  shop_->is_down = true;
  EXPECT_EQ(ask("POST", login, good_credentials, under("k1")).status, 502);
  shop_->is_down = false;
  EXPECT_EQ(ask("POST", login, good_credentials, under("k1")).status, 200);

  const Json again{{"name", "acme"}, {"connector", "shop"}};
  EXPECT_EQ(ask("POST", "/v1/integrations", again, under("k2")).code(), "name_taken");
  ask("DELETE", "/v1/integrations/acme", nullptr, any_version);
  const auto kept = ask("POST", "/v1/integrations", again, under("k2"));
  EXPECT_EQ(kept.code(), "name_taken");
  EXPECT_EQ(kept.header("Idempotency-Replayed"), "true");
}

TEST_F(ApiIdempotency, takes_printable_keys_on_posts_only) {
  EXPECT_EQ(ask("POST", "/v1/tokens", ci, under("")).code(), "invalid_idempotency_key");
  EXPECT_EQ(ask("POST", "/v1/tokens", ci, under(std::string(256, 'k'))).code(), "invalid_idempotency_key");
  EXPECT_EQ(ask("POST", "/v1/tokens", ci, under("k\t1")).code(), "invalid_idempotency_key");
  EXPECT_EQ(ask("GET", "/v1/tokens", nullptr, under("k1")).status, 200);
  EXPECT_EQ(TestPostgres::execute(control_url_, "select count(*) from sluice.idempotency_keys"), "0");
}

}  // namespace
}  // namespace sluice
