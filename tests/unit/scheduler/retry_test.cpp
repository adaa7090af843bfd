#include "scheduler/retry.hpp"

#include <gtest/gtest.h>

namespace sluice {
namespace {

using namespace std::chrono_literals;

struct Case {
  const char* name;
  ErrorKind kind;
  int attempt;
  JobState expected;
};

class Retry : public testing::TestWithParam<Case> {};

TEST_P(Retry, decides_by_kind_and_attempt) {
  const auto outcome =
      decide_outcome(Error(GetParam().kind, "source.failed", "it failed"), GetParam().attempt, RetryPolicy{}, 0.5);

  EXPECT_EQ(to_string(outcome.state), to_string(GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(Cases, Retry,
                         testing::Values(Case{"transient_first", ErrorKind::transient, 1, JobState::waiting_retry},
                                         Case{"transient_before_last", ErrorKind::transient, 7,
                                              JobState::waiting_retry},
                                         Case{"transient_last", ErrorKind::transient, 8, JobState::failed},
                                         Case{"throttled", ErrorKind::throttled, 1, JobState::waiting_retry},
                                         Case{"auth", ErrorKind::auth, 1, JobState::failed},
                                         Case{"config", ErrorKind::config, 1, JobState::failed},
                                         Case{"data", ErrorKind::data, 1, JobState::failed},
                                         Case{"bug", ErrorKind::bug, 1, JobState::failed},
                                         Case{"cancelled_is_given_back", ErrorKind::cancelled, 1, JobState::queued}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Outage, is_waited_for_as_long_as_it_takes) {
  const Error outage(ErrorKind::transient, "destination.unreachable", "connection refused");
  for (const int attempt : {1, 7, 8, 900}) {
    const auto outcome = decide_outcome(outage, attempt, RetryPolicy{}, 0.999999);

    EXPECT_EQ(to_string(outcome.state), "waiting_retry") << attempt;
    EXPECT_LE(*outcome.retry_after, 4s) << "it may be over by then";
    EXPECT_EQ(outcome.is_failing, attempt >= 8) << "somebody should know " << attempt;
  }
}

TEST(Outage, of_space_is_looked_at_within_the_minute) {
  const auto outcome =
      decide_outcome(Error(ErrorKind::transient, "destination.disk_full", "no space"), 20, RetryPolicy{}, 0.999999);

  EXPECT_EQ(to_string(outcome.state), "waiting_retry");
  EXPECT_LE(*outcome.retry_after, 30s);
  EXPECT_NE(outcome.error->hint, "");
}

TEST(Outage, is_no_word_for_wrong_settings) {
  EXPECT_FALSE(is_outage(Error(ErrorKind::config, "destination.read_only", "name the primary")));
  EXPECT_FALSE(is_outage(Error(ErrorKind::transient, "source.unreachable", "")));
}

TEST(Hints, tell_what_to_do_about_whatever_passes_on_the_way_to_the_source) {
  for (const char* code : {"source.unreachable", "source.server_error", "http.timeout", "http.too_large"}) {
    EXPECT_NE(hint_for(Error(ErrorKind::transient, code, "")), "") << code;
  }
  EXPECT_EQ(hint_for(Error(ErrorKind::config, "http.forbidden_address", "")), "") << "nothing is tried again";
}

TEST(RetryDelay, grows_to_the_cap_and_never_past_it) {
  const RetryPolicy policy{{1s, 60s}, 100};
  Duration before{0};
  for (int attempt = 1; attempt < 20; ++attempt) {
    const auto outcome = decide_outcome(Error(ErrorKind::transient, "x.y", ""), attempt, policy, 0.999999);
    ASSERT_TRUE(outcome.retry_after);
    EXPECT_GE(*outcome.retry_after, before);
    EXPECT_LE(*outcome.retry_after, 60s);
    before = *outcome.retry_after;
  }
  EXPECT_GT(before, 59s);
}

TEST(RetryHint, says_what_to_do_about_a_missing_scope) {
  const auto outcome = decide_outcome(Error(ErrorKind::config, "source.scope_missing", "store_v2_orders is missing"), 1,
                                      RetryPolicy{}, 0);

  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->detail, "store_v2_orders is missing");
  EXPECT_NE(outcome.error->hint.find("re-authenticate"), std::string::npos);
}

}  // namespace
}  // namespace sluice
