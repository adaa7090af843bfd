#pragma once
// Pages on their way from the fetchers of a read to its one writer; bounded, so that memory is. Lives on the io thread.

#include "connectors/connector.hpp"
#include "core/event.hpp"

#include <cstddef>
#include <deque>
#include <optional>

namespace sluice {

class PageQueue {
 public:
  explicit PageQueue(std::size_t capacity) : capacity_(capacity) {}

  /// Waits for room. Throws Error{cancelled} once the queue is closed.
  Task<void> push(Page page);
  /// The next page; nothing when `limit` passed first or all is over (see is_drained).
  Task<std::optional<Page>> pop(Duration limit);

  void add_producer() { ++producers_; }
  void remove_producer();
  bool is_empty() const noexcept { return pages_.empty(); }
  /// Nothing queued and nobody left to queue.
  bool is_drained() const { return pages_.empty() && producers_ == 0; }
  /// Until every producer has left; a bound is the producers' own business (their requests have deadlines).
  Task<void> wait_for_producers();
  /// No more pages are taken; those queued are dropped.
  void close();

 private:
  std::size_t capacity_;
  std::size_t producers_ = 0;
  bool closed_ = false;
  std::deque<Page> pages_;
  Event filled_;
  Event emptied_;
};

}  // namespace sluice
