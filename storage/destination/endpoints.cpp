#include "storage/destination/endpoints.hpp"

#include "core/error.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>

namespace sluice {
namespace {

std::vector<std::string> addresses_of(const std::string& host, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  std::vector<std::string> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(each->ai_addr, each->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0) {
      continue;
    }
    addresses.emplace_back(text.data());
  }
  return addresses;
}

std::string joined(const std::vector<std::string>& hosts) {
  std::string text;
  for (const std::string& host : hosts) text += (text.empty() ? "" : ", ") + host;
  return text;
}

}  // namespace

std::vector<std::string> look_up_host(const std::string& host) { return addresses_of(host, 0); }

std::optional<std::string> address_written_as(const std::string& host) {
  const auto addresses = addresses_of(host, AI_NUMERICHOST);
  return addresses.empty() ? std::nullopt : std::optional(addresses.front());
}

std::vector<DestinationEndpoint> find_endpoints(const DestinationAddress& address, const HostLookup& look_up) {
  // Without a host, the operator means the server's usual socket.
  if (address.hosts.empty()) return {{"", "", address.ports.front()}};
  std::vector<DestinationEndpoint> endpoints;
  for (std::size_t i = 0; i < address.hosts.size(); ++i) {
    const std::string& host = address.hosts[i];
    const int port = address.ports[std::min(i, address.ports.size() - 1)];
    if (address.reach == AddressRule::any) {
      endpoints.push_back({host, "", port});
      continue;
    }
    for (const std::string& each : look_up(host)) {
      if (!may_reach(address.reach, each)) {
        throw Error(ErrorKind::config, "destination.forbidden_address",
                    host +
                        " has an address that no destination may have (metadata, link-local, multicast or "
                        "unspecified): name another host, or correct what the name stands for");
      }
      endpoints.push_back({host, each, port});
    }
  }
  if (endpoints.empty()) {
    throw Error(ErrorKind::transient, "destination.unreachable",
                "no address is known of " + joined(address.hosts) + ": check the destination's host");
  }
  return endpoints;
}

}  // namespace sluice
