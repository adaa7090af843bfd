#pragma once
// Coroutine vocabulary: a Task runs on the io thread; `attempt` turns its failure into a value, because
// `co_await` is not allowed in a catch block.

#include <boost/asio/awaitable.hpp>

#include <exception>
#include <utility>
#include <variant>

namespace sluice {

template <class T = void>
using Task = boost::asio::awaitable<T>;

/// What a task ended with: its value, or the exception that it threw.
template <class T>
class Outcome {
 public:
  explicit Outcome(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  explicit Outcome(std::exception_ptr failure) : state_(std::in_place_index<1>, std::move(failure)) {}

  bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }
  std::exception_ptr failure() const { return ok() ? nullptr : std::get<1>(state_); }
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  /// The value, or the failure thrown again.
  T take() && {
    if (!ok()) std::rethrow_exception(std::get<1>(state_));
    return std::get<0>(std::move(state_));
  }

 private:
  std::variant<T, std::exception_ptr> state_;
};

struct Done {};

template <class T>
Task<Outcome<T>> attempt(Task<T> task) {
  try {
    T value = co_await std::move(task);
    co_return Outcome<T>(std::move(value));
  } catch (...) {
    co_return Outcome<T>(std::current_exception());
  }
}

inline Task<Outcome<Done>> attempt(Task<void> task) {
  try {
    co_await std::move(task);
    co_return Outcome<Done>(Done{});
  } catch (...) {
    co_return Outcome<Done>(std::current_exception());
  }
}

}  // namespace sluice
