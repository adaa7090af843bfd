#pragma once
// The real executable as a child of the test, with a data directory of its own and its embedded PostgreSQL, and a
// client of its control API. It logs whatever it can (TEST_LOG_LEVEL=... less), and the test fails when a secret stands
// in its log in the end.

#include "core/clock.hpp"
#include "core/json.hpp"
#include "tests/e2e/api_client.hpp"
#include "tests/e2e/leaks.hpp"

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace sluice {

/// A directory that goes with the test; users other than ours may pass through it, as a PostgreSQL of another user
/// must.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

class DaemonProcess {
 public:
  /// `source_url`: the store that stands in for BigCommerce. Starts at once and waits until it listens.
  DaemonProcess(std::filesystem::path data, std::string source_url, std::vector<std::string> flags = {});
  ~DaemonProcess();
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;

  /// Throws std::runtime_error with the end of the daemon's log when it does not start.
  void start();
  void signal(int number);
  pid_t pid() const noexcept { return pid_; }
  /// The exit code, or -signal; throws when it does not end within `limit`.
  int wait(Duration limit);
  /// SIGKILL, as when the power goes.
  void kill();

  /// With the admin token and `If-Match: *`.
  ApiAnswer call(const std::string& method, const std::string& path, const Json& body = nullptr);
  std::string url() const;
  std::string admin_token() const;
  std::string warehouse_url() const;
  std::string log() const;

 private:
  /// As they are now: some change while it runs.
  void note_secrets_of_files();
  void expect_no_leak();
  std::string flag(const std::string& name) const;

  std::filesystem::path data_;
  std::string source_url_;
  std::vector<std::string> flags_;
  Leaks leaks_;
  pid_t pid_ = -1;
};

}  // namespace sluice
