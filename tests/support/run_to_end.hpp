#pragma once
// Runs one Task from a plain test function, on an io_context of its own, and returns its value or throws its failure.

#include "core/task.hpp"
#include "tests/support/manual_clock.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <optional>
#include <utility>

namespace sluice {

namespace run_to_end_detail {

template <class T>
Task<void> keep_value(Task<T> task, std::optional<T>& value) {
  value.emplace(co_await std::move(task));
}

/// Runs what `io` has to do until `is_over`, or until nothing is left.
using Drive = std::function<void(const bool& is_over)>;
Drive drive_of(boost::asio::io_context& io);
Drive drive_of(boost::asio::io_context& io, ManualClock& clock);

void finish(boost::asio::io_context& io, Task<void> task, const Drive& drive);

template <class T>
T finish(boost::asio::io_context& io, Task<T> task, const Drive& drive) {
  std::optional<T> value;
  finish(io, keep_value(std::move(task), value), drive);
  return std::move(*value);
}

}  // namespace run_to_end_detail

/// On an io_context of the test's own, for tasks that use things bound to it. What else runs there is left as it stands
/// when the task is over.
template <class T>
T run_to_end(boost::asio::io_context& io, Task<T> task) {
  return run_to_end_detail::finish(io, std::move(task), run_to_end_detail::drive_of(io));
}

template <class T>
T run_to_end(Task<T> task) {
  boost::asio::io_context io;
  return run_to_end(io, std::move(task));
}

/// The same with time that flies: whenever everything waits, the clock advances to the next sleeper.
template <class T>
T run_to_end(boost::asio::io_context& io, ManualClock& clock, Task<T> task) {
  return run_to_end_detail::finish(io, std::move(task), run_to_end_detail::drive_of(io, clock));
}

template <class T>
T run_to_end(ManualClock& clock, Task<T> task) {
  boost::asio::io_context io;
  return run_to_end(io, clock, std::move(task));
}

}  // namespace sluice
