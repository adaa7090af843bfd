#include "tests/support/manual_clock.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sluice {

ManualClock::ManualClock() : now_(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)) {}

Task<void> ManualClock::sleep(Duration duration) {
  Sleeper sleeper{boost::asio::steady_timer(co_await boost::asio::this_coro::executor, SteadyTime::max())};
  struct Registration {
    std::multimap<SteadyTime, Sleeper*>& sleepers;
    Sleeper* sleeper;
    ~Registration() {
      std::erase_if(sleepers, [this](const auto& item) { return item.second == sleeper; });
    }
  } registration{sleepers_, &sleeper};
  sleepers_.emplace(steady_ + duration, &sleeper);
  const auto [error] = co_await sleeper.timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  if (error && !sleeper.is_woken) throw boost::system::system_error(error);
}

void ManualClock::advance(Duration duration) { move_to(steady_ + duration); }

bool ManualClock::advance_to_next() {
  if (sleepers_.empty()) return false;
  move_to(std::max(steady_, sleepers_.begin()->first));
  return true;
}

void ManualClock::move_to(SteadyTime when) {
  now_ += std::chrono::duration_cast<Time::duration>(when - steady_);
  steady_ = when;
  while (!sleepers_.empty() && sleepers_.begin()->first <= when) {
    Sleeper* const sleeper = sleepers_.begin()->second;
    sleepers_.erase(sleepers_.begin());
    sleeper->is_woken = true;
    sleeper->timer.cancel();
  }
}

}  // namespace sluice
