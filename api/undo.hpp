#pragma once
// What was done, to be undone in reverse when a later step fails.

#include "core/log.hpp"

#include <functional>
#include <vector>

namespace sluice::api {

class Undo {
 public:
  explicit Undo(const Log& log) : log_(log) {}
  void add(std::function<void()> step) { steps_.push_back(std::move(step)); }
  /// Never throws: a step that fails is logged, and the others are undone.
  void run();

 private:
  const Log& log_;
  std::vector<std::function<void()>> steps_;
};

/// Runs `work` (which takes the Undo); what it did is undone when it throws.
template <class Work>
auto all_or_nothing(const Log& log, Work work) {
  Undo undo(log);
  try {
    return work(undo);
  } catch (...) {
    undo.run();
    throw;
  }
}

}  // namespace sluice::api
