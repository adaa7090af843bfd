#pragma once
// How far the process has come in stopping. Asked: take no new work, finish the batch at hand. Insisted: cancel.
// Written by the io thread, readable from any thread.

#include <atomic>

namespace sluice {

class Stop {
 public:
  void ask() noexcept { raise(1); }
  void insist() noexcept { raise(2); }
  bool is_asked() const noexcept { return level_.load(std::memory_order_relaxed) >= 1; }
  bool is_insisted() const noexcept { return level_.load(std::memory_order_relaxed) >= 2; }

 private:
  void raise(int level) noexcept {
    if (level_.load(std::memory_order_relaxed) < level) level_.store(level, std::memory_order_relaxed);
  }
  std::atomic<int> level_{0};
};

}  // namespace sluice
