#include "storage/embedded_postgres_process.hpp"

#include "core/error.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <thread>

namespace sluice {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// Nothing of our environment: PGHOST, PGDATA, PGPASSWORD and locale settings would change what the programs do.
constexpr const char* environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC", nullptr};

/// What happens between fork and exec: system calls only, because other threads of ours may have held any lock. Returns
/// only when something failed.
void become(const ServerUser& user, const std::vector<char*>& arguments, int output) {
  setsid();
  if (user.is_other) {
    if (setgroups(user.groups.size(), user.groups.data()) != 0 || setgid(user.gid) != 0 || setuid(user.uid) != 0)
      return;
  }
  umask(0077);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
      dup2(output, STDERR_FILENO) < 0 || chdir("/") != 0) {
    return;
  }
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execve(arguments[0], arguments.data(), const_cast<char* const*>(environment));
}

Error not_started(const std::string& program, int reason) {
  return {ErrorKind::config, "postgres.not_started", program + " does not start: " + std::strerror(reason)};
}

}  // namespace

ServerUser ServerUser::find(const std::string& preferred_when_root) {
  ServerUser user;
  user.is_other = geteuid() == 0;
  const passwd* entry = user.is_other ? getpwnam(preferred_when_root.c_str()) : getpwuid(geteuid());
  if (entry == nullptr && user.is_other) {
    throw Error(ErrorKind::config, "postgres.no_user",
                "PostgreSQL refuses to run as root and there is no user \"" + preferred_when_root +
                    "\": create it, set postgres.user, or give a database.url");
  }
  if (entry == nullptr) {
    throw Error(ErrorKind::config, "postgres.no_user",
                "the user id " + std::to_string(geteuid()) +
                    " has no entry in /etc/passwd, which PostgreSQL wants: add one, or give a database.url");
  }
  user.name = entry->pw_name;
  user.uid = entry->pw_uid;
  user.gid = entry->pw_gid;
  int count = 0;
  getgrouplist(user.name.c_str(), user.gid, nullptr, &count);
  user.groups.resize(static_cast<std::size_t>(count));
  getgrouplist(user.name.c_str(), user.gid, user.groups.data(), &count);
  return user;
}

pid_t spawn_as(const ServerUser& user, const std::vector<std::string>& command, const fs::path& output) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const int file = open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  int failure[2];
  if (file < 0 || pipe2(failure, O_CLOEXEC) != 0) {
    const int reason = errno;
    if (file >= 0) close(file);
    throw not_started(command[0], reason);
  }
  const pid_t child = fork();
  if (child == 0) {
    become(user, arguments, file);
    const int reason = errno;
    [[maybe_unused]] const ssize_t written = write(failure[1], &reason, sizeof reason);
    _exit(127);
  }
  int reason = child < 0 ? errno : 0;
  close(file);
  close(failure[1]);
  // Ends without a byte when exec closes the child's end.
  if (child > 0 && read(failure[0], &reason, sizeof reason) > 0) waitpid(child, nullptr, 0);
  close(failure[0]);
  if (reason != 0) throw not_started(command[0], reason);
  return child;
}

int run_as(const ServerUser& user, const std::vector<std::string>& command, const fs::path& output) {
  const pid_t child = spawn_as(user, command, output);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::vector<pid_t> processes_in(const fs::path& directory) {
  std::vector<pid_t> found;
  std::error_code ignored;
  const fs::path wanted = fs::canonical(directory, ignored);
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (failure != std::errc() || end != name.data() + name.size()) continue;
    std::error_code unreadable;
    const fs::path working = fs::read_symlink(entry.path() / "cwd", unreadable);
    if (!unreadable && working == wanted) found.push_back(pid);
  }
  return found;
}

void nap() { std::this_thread::sleep_for(10ms); }

}  // namespace sluice
