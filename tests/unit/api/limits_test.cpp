#include "api/deprecation.hpp"
#include "api/rehearsal.hpp"
#include "api/subject.hpp"
#include "api/token_bucket.hpp"
#include "core/time.hpp"

#include <gtest/gtest.h>

namespace sluice::api {
namespace {

using namespace std::chrono_literals;

TEST(TokenBuckets, let_a_minutes_worth_through_at_once_and_then_one_at_a_time) {
  const SteadyTime start{1h};
  TokenBucket bucket(3, start);
  EXPECT_EQ(bucket.remaining(start), 3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.take(start));

  EXPECT_FALSE(bucket.take(start));
  EXPECT_EQ(bucket.wait(start), 20s);
  EXPECT_FALSE(bucket.take(start + 19s));
  EXPECT_EQ(bucket.wait(start + 19s), 1s);
  EXPECT_TRUE(bucket.take(start + 20s));
  EXPECT_FALSE(bucket.take(start + 20s));
}

TEST(TokenBuckets, are_full_after_a_minute_and_never_fuller) {
  const SteadyTime start{1h};
  TokenBucket bucket(3, start);
  for (int i = 0; i < 3; ++i) bucket.take(start);
  EXPECT_EQ(bucket.refill(start), 1min);
  EXPECT_EQ(bucket.remaining(start + 1min), 3);
  EXPECT_EQ(bucket.remaining(start + 1h), 3);
  EXPECT_EQ(bucket.refill(start + 1h), 0s);
}

TEST(DeprecatedRoutes, say_since_when_until_when_and_what_instead) {
  Route route;
  Headers none;
  add_deprecation(route, none);
  EXPECT_EQ(none.size(), 0U);

  route.deprecation =
      Deprecation{*parse_iso8601("2026-01-01T00:00:00Z"), parse_iso8601("2026-07-01T12:00:00Z"), "/v1/new"};
  Headers headers;
  add_deprecation(route, headers);

  EXPECT_EQ(headers.find("Deprecation"), "@1767225600");
  EXPECT_EQ(headers.find("Sunset"), "Wed, 01 Jul 2026 12:00:00 GMT");
  EXPECT_EQ(headers.find("Link"), "</v1/new>; rel=\"successor-version\"");
}

TEST(Subjects, are_the_nearest_thing_that_one_get_shows) {
  const auto named = [](std::string_view path) {
    const auto subject = subject_of(routes(), path);
    return subject ? std::string(subject->kind()) + " " + subject->name() + " at " + subject->path : "none";
  };
  EXPECT_EQ(named("/v1/integrations/acme"), "integration acme at /v1/integrations/acme");
  EXPECT_EQ(named("/v1/integrations/acme/pause"), "integration acme at /v1/integrations/acme");
  EXPECT_EQ(named("/v1/integrations/acme/selection"), "integration acme at /v1/integrations/acme/selection");
  EXPECT_EQ(named("/v1/tokens/tok_1"), "token tok_1 at /v1/tokens/tok_1");
  EXPECT_EQ(named("/v1/integrations"), "none");
  EXPECT_EQ(named("/v1/nowhere"), "none");
}

TEST(Changes, name_each_value_that_differs) {
  const Json before{{"a", 1}, {"b", {{"c", "x"}, {"d", nullptr}}}, {"list", {1, 2}}, {"updated_at", "1"}};
  const Json after{{"a", 1}, {"b", {{"c", "y"}, {"e/f", true}}}, {"list", {1}}, {"updated_at", "2"}};

  EXPECT_EQ(changes_between(before, after), Json::parse(R"([
    {"what": "/b/c", "from": "x", "to": "y"},
    {"what": "/b/e~1f", "from": null, "to": true},
    {"what": "/list", "from": [1, 2], "to": [1]}])"));
  EXPECT_EQ(changes_between(before, before), Json::array());
}

}  // namespace
}  // namespace sluice::api
