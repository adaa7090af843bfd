#pragma once
// Where requests go: scheme, host and port, and nothing else.

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

struct BaseUrl {
  bool has_tls = true;
  std::string host;  // a name or an address, without brackets
  std::uint16_t port = 443;
  std::string authority;  // as the Host header wants it

  /// Throws Error{config, "http.bad_base_url"} for other schemes, credentials, a path, a query.
  static BaseUrl parse(std::string_view text);
};

}  // namespace sluice
