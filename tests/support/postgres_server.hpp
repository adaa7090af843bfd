#pragma once
// A PostgreSQL of one test's own, reached by TCP as a company's server is, that the test may stop, kill, start again,
// and follow with a standby. No fsync: what is killed here is processes, not machines.

#include "tests/support/reserved_port.hpp"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sluice {

class PostgresServer {
 public:
  /// Started, with databases "control" and "warehouse". `options` are of postgres, `environment` is the server's alone
  /// (not that of whom it is started by): "name=value".
  explicit PostgresServer(std::vector<std::string> options = {}, std::vector<std::string> environment = {});
  /// The certificate that a server shows, and the key that goes with it.
  struct Tls {
    std::filesystem::path certificate;
    std::filesystem::path key;
  };
  /// Likewise, taking TCP connections with TLS only and users other than postgres by password only. It uses whatever
  /// key and version of TLS it is told to, however weak.
  PostgresServer(const Tls& tls, std::vector<std::string> options);
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  enum class Stop { fast, immediate, kill };
  void stop(Stop how);
  /// On the same port; returns when it accepts connections.
  void start();
  /// A server that follows this one.
  std::unique_ptr<PostgresServer> standby();
  /// Of a standby: from now on it takes writes. Returns when it does.
  void promote();

  /// What it has written to its log so far.
  std::string log() const;
  std::uint16_t port() const noexcept { return port_.number(); }
  const std::filesystem::path& directory() const noexcept { return directory_; }
  std::string url(const std::string& database) const;
  /// First column of the first row.
  std::string ask(const std::string& database, const std::string& sql) const;

 private:
  struct Follower {
    std::uint16_t of = 0;
  };
  PostgresServer(std::vector<std::string> options, Follower follower);
  void initialize();
  std::filesystem::path data() const { return directory_ / "data"; }

  std::filesystem::path directory_;
  std::vector<std::string> options_;
  std::vector<std::string> environment_;
  ReservedPort port_;
  pid_t postmaster_ = -1;
};

}  // namespace sluice
