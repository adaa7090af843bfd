#pragma once
// Where a destination's servers are: each name is looked up once, and what it stands for is checked and then connected
// to, so that a name that means another address a moment later leads nowhere else.

#include "storage/destination.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

struct DestinationEndpoint {
  std::string host;     // as it was named: certificates are checked against it
  std::string address;  // "": libpq finds it
  int port = 0;
};

/// The addresses of a name; none when it has none.
using HostLookup = std::function<std::vector<std::string>(const std::string& host)>;

/// The system's. Blocks.
std::vector<std::string> look_up_host(const std::string& host);
/// The address that a text means without any name service, also in the spellings of inet_aton ("127.1", "0x7f000001").
std::optional<std::string> address_written_as(const std::string& host);

/// In the order in which they are to be tried; a host without an address is left out. Throws Error{config,
/// "destination.forbidden_address"} when any host has any address that the rule forbids, and Error{transient,
/// "destination.unreachable"} when there is no address at all.
std::vector<DestinationEndpoint> find_endpoints(const DestinationAddress& address, const HostLookup& look_up);

}  // namespace sluice
