#include "tests/support/postgres_programs.hpp"

#include <libpq-fe.h>

#include <fcntl.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>
#include <utility>

namespace sluice {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

fs::path postgres_binaries() {
  std::vector<std::pair<int, fs::path>> found;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql")) {
    if (fs::exists(entry.path() / "bin/postgres")) {
      found.emplace_back(std::stoi(entry.path().filename()), entry.path() / "bin");
    }
  }
  if (found.empty()) throw std::runtime_error("no PostgreSQL under /usr/lib/postgresql");
  return std::max_element(found.begin(), found.end())->second;
}

std::vector<std::string> as_server_user(std::vector<std::string> command) {
  if (geteuid() != 0) return command;
  std::vector<std::string> whole{"setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"};
  whole.insert(whole.end(), std::make_move_iterator(command.begin()), std::make_move_iterator(command.end()));
  return whole;
}

void run_program(const std::vector<std::string>& command, int standard_input, const fs::path& output) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  if (standard_input >= 0) {
    posix_spawn_file_actions_adddup2(&files, standard_input, STDIN_FILENO);
  } else {
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  }
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int failure = posix_spawnp(&child, arguments[0], &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (failure != 0) throw std::runtime_error("cannot run " + command[0]);
  int status = 0;
  if (waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  std::ifstream log(output);
  throw std::runtime_error(command[0] + " failed: " + std::string(std::istreambuf_iterator<char>(log), {}));
}

fs::path make_server_directory() {
  const fs::path root =
      fs::exists("/dev/shm") && access("/dev/shm", W_OK) == 0 ? fs::path("/dev/shm") : fs::temp_directory_path();
  std::string name = (root / "sluice_test_XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a directory under " + root.string());
  if (geteuid() == 0) {
    const passwd* user = getpwnam("postgres");
    if (user == nullptr || chown(name.c_str(), user->pw_uid, user->pw_gid) != 0) {
      throw std::runtime_error("as root, tests need the user postgres");
    }
  }
  return name;
}

void wait_for_server(const std::string& url) {
  const auto give_up = std::chrono::steady_clock::now() + 30s;
  while (PQping(url.c_str()) != PQPING_OK) {
    if (std::chrono::steady_clock::now() > give_up) throw std::runtime_error("the test server does not start");
    std::this_thread::sleep_for(10ms);
  }
}

}  // namespace sluice
