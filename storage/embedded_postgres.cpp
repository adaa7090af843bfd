#include "storage/embedded_postgres.hpp"

#include "core/error.hpp"
#include "core/http.hpp"
#include "storage/embedded_postgres_cluster.hpp"
#include "storage/embedded_postgres_process.hpp"

#include <libpq-fe.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <mutex>

namespace sluice {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr Duration fast_shutdown_limit = 20s;
constexpr Duration immediate_shutdown_limit = 5s;
// Replaying a lot of log after a crash takes its time; the server says that it is at it.
constexpr int patience_while_recovering = 10;

Secret url_of(const fs::path& socket, const Secret& password, std::string_view database) {
  return Secret("postgresql://sluice:" + password.reveal() + "@/" + std::string(database) +
                "?host=" + percent_encode(socket.string()) + "&port=5432");
}

/// Held for as long as this process lives: of two daemons on one directory, the second must not take the first one's
/// server for a left-over.
class DirectoryLock {
 public:
  explicit DirectoryLock(const fs::path& path)
      : file_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
    if (file_ >= 0 && flock(file_, LOCK_EX | LOCK_NB) == 0) return;
    const int reason = errno;
    if (file_ >= 0) close(file_);
    throw Error(ErrorKind::config, "postgres.in_use",
                reason == EWOULDBLOCK ? "another Sluice uses the data directory of " + path.string()
                                      : path.string() + " cannot be locked: " + std::strerror(reason));
  }
  ~DirectoryLock() { close(file_); }
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  int file_;
};

/// A connection for the few statements that prepare the cluster.
class Session {
 public:
  explicit Session(const Secret& url) : connection_(PQconnectdb(url.reveal().c_str())) {
    if (PQstatus(connection_) == CONNECTION_OK) return;
    const std::string message = quote_outside_text(PQerrorMessage(connection_));
    PQfinish(connection_);
    throw Error(ErrorKind::config, "postgres.no_answer", "the embedded PostgreSQL refuses us: " + message);
  }
  ~Session() { PQfinish(connection_); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Whether there were rows.
  bool execute(const char* statement) {
    PGresult* result = PQexec(connection_, statement);
    const ExecStatusType status = PQresultStatus(result);
    const bool has_rows = PQntuples(result) > 0;
    PQclear(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return has_rows;
    throw Error(ErrorKind::config, "postgres.not_prepared",
                "the embedded PostgreSQL cannot be prepared: " + quote_outside_text(PQerrorMessage(connection_)));
  }

 private:
  PGconn* connection_;
};

/// The process and the socket directory named in postmaster.pid; pid 0 when there is no such file.
struct PidFile {
  pid_t pid = 0;
  fs::path socket;

  explicit PidFile(const ClusterPaths& paths) {
    std::ifstream file(paths.data / "postmaster.pid");
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
      if (number == 1) pid = static_cast<pid_t>(std::strtol(line.c_str(), nullptr, 10));
      if (number == 5) socket = line;
    }
  }
};

/// Only what the server makes there, and the directory if that was all.
void remove_socket_directory(const fs::path& socket) {
  std::error_code ignored;
  for (const char* name : {".s.PGSQL.5432", ".s.PGSQL.5432.lock"}) fs::remove(socket / name, ignored);
  fs::remove(socket, ignored);
}

/// Ends what a daemon that was killed has left: its server may still run, or only its lock file be there.
void clear_left_overs(const ClusterPaths& paths, const Log& log) {
  const PidFile before(paths);
  if (before.pid == 0) return;
  const auto is_gone = [&paths] { return processes_in(paths.data).empty(); };
  const auto processes = processes_in(paths.data);
  if (std::find(processes.begin(), processes.end(), before.pid) != processes.end()) {
    log.warn("stopping the PostgreSQL that an earlier daemon has left", {{"pid", before.pid}});
    kill(before.pid, SIGINT);
    if (!wait_until(fast_shutdown_limit, is_gone)) kill(before.pid, SIGQUIT);
  }
  // Children of a dead postmaster leave by themselves. To start beside one of them would ruin the cluster.
  if (!wait_until(fast_shutdown_limit, is_gone)) {
    throw Error(ErrorKind::config, "postgres.in_use",
                "processes of an earlier PostgreSQL still work in " + paths.data.string() + ": stop them");
  }
  std::error_code ignored;
  fs::remove(paths.data / "postmaster.pid", ignored);
  if (!before.socket.empty()) remove_socket_directory(before.socket);
}

class OwnPostgres final : public EmbeddedPostgres {
 public:
  OwnPostgres(const EmbeddedPostgresSettings& settings, const Log& log)
      : log_(log),
        paths_(fs::absolute(settings.directory).lexically_normal()),
        user_(ServerUser::find(settings.user)),
        binaries_(find_binaries(settings.binaries, paths_)),
        start_timeout_(settings.start_timeout) {
    prepare_directory(paths_, user_);
    lock_ = std::make_unique<DirectoryLock>(paths_.lock);
    clear_left_overs(paths_, log_);
    ensure_cluster(paths_, user_, binaries_);
    password_ = read_password(paths_);
    socket_ = prepare_socket_directory(paths_, user_);
    launch();
  }
  ~OwnPostgres() override { stop(); }

