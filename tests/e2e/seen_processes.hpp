#pragma once
// What /proc shows of the processes that a test starts, and of those that these start, however short they live.

#include <atomic>
#include <set>
#include <string>
#include <thread>

namespace sluice {

struct SeenProcess {
  std::string command_line;
  std::string environment;
  auto operator<=>(const SeenProcess&) const = default;
};

/// Looks again and again, until it is asked what it has seen.
class SeenProcesses {
 public:
  SeenProcesses();
  ~SeenProcesses();
  SeenProcesses(const SeenProcesses&) = delete;
  SeenProcesses& operator=(const SeenProcesses&) = delete;

  std::set<SeenProcess> finish();

 private:
  std::set<SeenProcess> seen_;
  std::atomic<bool> is_over_ = false;
  std::thread watcher_;
};

}  // namespace sluice
