#pragma once
// Where the daemon may listen and where it may send tokens. Pure.

#include "core/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

struct ListenAddress {
  std::string address;  // an IP address, without brackets
  std::uint16_t port = 0;
};

/// "127.0.0.1:8080", "[::1]:8080", "localhost:8080" or ":8080" (every address). nullopt when it is neither.
std::optional<ListenAddress> parse_listen_address(std::string_view text);
bool is_loopback(std::string_view address);

/// An address that others can reach wants TLS, or a proxy that does it.
std::optional<Problem> check_exposure(const ListenAddress& listen, bool has_tls, bool behind_proxy);

/// The host (with its port when it is not the scheme's own) of `base_url` must be one of `allowed`; plain http only for
/// loopback addresses.
std::optional<Problem> check_source_host(std::string_view base_url, const std::vector<std::string>& allowed);

}  // namespace sluice
