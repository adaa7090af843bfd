#include "tests/support/run_to_end.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <stdexcept>

namespace sluice::run_to_end_detail {

Drive drive_of(boost::asio::io_context& io) {
  return [&io](const bool& is_over) {
    while (!is_over && io.run_one() > 0) continue;
  };
}

Drive drive_of(boost::asio::io_context& io, ManualClock& clock) {
  return [&io, &clock](const bool& is_over) {
    while (!is_over) {
      if (io.poll_one() > 0 || clock.advance_to_next()) continue;
      if (io.run_one() == 0) return;
    }
  };
}

void finish(boost::asio::io_context& io, Task<void> task, const Drive& drive) {
  std::exception_ptr failure;
  bool is_over = false;
  boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr thrown) {
    failure = std::move(thrown);
    is_over = true;
  });
  io.restart();
  drive(is_over);
  if (!is_over) throw std::logic_error("the task waits for something that will never happen");
  if (failure) std::rethrow_exception(failure);
}

}  // namespace sluice::run_to_end_detail
