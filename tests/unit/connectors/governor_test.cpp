#include "connectors/rest/governor.hpp"

#include "tests/support/manual_clock.hpp"
#include "tests/support/run_to_end.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime start{std::chrono::hours(1)};

Quota quota(std::int64_t left, Duration reset, std::int64_t total = 150) { return {total, left, 30s, reset}; }

/// A budget that has had its first answer at `start`.
Budget taught(std::size_t max_in_flight, const Quota& told, std::int64_t reserve = 0) {
  Budget budget(max_in_flight, reserve);
  budget.sent(start);
  budget.answered(start, start, told);
  return budget;
}

TEST(ReadQuota, wants_all_four_headers) {
  Headers headers{{"x-rate-limit-requests-quota", "150"},
                  {"X-Rate-Limit-Requests-Left", "149"},
                  {"X-Rate-Limit-Time-Window-Ms", "30000"}};
  EXPECT_FALSE(read_quota(headers));

  headers.add("X-Rate-Limit-Time-Reset-Ms", "29000");

  const auto read = read_quota(headers);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->quota, 150);
  EXPECT_EQ(read->left, 149);
  EXPECT_EQ(read->window, 30s);
  EXPECT_EQ(read->reset, 29s);
}

TEST(ReadQuota, does_not_believe_nonsense) {
  const auto with_left = [](std::string left) {
    return Headers{{"X-Rate-Limit-Requests-Quota", "150"},
                   {"X-Rate-Limit-Requests-Left", std::move(left)},
                   {"X-Rate-Limit-Time-Window-Ms", "30000"},
                   {"X-Rate-Limit-Time-Reset-Ms", "29000"}};
  };

  EXPECT_TRUE(read_quota(with_left("0")));
  EXPECT_FALSE(read_quota(with_left("-1")));
  EXPECT_FALSE(read_quota(with_left("many")));
  EXPECT_FALSE(read_quota(with_left("1 ")));
  EXPECT_FALSE(read_quota(with_left("99999999999999999999")));
}

