#include "tests/e2e/seen_processes.hpp"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace sluice {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// What there is of it: a process may end while it is looked at.
std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// 0 when it is gone.
pid_t parent_of(const fs::path& process) {
  const std::string status = content_of(process / "stat");
  // Behind the name, which may hold anything: ") S PARENT".
  const auto name_end = status.rfind(')');
  return name_end == std::string::npos ? 0 : std::stoi(status.substr(name_end + 4));
}

std::map<pid_t, pid_t> all_parents() {
  std::map<pid_t, pid_t> parents;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") == std::string::npos) parents[std::stoi(name)] = parent_of(entry.path());
  }
  return parents;
}

bool is_below(pid_t process, pid_t ancestor, const std::map<pid_t, pid_t>& parents) {
  for (auto found = parents.find(process); found != parents.end(); found = parents.find(found->second)) {
    if (found->second == ancestor) return true;
  }
  return false;
}

}  // namespace

SeenProcesses::SeenProcesses()
    : watcher_([this] {
        for (; !is_over_; std::this_thread::sleep_for(5ms)) {
          const auto parents = all_parents();
          for (const auto& [process, parent] : parents) {
            if (!is_below(process, ::getpid(), parents)) continue;
            const fs::path place = fs::path("/proc") / std::to_string(process);
            seen_.insert({content_of(place / "cmdline"), content_of(place / "environ")});
          }
        }
      }) {}

SeenProcesses::~SeenProcesses() { finish(); }

std::set<SeenProcess> SeenProcesses::finish() {
  is_over_ = true;
  if (watcher_.joinable()) watcher_.join();
  return seen_;
}

}  // namespace sluice
