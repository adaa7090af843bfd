#include "tests/support/test_postgres.hpp"

#include "storage/database.hpp"
#include "storage/migrations.hpp"

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
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace sluice {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// Lives outside of the test program's process tree, so that it survives whatever kills that: the end of standard input
/// says that the program is gone.
constexpr const char* keeper = R"(
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c full_page_writes=off \
  -c synchronous_commit=off -c wal_level=minimal -c max_wal_senders=0 -c max_connections=100 \
  -c shared_buffers=64MB -c autovacuum=off >"$2/log" 2>&1 </dev/null &
server=$!
read -r _
kill -QUIT $server
wait $server
rm -rf "$2"
)";

fs::path newest_binaries() {
  std::vector<std::pair<int, fs::path>> found;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql")) {
    if (fs::exists(entry.path() / "bin/postgres")) {
      found.emplace_back(std::stoi(entry.path().filename()), entry.path() / "bin");
    }
  }
  if (found.empty()) throw std::runtime_error("no PostgreSQL under /usr/lib/postgresql");
  return std::max_element(found.begin(), found.end())->second;
}

/// PostgreSQL refuses root.
std::vector<std::string> as_server_user(std::vector<std::string> command) {
  if (geteuid() != 0) return command;
  std::vector<std::string> whole{"setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"};
  whole.insert(whole.end(), std::make_move_iterator(command.begin()), std::make_move_iterator(command.end()));
  return whole;
}

/// Waits for the command itself, not for what it leaves running.
void run(const std::vector<std::string>& command, int standard_input, const fs::path& output) {
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

fs::path make_directory() {
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

}  // namespace

TestPostgres& TestPostgres::instance() {
  static TestPostgres postgres;
  return postgres;
}

TestPostgres::TestPostgres() : directory_(make_directory()) {
  const fs::path binaries = newest_binaries();
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  lifeline_ = ends[1];
  run(as_server_user({binaries / "initdb", "-D", directory_ / "data", "-U", "postgres", "--auth=trust", "--no-sync",
                      "--encoding=UTF8", "--locale=C.UTF-8"}),
      -1, directory_ / "initdb.log");
  std::vector<std::string> watch{"setsid", "--fork"};
  const auto command = as_server_user({"sh", "-c", keeper, "keeper", binaries, directory_});
  watch.insert(watch.end(), command.begin(), command.end());
  run(watch, ends[0], directory_ / "keeper.log");
  close(ends[0]);
  const std::string server = url("postgres");
  const auto give_up = std::chrono::steady_clock::now() + 30s;
  while (PQping(server.c_str()) != PQPING_OK) {
    if (std::chrono::steady_clock::now() > give_up) throw std::runtime_error("the test server does not start");
    std::this_thread::sleep_for(10ms);
  }
}

TestPostgres::~TestPostgres() { close(lifeline_); }

std::string TestPostgres::url(const std::string& database) const {
  return "postgresql:///" + database + "?host=" + directory_.string() + "&user=postgres";
}

std::string TestPostgres::execute(const std::string& url, const std::string& sql) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url.c_str()), PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection.get()));
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()), PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    throw std::runtime_error(PQerrorMessage(connection.get()));
  return PQntuples(result.get()) > 0 && PQnfields(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

std::string TestPostgres::create_database(const std::string& origin) {
  static std::mutex one_at_a_time;
  const std::scoped_lock lock(one_at_a_time);
  if (origin == "control" && !has_template_) {
    execute(url("postgres"), "create database control");
    Database database({.url = Secret(url("control")), .connections = 1});
    migrate(database);
    has_template_ = true;
  }
  const std::string name = "test_" + std::to_string(++databases_);
  execute(url("postgres"), "create database " + name + " template " + origin);
  return url(name);
}

std::string TestPostgres::fresh_database() { return create_database("template0"); }

std::string TestPostgres::control_database() { return create_database("control"); }

}  // namespace sluice
