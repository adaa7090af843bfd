#include "storage/embedded_postgres_cluster.hpp"

#include "core/error.hpp"

#include <sodium.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

namespace sluice {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_socket_path = 107;  // sockaddr_un, with its end
constexpr std::string_view socket_file = "/.s.PGSQL.5432";

// Only the socket, and through it only with the password.
constexpr std::string_view host_rules = "local all all scram-sha-256\n";

// What an operator may tune; what keeps the cluster private is said on the command line at every start.
constexpr std::string_view tuning = R"(
# Sluice's own cluster: few connections, bulk loads, little memory.
max_connections = 60
shared_buffers = 128MB
max_wal_size = 1GB
min_wal_size = 128MB
checkpoint_completion_target = 0.9
wal_level = minimal
max_wal_senders = 0
password_encryption = 'scram-sha-256'
jit = off
log_checkpoints = off
log_line_prefix = '%m [%p] '
log_statement = 'none'
)";

Error bad_directory(const fs::path& directory, const std::string& why) {
  return {ErrorKind::config, "postgres.bad_directory", "the directory " + directory.string() + " " + why};
}

Error not_made(const std::string& why) {
  return {ErrorKind::config, "postgres.not_made", "the embedded PostgreSQL cluster cannot be made: " + why};
}

bool has_programs(const fs::path& directory) {
  return access((directory / "initdb").c_str(), X_OK) == 0 && access((directory / "postgres").c_str(), X_OK) == 0;
}

int version_of_cluster(const ClusterPaths& paths) {
  std::ifstream file(paths.data / "PG_VERSION");
  int version = 0;
  file >> version;
  return file ? version : 0;
}

/// Installed versions with their programs, newest first.
std::vector<std::pair<int, fs::path>> installed_versions() {
  std::vector<std::pair<int, fs::path>> found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", none)) {
    const std::string name = entry.path().filename();
    int version = 0;
    std::from_chars(name.data(), name.data() + name.size(), version);
    if (version > 0 && has_programs(entry.path() / "bin")) found.emplace_back(version, entry.path() / "bin");
  }
  std::sort(found.rbegin(), found.rend());
  return found;
}

std::optional<fs::path> programs_on_path() {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(':'), rest.size());
    const fs::path directory = rest.substr(0, end);
    if (directory.is_absolute() && has_programs(directory)) return directory;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return std::nullopt;
}

bool can_pass(const struct stat& status, const ServerUser& user) {
  if (status.st_uid == user.uid) return (status.st_mode & S_IXUSR) != 0;
  if (std::find(user.groups.begin(), user.groups.end(), status.st_gid) != user.groups.end()) {
    return (status.st_mode & S_IXGRP) != 0;
  }
  return (status.st_mode & S_IXOTH) != 0;
}

/// The server's user must be able to walk down to its directory. The data directory is ours: passing through it is
/// allowed to others then (not listing it, and its files stay closed). What lies above is the operator's.
void open_the_way(const fs::path& directory, const ServerUser& user) {
  const fs::path parent = directory.parent_path();
  for (fs::path place = parent;; place = place.parent_path()) {
    struct stat status{};
    if (stat(place.c_str(), &status) != 0)
      throw bad_directory(place, std::string("cannot be read: ") + std::strerror(errno));
    const bool is_passable = can_pass(status, user) || (place == parent && status.st_uid == geteuid() &&
                                                        chmod(place.c_str(), (status.st_mode & 07777U) | S_IXOTH) == 0);
    if (!is_passable) {
      throw bad_directory(place, "is closed to the user \"" + user.name +
                                     "\", whom PostgreSQL runs as: chmod o+x it, or choose another data directory");
    }
    if (place == place.parent_path()) return;
  }
}

void hand_over(const fs::path& path, const ServerUser& user) {
  if (user.is_other && lchown(path.c_str(), user.uid, user.gid) != 0) {
    throw bad_directory(path, std::string("cannot be given to the server's user: ") + std::strerror(errno));
  }
}

}  // namespace

