#include "tests/support/postgres_server.hpp"

#include "storage/embedded_postgres_process.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/postgres_programs.hpp"
#include "tests/support/test_postgres.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace sluice {

using namespace std::chrono_literals;

PostgresServer::PostgresServer(std::vector<std::string> options, std::vector<std::string> environment)
    : directory_(make_server_directory()), options_(std::move(options)), environment_(std::move(environment)) {
  initialize();
  start();
  for (const char* database : {"control", "warehouse"}) ask("postgres", std::string("create database ") + database);
}

PostgresServer::PostgresServer(const Tls& tls, std::vector<std::string> options)
    : directory_(make_server_directory()), options_(std::move(options)) {
  initialize();
  // A key must belong to the server or to root, and the server must be able to read it.
  const auto copy = [this](const std::filesystem::path& from, const char* name) {
    const std::filesystem::path to = directory_ / name;
    std::filesystem::copy_file(from, to);
    ::chmod(to.c_str(), 0600);
    if (const auto* user = ::geteuid() == 0 ? ::getpwnam("postgres") : nullptr) {
      if (::chown(to.c_str(), user->pw_uid, user->pw_gid) != 0) throw std::runtime_error("cannot give a key away");
    }
    return to;
  };
  options_.push_back("ssl=on");
  options_.push_back("ssl_cert_file=" + copy(tls.certificate, "server.pem").string());
  options_.push_back("ssl_key_file=" + copy(tls.key, "server.key").string());
  options_.push_back("ssl_ciphers=ALL:@SECLEVEL=0");
  std::ofstream(directory_ / "openssl.cnf") << "openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\n"
                                               "system_default = weak\n[weak]\nCipherString = ALL:@SECLEVEL=0\n"
                                               "MinProtocol = TLSv1\n";
  std::filesystem::permissions(directory_ / "openssl.cnf", std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  environment_.push_back("OPENSSL_CONF=" + (directory_ / "openssl.cnf").string());
  std::ofstream(data() / "pg_hba.conf") << "hostnossl all postgres 127.0.0.1/32 trust\n"
                                           "hostssl all all 127.0.0.1/32 scram-sha-256\n";
  start();
  ask("postgres", "create database warehouse");
}

void PostgresServer::initialize() {
  run_program(as_server_user({postgres_binaries() / "initdb", "-D", data(), "-U", "postgres", "--auth=trust",
                              "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"}),
              -1, directory_ / "initdb.log");
}

PostgresServer::PostgresServer(std::vector<std::string> options, Follower follower)
    : directory_(make_server_directory()), options_(std::move(options)) {
  run_program(
      as_server_user({postgres_binaries() / "pg_basebackup", "-h", "127.0.0.1", "-p", std::to_string(follower.of), "-U",
                      "postgres", "-D", data(), "-R", "-c", "fast", "--no-sync"}),
      -1, directory_ / "backup.log");
  start();
}

PostgresServer::~PostgresServer() {
  if (postmaster_ > 0) stop(Stop::immediate);
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void PostgresServer::start() {
  const std::vector<std::string> settings{"listen_addresses=127.0.0.1", "port=" + std::to_string(port()),
                                          "unix_socket_directories=",   "fsync=off",
                                          "full_page_writes=off",       "max_connections=100",
                                          "shared_buffers=64MB",        "autovacuum=off"};
  std::vector<std::string> command = as_server_user({});
  if (command.empty()) command.emplace_back("setpriv");
  // However the test ends, the server goes with it.
  command.insert(command.end(), {"--pdeathsig", "QUIT", "env"});
  command.insert(command.end(), environment_.begin(), environment_.end());
  command.insert(command.end(), {postgres_binaries() / "postgres", "-D", data()});
  for (const auto* list : {&settings, &std::as_const(options_)}) {
    for (const auto& setting : *list) command.insert(command.end(), {"-c", setting});
  }
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const std::string log = directory_ / "log";
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  const int failure = posix_spawnp(&postmaster_, arguments[0], &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (failure != 0) throw std::runtime_error("cannot run postgres");
  wait_for_server(url("postgres"));
}

void PostgresServer::stop(Stop how) {
  ::kill(postmaster_, how == Stop::fast ? SIGINT : how == Stop::immediate ? SIGQUIT : SIGKILL);
  int status = 0;
  ::waitpid(postmaster_, &status, 0);
  postmaster_ = -1;
  // Its children notice by themselves; until then the shared memory is taken, and it would not start again.
  const auto is_gone = [this] { return processes_in(data()).empty(); };
  if (!eventually(20s, is_gone)) throw std::runtime_error("the test server's processes do not end");
}

std::unique_ptr<PostgresServer> PostgresServer::standby() {
  return std::unique_ptr<PostgresServer>(new PostgresServer(options_, Follower{port()}));
}

void PostgresServer::promote() {
  ask("postgres", "select pg_promote(true, 30)");
  if (ask("postgres", "select pg_is_in_recovery()") != "f") throw std::runtime_error("the standby was not promoted");
}

std::string PostgresServer::url(const std::string& database) const {
  return "postgresql://postgres@127.0.0.1:" + std::to_string(port()) + "/" + database + "?sslmode=disable";
}

std::string PostgresServer::log() const {
  std::ifstream in(directory_ / "log");
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string PostgresServer::ask(const std::string& database, const std::string& sql) const {
  return TestPostgres::execute(url(database), sql);
}

}  // namespace sluice
