#pragma once
// How far the fetchers of a read may be ahead of what is durable. Where a page takes much longer than making one
// durable does, a range asks for its next page only when its last one is: a kill then repeats the page in flight of
// each range, and nothing else. Where pages come fast, they are read ahead, so that the writer never waits. Pure.

#include "core/clock.hpp"

#include <cstddef>
#include <vector>

namespace sluice {

class ReadAhead {
 public:
  explicit ReadAhead(std::size_t ranges) : waiting_(ranges), in_batch_(ranges) {}

  bool may_fetch(std::size_t range) const { return waiting_[range] + in_batch_[range] == 0 || !is_careful(); }
  /// A page of the range has come.
  void fetched(std::size_t range, Duration took);
  /// It is in the open batch.
  void staged(std::size_t range);
  /// The open batch is durable.
  void committed(Duration took);
  /// How long the writer leaves the destination alone after a commit while it could make more durable.
  Duration rest() const { return commit_took_ * (is_careful() ? 1 : 4); }

 private:
  bool is_careful() const { return page_took_ >= commit_took_ * 2; }

  std::vector<std::size_t> waiting_;  // pages read and not staged, per range
  std::vector<std::size_t> in_batch_;
  Duration page_took_{0};  // both are moving averages
  Duration commit_took_{0};
};

}  // namespace sluice