void make_private(const fs::path& directory, const ServerUser& user) {
  std::error_code failure;
  fs::create_directories(directory, failure);
  struct stat status{};
  if (failure || lstat(directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    throw bad_directory(directory, "cannot be made");
  }
  if (status.st_uid != user.uid && status.st_uid != geteuid()) {
    throw bad_directory(directory, "belongs to somebody else");
  }
  if (chmod(directory.c_str(), 0700) != 0) throw bad_directory(directory, std::strerror(errno));
  hand_over(directory, user);
}

namespace {

void write_file(const fs::path& path, std::string_view text, int flags) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
  const bool is_written =
      file >= 0 && write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(file) == 0;
  const int reason = errno;
  if (file >= 0) close(file);
  if (!is_written) throw not_made(path.string() + ": " + std::strerror(reason));
}

void make_password(const ClusterPaths& paths, const ServerUser& user) {
  if (sodium_init() < 0) throw not_made("libsodium does not start");
  std::array<unsigned char, 32> random{};
  randombytes_buf(random.data(), random.size());
  constexpr auto encoding = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string text(sodium_base64_ENCODED_LEN(random.size(), encoding), '\0');
  sodium_bin2base64(text.data(), text.size(), random.data(), random.size(), encoding);
  text.back() = '\n';
  const Secret password(std::move(text));
  write_file(paths.password, password.reveal(), O_TRUNC);
  hand_over(paths.password, user);
}

/// Not every build of PostgreSQL has lz4.
std::string wal_compression(const ClusterPaths& paths, const ServerUser& user, const fs::path& binaries) {
  const int code = run_as(
      user, {binaries / "postgres", "-D", paths.unfinished, "-c", "wal_compression=lz4", "-C", "wal_compression"},
      paths.output);
  return code == 0 ? "wal_compression = 'lz4'\n" : "wal_compression = on\n";
}

}  // namespace

fs::path find_binaries(const std::string& configured, const ClusterPaths& paths) {
  if (!configured.empty()) {
    if (has_programs(configured)) return configured;
    throw Error(ErrorKind::config, "postgres.not_installed", "there is no initdb and postgres in " + configured);
  }
  const auto installed = installed_versions();
  const int wanted = version_of_cluster(paths);
  for (const auto& [version, directory] : installed) {
    if (version == wanted) return directory;
  }
  if (wanted > 0 && !installed.empty()) {
    throw Error(ErrorKind::config, "postgres.other_version",
                "the cluster in " + paths.directory.string() + " was made by PostgreSQL " + std::to_string(wanted) +
                    ", which is not installed: install it, or move the cluster with pg_upgrade");
  }
  if (!installed.empty()) return installed.front().second;
  if (auto directory = programs_on_path()) return *directory;
  throw Error(ErrorKind::config, "postgres.not_installed",
              "no PostgreSQL is installed here: install the package postgresql, set postgres.binaries, or give a "
              "database.url");
}

void prepare_directory(const ClusterPaths& paths, const ServerUser& user) {
  make_private(paths.directory, user);
  if (user.is_other) open_the_way(paths.directory, user);
  // The run before this one keeps its log, in case it ended badly.
  std::error_code none_yet;
  fs::rename(paths.output, paths.output.string() + ".1", none_yet);
  write_file(paths.output, "", O_TRUNC);
  hand_over(paths.output, user);
}

void ensure_cluster(const ClusterPaths& paths, const ServerUser& user, const fs::path& binaries) {
  if (fs::exists(paths.data)) return;
  fs::remove_all(paths.unfinished);
  make_password(paths, user);
  const int code = run_as(user,
                          {binaries / "initdb", "--pgdata=" + paths.unfinished.string(), "--username=sluice",
                           "--pwfile=" + paths.password.string(), "--auth-local=scram-sha-256", "--auth-host=reject",
                           "--encoding=UTF8", "--locale=C.UTF-8"},
                          paths.output);
  if (code != 0) throw not_made("initdb failed: " + tail_of_output(paths));
  write_file(paths.unfinished / "pg_hba.conf", host_rules, O_TRUNC);
  write_file(paths.unfinished / "postgresql.conf", std::string(tuning) + wal_compression(paths, user, binaries),
             O_APPEND);
  fs::rename(paths.unfinished, paths.data);
}

Secret read_password(const ClusterPaths& paths) {
  std::ifstream file(paths.password);
  std::string text;
  if (!std::getline(file, text) || text.empty()) {
    throw Error(ErrorKind::config, "postgres.no_password",
                "the password of the embedded PostgreSQL is missing from " + paths.password.string() +
                    ": restore this file together with the cluster beside it");
  }
  return Secret(std::move(text));
}

fs::path prepare_socket_directory(const ClusterPaths& paths, const ServerUser& user) {
  if (paths.socket.string().size() + socket_file.size() < longest_socket_path) {
    make_private(paths.socket, user);
    return paths.socket;
  }
  const char* runtime = user.is_other ? nullptr : std::getenv("XDG_RUNTIME_DIR");
  const std::string root = runtime != nullptr && access(runtime, W_OK) == 0 ? runtime : "/tmp";
  std::string directory = root + "/sluice-XXXXXX";
  if (directory.size() + socket_file.size() >= longest_socket_path || mkdtemp(directory.data()) == nullptr) {
    throw bad_directory(root, "has no room for the server's socket");
  }
  hand_over(directory, user);
  return directory;
}

std::string tail_of_output(const ClusterPaths& paths) {
  constexpr std::size_t limit = 600;
  std::ifstream file(paths.output);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  return quote_outside_text(text.size() > limit ? text.substr(text.size() - limit) : text, limit);
}

}  // namespace sluice
