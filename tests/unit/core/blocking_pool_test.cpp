#include "core/blocking_pool.hpp"

#include "core/clock.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <future>
#include <memory>
#include <stdexcept>
#include <thread>

namespace sluice {
namespace {

/// Runs `task` on an io thread of its own, this one, and returns what it returns or throws.
template <class T>
T run_to_end(Task<T> task) {
  boost::asio::io_context context(1);
  std::promise<T> promise;
  auto result = promise.get_future();
  boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr failure, auto... value) {
    if (failure) {
      promise.set_exception(failure);
    } else {
      promise.set_value(std::move(value)...);
    }
  });
  context.run();
  return result.get();
}

Task<bool> leaves_and_returns(BlockingPool& pool) {
  const auto io_thread = std::this_thread::get_id();
  auto ask = [] { return std::this_thread::get_id(); };
  const auto pool_thread = co_await pool.run(ask);
  co_return pool_thread != io_thread&& std::this_thread::get_id() == io_thread;
}

Task<int> unwraps(BlockingPool& pool) {
  auto work = [box = std::make_unique<int>(42)] { return std::make_unique<int>(*box); };
  const auto result = co_await pool.run(std::move(work));
  co_return *result;
}

Task<void> fails(BlockingPool& pool) {
  auto work = [] { throw std::runtime_error("boom"); };
  co_await pool.run(work);
}

TEST(BlockingPool, works_elsewhere_and_resumes_here) {
  BlockingPool pool(2);

  EXPECT_TRUE(run_to_end(leaves_and_returns(pool)));
}

TEST(BlockingPool, takes_and_returns_values_that_only_move) {
  BlockingPool pool(1);

  EXPECT_EQ(run_to_end(unwraps(pool)), 42);
}

TEST(BlockingPool, throws_what_the_work_throws) {
  BlockingPool pool(1);

  EXPECT_THROW(run_to_end(fails(pool)), std::runtime_error);
}

}  // namespace
}  // namespace sluice
