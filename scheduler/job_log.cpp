#include "scheduler/job_log.hpp"

#include <set>
#include <utility>

namespace sluice {
namespace {

// Which job it is, the log's place says already.
const std::set<std::string, std::less<>> implied{"job", "run", "integration"};
constexpr std::size_t lines_at_most = 10'000;

}  // namespace

void JobLog::write(LogLevel level, std::string_view sentence, const LogFields& fields) {
  JobLogLine line;
  line.at = clock_.now();
  line.level = level;
  line.message = sentence;
  line.fields = Json::object();
  for (const LogField& field : fields) {
    if (implied.contains(field.name)) continue;
    switch (field.type) {
      case LogField::Type::text:
        line.fields[field.name] = field.value;
        break;
      case LogField::Type::boolean:
        line.fields[field.name] = field.value == "true";
        break;
      case LogField::Type::number:
        line.fields[field.name] = Json::parse(field.value, nullptr, false);
        break;
    }
  }
  const std::lock_guard lock(mutex_);
  if (lines_.size() < lines_at_most) lines_.push_back(std::move(line));
}

void JobLog::flush(JobQueue& queue) {
  std::vector<JobLogLine> lines;
  {
    const std::lock_guard lock(mutex_);
    lines.swap(lines_);
  }
  if (lines.empty()) return;
  try {
    queue.append_log(job_, lines);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    lines_.insert(lines_.begin(), std::make_move_iterator(lines.begin()), std::make_move_iterator(lines.end()));
    throw;
  }
}

}  // namespace sluice
