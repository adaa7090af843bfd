#pragma once
// Running PostgreSQL's programs as the user they must run as, apart from our terminal and our files. Private to
// storage/embedded_postgres*.cpp.

#include "core/clock.hpp"

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace sluice {

/// Whom PostgreSQL runs as: ourselves, or as root somebody else, because it refuses root.
struct ServerUser {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  bool is_other = false;  // than ourselves

  /// Throws Error{config, "postgres.no_user"}.
  static ServerUser find(const std::string& preferred_when_root);
};

/// Starts the program in a session of its own, so that the terminal's Ctrl-C does not reach it. Its output is appended
/// to `output`, which the caller owns. Throws Error{config, "postgres.not_started"}.
pid_t spawn_as(const ServerUser& user, const std::vector<std::string>& command, const std::filesystem::path& output);

/// The exit code; waits for the end (a signal's is 128 and its number).
int run_as(const ServerUser& user, const std::vector<std::string>& command, const std::filesystem::path& output);

/// All processes whose working directory is `directory`: the postmaster and its children keep theirs in the cluster.
std::vector<pid_t> processes_in(const std::filesystem::path& directory);

/// The time between two looks at something that another process does.
void nap();

/// Looks until `done` is true (then true) or the limit has passed.
template <class Done>
bool wait_until(Duration limit, Done done) {
  const auto give_up = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    nap();
  }
  return true;
}

}  // namespace sluice
