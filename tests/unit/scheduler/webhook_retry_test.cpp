#include "scheduler/webhook_retry.hpp"

#include <gtest/gtest.h>

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr double almost_one = 0.999999;

TEST(WebhookRetry, spreads_eight_attempts_over_about_a_day) {
  Duration average{0};
  Duration before{0};
  int waits = 0;
  for (int attempt = 1; const auto longest = delivery_wait(attempt, almost_one); ++attempt) {
    EXPECT_GE(*longest, before) << attempt;
    EXPECT_EQ(*delivery_wait(attempt, 0), 5s) << "full jitter, but never at once";
    before = *longest;
    average += *delivery_wait(attempt, 0.5);
    ++waits;
  }
  EXPECT_EQ(waits, most_delivery_attempts - 1);
  EXPECT_GE(average, 20h);
  EXPECT_LE(average, 28h);
  EXPECT_LE(*delivery_wait(1, almost_one), 30s) << "a blip is over soon";
}

TEST(WebhookRetry, judges_by_status) {
  struct Case {
    int status;
    int attempt;
    DeliveryState state;
    bool is_gone;
  };
  constexpr Case cases[] = {
      {200, 1, DeliveryState::delivered, false}, {202, 1, DeliveryState::delivered, false},
      {204, 8, DeliveryState::delivered, false}, {301, 1, DeliveryState::pending, false},
      {307, 1, DeliveryState::pending, false},   {400, 1, DeliveryState::pending, false},
      {401, 1, DeliveryState::pending, false},   {404, 7, DeliveryState::pending, false},
      {410, 1, DeliveryState::failed, true},     {429, 1, DeliveryState::pending, false},
      {500, 1, DeliveryState::pending, false},   {503, 7, DeliveryState::pending, false},
      {500, 8, DeliveryState::failed, false},    {500, 9, DeliveryState::failed, false},
  };
  for (const Case& each : cases) {
    const auto outcome = judge_delivery(HttpResponse{each.status, {}, ""}, each.attempt, 0.5);
    EXPECT_EQ(to_string(outcome.state), to_string(each.state)) << each.status << " at " << each.attempt;
    EXPECT_EQ(outcome.is_gone, each.is_gone) << each.status;
    EXPECT_EQ(outcome.retry_after.has_value(), each.state == DeliveryState::pending) << each.status;
    EXPECT_EQ(outcome.attempt.status, each.status);
  }
}

TEST(WebhookRetry, waits_as_long_as_the_receiver_asks_but_no_longer_than_a_day) {
  struct Case {
    const char* asked;
    Duration expected;
  };
  const Case cases[] = {{"120", 120s}, {"1", 15s}, {"99999999", 24h}, {"soon", 15s}, {"-5", 15s}, {"", 15s}};
  for (const Case& each : cases) {
    const auto outcome = judge_delivery(HttpResponse{503, {{"Retry-After", each.asked}}, ""}, 1, 0.5);
    EXPECT_EQ(*outcome.retry_after, each.expected) << each.asked;
  }
}

TEST(WebhookRetry, tries_again_when_there_was_no_answer) {
  const Error failure(ErrorKind::transient, "http.timeout", "too slow");

  const auto outcome = judge_delivery(failure, 1, 0.5);

  EXPECT_EQ(outcome.state, DeliveryState::pending);
  EXPECT_EQ(outcome.attempt.status, std::nullopt);
  EXPECT_EQ(outcome.attempt.error, "http.timeout");
  EXPECT_EQ(judge_delivery(failure, 8, 0.5).state, DeliveryState::failed);
}

}  // namespace
}  // namespace sluice
