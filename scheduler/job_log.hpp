#pragma once
// The log of a job as people read it through the API: lines are gathered in memory and written in bulk.

#include "core/clock.hpp"
#include "core/log.hpp"
#include "storage/job_queue.hpp"

#include <mutex>
#include <vector>

namespace sluice {

class JobLog final : public LogSink {
 public:
  JobLog(JobId job, const Clock& clock) : job_(std::move(job)), clock_(clock) {}

  void write(LogLevel level, std::string_view sentence, const LogFields& fields) override;
  /// Blocks. Lines that could not be written are kept for the next time.
  void flush(JobQueue& queue);

 private:
  JobId job_;
  const Clock& clock_;
  std::mutex mutex_;  // lines also come from pool threads
  std::vector<JobLogLine> lines_;
};

}  // namespace sluice
