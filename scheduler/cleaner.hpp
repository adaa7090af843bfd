#pragma once
// Lets go, time and again, of what the control database need not keep any longer.

#include "core/blocking_pool.hpp"
#include "core/event.hpp"
#include "core/log.hpp"
#include "core/stop.hpp"
#include "storage/retention.hpp"

namespace sluice {

class Cleaner {
 public:
  Cleaner(BlockingPool& pool, Stop& stop, Retention& retention, RetentionPeriods periods, Log log)
      : pool_(pool), stop_(stop), retention_(retention), periods_(periods), log_(std::move(log)) {}

  /// Until the stop is asked (see wake). Failures are logged and tried again.
  Task<void> run();
  /// Looks at the stop now.
  void wake() { changed_.notify(); }

 private:
  BlockingPool& pool_;
  Stop& stop_;
  Retention& retention_;
  RetentionPeriods periods_;
  Log log_;
  Event changed_;
};

}  // namespace sluice
