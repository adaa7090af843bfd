#include "tests/integration/storage/control_fixture.hpp"

#include <gmock/gmock.h>

namespace sluice {
namespace {

using namespace std::chrono_literals;

class TokensTest : public ControlFixture {};

TEST_F(TokensTest, open_the_door_with_the_text_shown_once) {
  EXPECT_FALSE(tokens.any());
  const NewToken made = tokens.create("ci", TokenScope::operate, std::nullopt);

  const auto token = tokens.authenticate(made.text);

  ASSERT_TRUE(token);
  EXPECT_EQ(token->id, made.token.id);
  EXPECT_EQ(token->scope, TokenScope::operate);
  EXPECT_THAT(made.text.reveal(), testing::MatchesRegex("slc_[A-Za-z0-9_-]{43}"));
  EXPECT_TRUE(tokens.any());
}

TEST_F(TokensTest, are_not_kept_in_the_clear) {
  const NewToken made = tokens.create("ci", TokenScope::read, std::nullopt);

  EXPECT_EQ(sql("select position('" + made.text.reveal().substr(4) + "' in tokens::text) from sluice.tokens"), "0");
  EXPECT_EQ(sql("select length(hash) from sluice.tokens"), "32");
}

TEST_F(TokensTest, refuse_everything_else) {
  const NewToken made = tokens.create("ci", TokenScope::read, std::nullopt);
  std::string altered = made.text.reveal();
  altered[10] = altered[10] == 'a' ? 'b' : 'a';

  for (const std::string& text : {std::string(), std::string("slc_"), altered, made.text.reveal() + "x",
                                  made.text.reveal().substr(0, 46), "Slc_" + made.text.reveal().substr(4)}) {
    EXPECT_FALSE(tokens.authenticate(Secret(text))) << text.size();
  }
}

TEST_F(TokensTest, end_with_their_time) {
  const Time now = SystemClock().now();
  const NewToken over = tokens.create("over", TokenScope::read, now - 1s);
  const NewToken living = tokens.create("living", TokenScope::read, now + 1h);

  EXPECT_FALSE(tokens.authenticate(over.text));
  EXPECT_EQ(tokens.authenticate(living.text)->expires_at, now + 1h);
}

TEST_F(TokensTest, are_revoked_at_once) {
  const NewToken made = tokens.create("ci", TokenScope::admin, std::nullopt);
  tokens.authenticate(made.text);

  EXPECT_TRUE(tokens.revoke(made.token.id));

  EXPECT_FALSE(tokens.authenticate(made.text));
  EXPECT_TRUE(tokens.revoke(made.token.id));
  EXPECT_FALSE(tokens.revoke(TokenId::make(Time{})));
  EXPECT_TRUE(tokens.list({}).items[0].revoked_at);
}

TEST_F(TokensTest, note_their_use_at_most_once_a_minute) {
  const NewToken made = tokens.create("ci", TokenScope::read, std::nullopt);
  const std::string last_use = "select last_used_at from sluice.tokens";

  tokens.authenticate(made.text);
  const std::string first = sql(last_use);
  tokens.authenticate(made.text);
  const std::string second = sql(last_use);
  sql("update sluice.tokens set last_used_at = now() - interval '61 s'");
  tokens.authenticate(made.text);

  EXPECT_FALSE(first.empty());
  EXPECT_EQ(first, second);
  EXPECT_EQ(sql("select last_used_at > now() - interval '1 minute' from sluice.tokens"), "t");
}

TEST_F(TokensTest, list_page_by_page) {
  for (const char* name : {"a", "b", "c"}) tokens.create(name, TokenScope::read, std::nullopt);

  const auto first = tokens.list({.limit = 2, .after = {}});
  const auto second = tokens.list({.limit = 2, .after = first.next});

  EXPECT_EQ(first.items.size(), 2U);
  EXPECT_GT(first.items[0].id, first.items[1].id);
  EXPECT_EQ(second.items.size(), 1U);
  EXPECT_FALSE(second.next);
}

}  // namespace
}  // namespace sluice
