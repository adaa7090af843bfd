#include "scheduler/page_queue.hpp"

#include "core/error.hpp"

namespace sluice {

using namespace std::chrono_literals;

Task<void> PageQueue::push(Page page) {
  while (!closed_ && pages_.size() >= capacity_) co_await emptied_.wait(1min);
  if (closed_) throw Error(ErrorKind::cancelled, "read.cancelled", "the read was stopped");
  pages_.push_back(std::move(page));
  filled_.notify();
}

Task<std::optional<Page>> PageQueue::pop(Duration limit) {
  if (pages_.empty() && producers_ > 0) co_await filled_.wait(limit);
  if (pages_.empty()) co_return std::nullopt;
  Page page = std::move(pages_.front());
  pages_.pop_front();
  emptied_.notify();
  co_return page;
}

void PageQueue::remove_producer() {
  --producers_;
  filled_.notify();
}

Task<void> PageQueue::wait_for_producers() {
  while (producers_ > 0) co_await filled_.wait(1min);
}

void PageQueue::close() {
  closed_ = true;
  pages_.clear();
  emptied_.notify();
  filled_.notify();
}

}  // namespace sluice
