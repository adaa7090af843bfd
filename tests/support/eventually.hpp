#pragma once
// Waiting, with a limit, for something that another thread or process brings about.

#include <chrono>
#include <thread>

namespace sluice {

/// True as soon as `predicate` holds, false when `limit` passed first.
template <class Predicate>
bool eventually(std::chrono::milliseconds limit, Predicate predicate) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!predicate()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace sluice
