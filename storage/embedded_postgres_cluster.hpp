#pragma once
// The files of the embedded cluster: where its programs are, how it is made and configured. Private to
// storage/embedded_postgres*.cpp.

#include "core/secret.hpp"
#include "storage/embedded_postgres.hpp"
#include "storage/embedded_postgres_process.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// Below `EmbeddedPostgresSettings::directory`.
struct ClusterPaths {
  explicit ClusterPaths(std::filesystem::path where)
      : directory(std::move(where)),
        data(directory / "data"),
        unfinished(directory / "data.new"),
        password(directory / "password"),
        lock(directory / "lock"),
        output(directory / "server.log"),
        socket(directory / "socket") {}

  std::filesystem::path directory;
  std::filesystem::path data;
  std::filesystem::path unfinished;
  std::filesystem::path password;
  std::filesystem::path lock;
  std::filesystem::path output;
  std::filesystem::path socket;
};

/// The directory of initdb and postgres; that of the cluster's own version if it exists and such are installed.
/// Throws Error{config, "postgres.not_installed"}.
std::filesystem::path find_binaries(const std::string& configured, const ClusterPaths& paths);

/// Makes the directory the server user's own, 0700 and within its reach. Throws Error{config,
/// "postgres.bad_directory"}.
void prepare_directory(const ClusterPaths& paths, const ServerUser& user);

/// Makes the cluster if there is none; nothing half made is ever taken for one. Throws Error{config, "postgres.…"}.
void ensure_cluster(const ClusterPaths& paths, const ServerUser& user, const std::filesystem::path& binaries);

/// The superuser's password, made with the cluster.
Secret read_password(const ClusterPaths& paths);

/// Makes a directory that only the server's user can enter. Throws Error{config, "postgres.bad_directory"}.
void make_private(const std::filesystem::path& directory, const ServerUser& user);

/// Where the socket goes: below the directory, or a fresh short one, because a socket's path may have 107 bytes only.
std::filesystem::path prepare_socket_directory(const ClusterPaths& paths, const ServerUser& user);

/// What the server said last.
std::string tail_of_output(const ClusterPaths& paths);

}  // namespace sluice