TEST(Budget, sends_one_request_at_a_time_until_the_first_answer) {
  Budget budget(4);
  EXPECT_EQ(budget.delay(start), 0ms);

  budget.sent(start);

  EXPECT_EQ(budget.delay(start), Budget::until_answered);
  budget.answered(start + 200ms, start, quota(149, 29'800ms));
  EXPECT_EQ(budget.delay(start + 200ms), 0ms);
  EXPECT_EQ(budget.left(), 149);
}

TEST(Budget, keeps_in_flight_within_its_bound) {
  auto budget = taught(2, quota(100, 10s));
  budget.sent(start);
  EXPECT_EQ(budget.delay(start), 0ms);

  budget.sent(start);

  EXPECT_EQ(budget.delay(start), Budget::until_answered);
}

TEST(Budget, waits_for_the_reset_when_nothing_is_left) {
  auto budget = taught(4, quota(1, 10s));
  budget.sent(start);

  const auto delay = budget.delay(start);

  EXPECT_GT(delay, 10s);
  EXPECT_LT(delay, 10'100ms);
  EXPECT_EQ(budget.delay(start + delay), 0ms);
}

TEST(Budget, keeps_the_reserve) {
  const auto budget = taught(4, quota(20, 10s), 20);

  EXPECT_GT(budget.delay(start), 10s);
}

TEST(Budget, a_reserve_as_large_as_the_quota_is_no_standstill) {
  auto budget = taught(4, quota(4, 10s, 5), 100);

  EXPECT_GT(budget.delay(start), 10s);
  EXPECT_EQ(budget.delay(start + 11s), 0ms);
}

TEST(Budget, a_quota_of_nothing_is_asked_about_again) {
  const auto budget = taught(4, quota(0, 10s, 0));

  EXPECT_EQ(budget.delay(start + 11s), 0ms);
}

TEST(Budget, a_late_answer_does_not_raise_what_is_left) {
  auto budget = taught(8, quota(10, 10s));
  for (int i = 0; i < 4; ++i) budget.sent(start);
  budget.answered(start + 100ms, start, quota(6, 9'900ms));

  budget.answered(start + 110ms, start, quota(9, 9'890ms));

  EXPECT_EQ(budget.left(), 6);
}

TEST(Budget, sees_what_others_have_used) {
  auto budget = taught(8, quota(100, 10s));
  budget.sent(start);
  budget.sent(start);

  budget.answered(start + 100ms, start, quota(40, 9'900ms));

  EXPECT_EQ(budget.left(), 39) << "one request is still under way and may not be counted yet";
}

TEST(Budget, an_answer_of_the_window_before_says_nothing_about_this_one) {
  auto budget = taught(4, quota(2, 1s));
  budget.sent(start);
  const auto later = start + 1'100ms;
  budget.sent(later);
  EXPECT_EQ(budget.left(), 148) << "of 150, the one under way and the one just sent";

  budget.answered(later + 10ms, start, quota(1, 5ms));

  EXPECT_EQ(budget.left(), 148);
  EXPECT_EQ(budget.delay(later + 10ms), 0ms);
}

TEST(Budget, follows_a_quota_that_shrinks) {
  auto budget = taught(4, quota(0, 1s));
  const auto later = start + 1'100ms;
  budget.sent(later);

  budget.answered(later + 100ms, later, quota(49, 29'900ms, 50));

  EXPECT_EQ(budget.left(), 49);
}

TEST(Budget, answers_without_headers_mean_no_limit_until_one_is_seen) {
  Budget budget(4);
  budget.sent(start);
  budget.answered(start, start, std::nullopt);
  for (int i = 0; i < 3; ++i) budget.sent(start);

  EXPECT_EQ(budget.delay(start), 0ms);
  EXPECT_FALSE(budget.left());
}

TEST(Budget, answers_without_headers_leave_what_is_known) {
  auto budget = taught(4, quota(1, 10s));
  budget.sent(start);

  budget.answered(start + 1s, start, std::nullopt);

  EXPECT_EQ(budget.left(), 0);
  EXPECT_GT(budget.delay(start + 1s), 9s);
}

TEST(Budget, nobody_sends_before_a_refusal_is_over) {
  auto budget = taught(4, quota(100, 10s));
  budget.refused(start, 5s);
  budget.refused(start, 2s);

  EXPECT_EQ(budget.delay(start), 5s);
  EXPECT_EQ(budget.delay(start + 5s), 0ms);
}

/// A store that counts requests in fixed windows when they arrive, and answers after a while.
class ModelStore {
 public:
  ModelStore(ManualClock& clock, std::int64_t total, Duration latency)
      : clock_(clock), total_(total), latency_(latency) {}

  /// Somebody else's requests.
  void drain(std::int64_t count) {
    roll();
    left_ = std::max<std::int64_t>(0, left_ - count);
  }

  Task<std::optional<Quota>> ask() {
    co_await clock_.sleep(latency_ / 2);
    roll();
    if (left_ == 0) {
      ++refusals;
    } else {
      --left_;
      ++served;
    }
    const auto reset = std::chrono::duration_cast<Duration>(window_end_ - clock_.steady_now());
    const Quota told{total_, left_, window, reset};
    co_await clock_.sleep(latency_ - latency_ / 2);
    co_return told;
  }

  std::int64_t served = 0;
  std::int64_t refusals = 0;
  static constexpr Duration window{30'000};

 private:
  void roll() {
    while (clock_.steady_now() >= window_end_) {
      window_end_ += window;
      left_ = total_;
    }
  }

  ManualClock& clock_;
  std::int64_t total_;
  Duration latency_;
  SteadyTime window_end_ = clock_.steady_now() + window;
  std::int64_t left_ = total_;
};

Task<void> keep_asking(Governor& governor, ModelStore& store, Clock& clock, SteadyTime end) {
  while (true) {
    const Permit permit = co_await governor.acquire();
    if (clock.steady_now() >= end) {
      governor.answered(permit, std::nullopt);
      co_return;
    }
    const auto told = co_await store.ask();
    governor.answered(permit, told);
  }
}

struct Load {
  const char* name;
  std::size_t max_in_flight;
  Duration latency;
  std::int64_t others;  // requests per second of the shop's other apps
  std::int64_t reserve;
};

class GovernorUnderLoad : public testing::TestWithParam<Load> {};

TEST_P(GovernorUnderLoad, uses_the_quota_without_being_refused) {
  constexpr std::int64_t total = 150;
  constexpr int windows = 10;
  ManualClock clock;
  ModelStore store(clock, total, GetParam().latency);
  Governor governor(clock, Budget(GetParam().max_in_flight, GetParam().reserve));
  const auto end = clock.steady_now() + windows * ModelStore::window;
  boost::asio::io_context io;
  // More who ask than may be under way.
  for (std::size_t i = 0; i < 2 * GetParam().max_in_flight; ++i) {
    boost::asio::co_spawn(io, keep_asking(governor, store, clock, end), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
  }

  const auto others = [](ManualClock& time, ModelStore& shop, std::int64_t rate, SteadyTime until) -> Task<void> {
    while (time.steady_now() < until) {
      co_await time.sleep(1s);
      shop.drain(rate);
    }
  };
  run_to_end(io, clock, others(clock, store, GetParam().others, end));

  const auto ours = (total - 30 * GetParam().others) * windows;
  EXPECT_EQ(store.refusals, 0);
  EXPECT_GE(store.served, ours * 95 / 100);
  RecordProperty("served", std::to_string(store.served));
  RecordProperty("possible", std::to_string(ours));
}

INSTANTIATE_TEST_SUITE_P(Plans, GovernorUnderLoad,
                         testing::Values(Load{"alone", 4, 200ms, 0, 0}, Load{"alone_wide", 8, 200ms, 0, 0},
                                         Load{"alone_slow", 4, 700ms, 0, 0}, Load{"alone_fast", 8, 10ms, 0, 0},
                                         Load{"with_others", 4, 200ms, 2, 4}),
                         [](const auto& info) { return std::string(info.param.name); });

Task<void> ask_and_tell(Governor& governor, int rank, std::string name, std::vector<std::string>& order) {
  const Permit permit = co_await governor.acquire(rank);
  order.push_back(std::move(name));
  governor.answered(permit, Quota{150, 100, 30s, 10s});
}

TEST(Governor, lets_what_counts_more_go_first) {
  ManualClock clock;
  Governor governor(clock, Budget(1));
  std::vector<std::string> order;
  boost::asio::io_context io;
  const auto all = [&]() -> Task<void> {
    const Permit held = co_await governor.acquire();
    const auto executor = co_await boost::asio::this_coro::executor;
    const auto start = [&](int rank, const char* name) {
      boost::asio::co_spawn(executor, ask_and_tell(governor, rank, name, order), boost::asio::detached);
    };
    start(2, "catalog");
    start(0, "orders");
    start(1, "customers");
    co_await boost::asio::post(executor, boost::asio::use_awaitable);
    governor.answered(held, std::nullopt);
    while (order.size() < 3) co_await clock.sleep(1s);
  };

  run_to_end(io, clock, all());

  EXPECT_EQ(order, (std::vector<std::string>{"orders", "customers", "catalog"}));
}

TEST(Governors, are_one_per_store) {
  ManualClock clock;
  Governors governors(clock, 4, 0);

  EXPECT_EQ(governors.of("a"), governors.of("a"));
  EXPECT_NE(governors.of("a"), governors.of("b"));
}

}  // namespace
}  // namespace sluice