  Secret control_url() const override { return url_of(socket_, password_, "sluice"); }
  Secret warehouse_url() const override { return url_of(socket_, password_, "warehouse"); }
  fs::path socket_directory() const override { return socket_; }

  bool is_running() override {
    const std::lock_guard lock(mutex_);
    return runs();
  }

  void restart() override {
    const std::lock_guard lock(mutex_);
    if (is_stopped_ || runs()) return;
    clear_left_overs(paths_, log_);
    make_private(socket_, user_);
    launch();
  }

  void stop() override {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    end();
  }

 private:
  bool runs() {
    if (server_ > 0 && waitpid(server_, nullptr, WNOHANG) != 0) server_ = 0;
    return server_ > 0;
  }

  void launch() {
    server_ = spawn_as(user_, command(), paths_.output);
    try {
      wait_for_answer();
      create_databases();
    } catch (...) {
      end();
      throw;
    }
    log_.info("embedded PostgreSQL answers", {{"pid", server_}, {"directory", paths_.directory.string()}});
  }

  void end() {
    if (!runs()) return;
    const auto is_gone = [this] { return !runs(); };
    kill(server_, SIGINT);
    if (!wait_until(fast_shutdown_limit, is_gone)) {
      log_.warn("embedded PostgreSQL takes too long to stop, it will recover at the next start");
      kill(server_, SIGQUIT);
      if (!wait_until(immediate_shutdown_limit, is_gone)) kill(server_, SIGKILL);
      wait_until(immediate_shutdown_limit, is_gone);
    }
    remove_socket_directory(socket_);
    log_.info("embedded PostgreSQL stopped");
  }

  /// What keeps it private does not depend on its configuration file.
  std::vector<std::string> command() const {
    return {binaries_ / "postgres",
            "-D",
            paths_.data,
            "-c",
            "listen_addresses=",
            "-c",
            "port=5432",
            "-c",
            "fsync=on",
            "-c",
            "unix_socket_directories=\"" + socket_.string() + '"',
            "-c",
            "unix_socket_permissions=0700",
            "-c",
            "cluster_name=sluice"};
  }

  void wait_for_answer() {
    const std::string url = url_of(socket_, password_, "postgres").reveal();
    const auto begin = std::chrono::steady_clock::now();
    for (;;) {
      if (!runs()) {
        throw Error(ErrorKind::config, "postgres.start_failed",
                    "the embedded PostgreSQL ended while starting: " + tail_of_output(paths_));
      }
      const PGPing answer = PQping(url.c_str());
      if (answer == PQPING_OK) return;
      const Duration waited = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - begin);
      if (waited > (answer == PQPING_REJECT ? patience_while_recovering * start_timeout_ : start_timeout_)) {
        throw Error(ErrorKind::config, "postgres.start_failed",
                    "the embedded PostgreSQL does not answer: " + tail_of_output(paths_));
      }
      nap();
    }
  }

  void create_databases() {
    struct Wanted {
      const char* exists;
      const char* create;
    };
    constexpr Wanted databases[] = {
        {"select from pg_database where datname = 'sluice'", "create database sluice"},
        {"select from pg_database where datname = 'warehouse'", "create database warehouse"}};
    Session session(url_of(socket_, password_, "postgres"));
    for (const auto& [exists, create] : databases) {
      if (!session.execute(exists)) session.execute(create);
    }
  }

  const Log log_;
  const ClusterPaths paths_;
  const ServerUser user_;
  const fs::path binaries_;
  const Duration start_timeout_;
  std::unique_ptr<DirectoryLock> lock_;
  std::mutex mutex_;  // of what follows
  bool is_stopped_ = false;
  Secret password_;
  fs::path socket_;
  pid_t server_ = 0;
};

}  // namespace

std::unique_ptr<EmbeddedPostgres> EmbeddedPostgres::start(const EmbeddedPostgresSettings& settings, const Log& log) {
  return std::make_unique<OwnPostgres>(settings, log);
}

std::optional<Secret> EmbeddedPostgres::running_control_url(const EmbeddedPostgresSettings& settings) {
  const ClusterPaths paths(fs::absolute(settings.directory).lexically_normal());
  if (access(paths.password.c_str(), R_OK) != 0) {
    if (errno == EACCES) {
      throw Error(ErrorKind::config, "postgres.not_ours",
                  paths.directory.string() + " is closed to us: run this as the daemon's user, or as root");
    }
    throw Error(ErrorKind::config, "postgres.no_cluster",
                "there is no embedded PostgreSQL in " + paths.directory.string() +
                    ": set data.directory or database.url as the daemon's are");
  }
  const PidFile server(paths);
  if (server.pid == 0 || server.socket.empty()) return std::nullopt;
  Secret url = url_of(server.socket, read_password(paths), "sluice");
  if (PQping(url.reveal().c_str()) != PQPING_OK) return std::nullopt;
  return url;
}

}  // namespace sluice
