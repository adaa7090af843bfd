#include "scheduler/page_queue.hpp"

#include "core/error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

namespace sluice {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

Page page(std::size_t range) {
  Page out;
  out.range = range;
  return out;
}

Task<void> produce(PageQueue& queue, std::size_t count, std::size_t& pushed) {
  for (std::size_t i = 0; i < count; ++i) {
    co_await queue.push(page(i));
    ++pushed;
  }
  queue.remove_producer();
}

Task<void> consume(PageQueue& queue, std::vector<std::size_t>& seen) {
  while (!queue.is_drained()) {
    if (auto next = co_await queue.pop(1s)) seen.push_back(next->range);
  }
}

TEST(PageQueue, keeps_the_order_and_never_holds_more_than_its_capacity) {
  asio::io_context io;
  PageQueue queue(2);
  queue.add_producer();
  std::size_t pushed = 0;
  std::vector<std::size_t> seen;
  asio::co_spawn(io, produce(queue, 5, pushed), asio::detached);
  io.poll();
  EXPECT_EQ(pushed, 2U);

  asio::co_spawn(io, consume(queue, seen), asio::detached);
  io.restart();
  io.run();

  EXPECT_EQ(seen, (std::vector<std::size_t>{0, 1, 2, 3, 4}));
}

TEST(PageQueue, pop_gives_up_after_its_limit) {
  asio::io_context io;
  PageQueue queue(2);
  queue.add_producer();
  bool empty = false;
  asio::co_spawn(
      io, [](PageQueue& q, bool& out) -> Task<void> { out = !(co_await q.pop(5ms)); }(queue, empty), asio::detached);
  io.run();

  EXPECT_TRUE(empty);
  EXPECT_FALSE(queue.is_drained());
}

TEST(PageQueue, close_frees_a_producer_that_waits_for_room) {
  asio::io_context io;
  PageQueue queue(1);
  queue.add_producer();
  std::size_t pushed = 0;
  ErrorKind kind = ErrorKind::bug;
  asio::co_spawn(io, produce(queue, 3, pushed), [&](std::exception_ptr failure) {
    if (failure) kind = to_error(failure).kind();
  });
  io.poll();
  queue.close();
  io.restart();
  io.run();

  EXPECT_EQ(pushed, 1U);
  EXPECT_EQ(kind, ErrorKind::cancelled);
}

}  // namespace
}  // namespace sluice
