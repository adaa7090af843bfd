#pragma once
// Runs one Task from a plain test function, on an io_context of its own, and returns its value or throws its failure.

#include "core/task.hpp"
#include "tests/support/manual_clock.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace sluice {

namespace run_to_end_detail {

template <class T>
Task<void> keep_value(Task<T> task, std::optional<T>& value) {
  value.emplace(co_await std::move(task));
}

template <class Drive>
void finish(boost::asio::io_context& io, Task<void> task, Drive drive) {
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

template <class T, class Drive>
T finish(boost::asio::io_context& io, Task<T> task, Drive drive) {
  std::optional<T> value;
  finish(io, keep_value(std::move(task), value), drive);
  return std::move(*value);
}

}  // namespace run_to_end_detail

/// On an io_context of the test's own, for tasks that use things bound to it. What else runs there is left as it stands
/// when the task is over.
template <class T>
T run_to_end(boost::asio::io_context& io, Task<T> task) {
  return run_to_end_detail::finish(io, std::move(task), [&io](const bool& is_over) {
    while (!is_over && io.run_one() > 0) continue;
  });
}

template <class T>
T run_to_end(Task<T> task) {
  boost::asio::io_context io;
  return run_to_end(io, std::move(task));
}

/// The same with time that flies: whenever everything waits, the clock advances to the next sleeper.
template <class T>
T run_to_end(boost::asio::io_context& io, ManualClock& clock, Task<T> task) {
  return run_to_end_detail::finish(io, std::move(task), [&io, &clock](const bool& is_over) {
    while (!is_over) {
      if (io.poll_one() > 0 || clock.advance_to_next()) continue;
      if (io.run_one() == 0) return;
    }
  });
}

template <class T>
T run_to_end(ManualClock& clock, Task<T> task) {
  boost::asio::io_context io;
  return run_to_end(io, clock, std::move(task));
}

}  // namespace sluice
