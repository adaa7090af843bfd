#pragma once
// A private PostgreSQL under the data directory, for those who bring none: made at first start, stopped with the
// daemon, recovered after a SIGKILL. Unix socket in a 0700 directory, no TCP, fsync on. As root, it runs as another
// user, because PostgreSQL refuses root.

#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/secret.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace sluice {

struct EmbeddedPostgresSettings {
  std::filesystem::path directory;  // "<data directory>/postgres"
  std::string user = "postgres";    // whom to become when root
  std::string binaries;  // directory of initdb and postgres; empty: the newest under /usr/lib/postgresql, then PATH
  Duration start_timeout{60'000};
};

/// Safe to use from several threads.
class EmbeddedPostgres {
 public:
  /// Blocks until it answers. Throws Error{config, "postgres.…"} with what to do.
  static std::unique_ptr<EmbeddedPostgres> start(const EmbeddedPostgresSettings& settings, const Log& log);
  /// The control database of the server that a daemon runs there, for somebody beside it; none when no server answers.
  /// Throws Error{config, "postgres.not_ours"} when its files are closed to us, and "postgres.no_cluster" when there
  /// never was one.
  static std::optional<Secret> running_control_url(const EmbeddedPostgresSettings& settings);
  virtual ~EmbeddedPostgres() = default;
  /// libpq URL of the control database "sluice" (the default destination is the database "warehouse" beside it).
  virtual Secret control_url() const = 0;
  virtual Secret warehouse_url() const = 0;
  virtual std::filesystem::path socket_directory() const = 0;
  virtual bool is_running() = 0;
  /// Starts the server again when it has ended by itself; the URLs stay what they are. Does nothing after stop().
  /// Blocks; throws as start() does.
  virtual void restart() = 0;
  /// Fast shutdown; blocks.
  virtual void stop() = 0;
};

}  // namespace sluice
