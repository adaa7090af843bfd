#pragma once
// The outside view of a running daemon, for container and load-balancer probes that have no HTTP client of their own.

#include "core/config.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// Where the control API of this configuration can be reached from here.
struct HealthTarget {
  std::string host;
  std::uint16_t port = 0;
  bool has_tls = false;
};

/// Reads server.address_file when it is set, and server.listen otherwise. Throws Error{config, "health.no_address"},
/// and Error{transient, "health.not_listening"} while the address file is not there.
HealthTarget find_health_target(const Config& config);

struct HealthReport {
  bool is_ready = false;
  std::string sentence;
};

/// Asks GET /readyz and waits two seconds at most. A TLS listener is only connected to. Never throws for a daemon that
/// does not answer: that is a report.
HealthReport ask_health(const HealthTarget& target);

}  // namespace sluice
