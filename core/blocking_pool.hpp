#pragma once
// The only bridge between the io thread and work that blocks or computes (libpqxx, page decoding, crypto, files).
// Values go in, values come out; the coroutine resumes on the executor it was called from.

#include "core/task.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace sluice {

/// The contexts whose coroutines use a pool must outlive it: for a moment after the answer its threads hold on to them.
class BlockingPool {
 public:
  explicit BlockingPool(std::size_t threads) : pool_(threads) {}
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;
  ~BlockingPool() { join(); }

  /// Blocks until all that was asked for is done. Who owns what that works with joins before it goes.
  void join() { pool_.join(); }

  /// Runs `work` on a pool thread and returns what it returns or throws what it throws. A cancelled caller
  /// still waits for the work to end: a thread cannot be interrupted, so what it uses must stay alive.
  template <class Work>
  Task<std::invoke_result_t<Work&>> run(Work work);

 private:
  template <class Work>
  Task<void> execute(Work& work, std::exception_ptr& failure);

  boost::asio::thread_pool pool_;
};

template <class Work>
Task<void> BlockingPool::execute(Work& work, std::exception_ptr& failure) {
  auto initiate = [this, &work, &failure](auto handler) {
    auto executor = boost::asio::prefer(boost::asio::get_associated_executor(handler),
                                        boost::asio::execution::outstanding_work.tracked);
    boost::asio::post(pool_, [&work, &failure, executor = std::move(executor), handler = std::move(handler)]() mutable {
      try {
        work();
      } catch (...) {
        failure = std::current_exception();
      }
      boost::asio::post(executor, std::move(handler));
    });
  };
  co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(initiate,
                                                                                     boost::asio::use_awaitable);
}

template <class Work>
Task<std::invoke_result_t<Work&>> BlockingPool::run(Work work) {
  using Result = std::invoke_result_t<Work&>;
  std::exception_ptr failure;
  if constexpr (std::is_void_v<Result>) {
    co_await execute(work, failure);
    if (failure) std::rethrow_exception(failure);
  } else {
    std::optional<Result> result;
    auto capture = [&work, &result] { result.emplace(work()); };
    co_await execute(capture, failure);
    if (failure) std::rethrow_exception(failure);
    co_return std::move(*result);
  }
}

}  // namespace sluice
