#include "core/event.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace sluice {

void Event::notify() {
  if (waiters_.empty()) pending_ = true;
  for (Waiter* waiter : std::exchange(waiters_, {})) {
    waiter->notified = true;
    waiter->timer.cancel();
  }
}

Task<bool> Event::wait(Duration limit) {
  if (std::exchange(pending_, false)) co_return true;
  Waiter waiter{boost::asio::steady_timer(co_await boost::asio::this_coro::executor, limit)};
  // The wait itself throws when this coroutine is cancelled already, so leaving the list is a destructor's work.
  struct Registration {
    std::vector<Waiter*>& waiters;
    Waiter* waiter;
    ~Registration() { std::erase(waiters, waiter); }
  } registration{waiters_, &waiter};
  waiters_.push_back(&waiter);
  const auto [error] = co_await waiter.timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  // A cancelled timer without a notify means that this coroutine itself is being cancelled.
  if (error && !waiter.notified) throw boost::system::system_error(error);
  co_return waiter.notified;
}

}  // namespace sluice
