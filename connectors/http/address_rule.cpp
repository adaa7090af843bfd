#include "connectors/http/address_rule.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <optional>
#include <string>

namespace sluice {
namespace {

namespace ip = boost::asio::ip;
using Bytes = ip::address_v6::bytes_type;

struct Block {
  const char* network;
  int bits;
};

constexpr Block never_v4[] = {
    {"0.0.0.0", 8},           // this host
    {"169.254.0.0", 16},      // link-local: metadata of most clouds
    {"100.100.100.200", 32},  // metadata
    {"168.63.129.16", 32},    // metadata, among public addresses
    {"192.0.0.192", 32},      // metadata
    {"224.0.0.0", 4},         // multicast
    {"240.0.0.0", 4},         // reserved, broadcast
};
constexpr Block private_v4[] = {
    {"10.0.0.0", 8},    {"100.64.0.0", 10},   {"127.0.0.0", 8},    {"172.16.0.0", 12},
    {"192.0.0.0", 24},  {"192.0.2.0", 24},    {"192.88.99.0", 24}, {"192.168.0.0", 16},
    {"198.18.0.0", 15}, {"198.51.100.0", 24}, {"203.0.113.0", 24},
};
constexpr Block never_v6[] = {
    {"::", 128}, {"fe80::", 10}, {"ff00::", 8}, {"fd00:ec2::254", 128}, {"fd20:ce::254", 128},
};
constexpr Block private_v6[] = {
    {"::", 96},           // with an IPv4 address in it, ::1 among them
    {"::ffff:0:0", 96},   // the same, mapped
    {"64:ff9b::", 96},    // the same, translated
    {"64:ff9b:1::", 48},  //
    {"2002::", 16},       // the same, 6to4
    {"2001::", 23},       // Teredo and other protocols
    {"2001:db8::", 32},   // documentation
    {"100::", 64},        // discarded
    {"fc00::", 7},        // unique local
    {"fec0::", 10},       // site-local
};

/// IPv4 in the last four bytes.
Bytes bytes_of(const ip::address& address) {
  if (address.is_v6()) return address.to_v6().to_bytes();
  Bytes out{};
  std::ranges::copy(address.to_v4().to_bytes(), out.end() - 4);
  return out;
}

bool lies_in(const ip::address& address, const Block& block) {
  const ip::address network = ip::make_address(block.network);
  const Bytes mine = bytes_of(address);
  const Bytes its = bytes_of(network);
  const std::size_t begin = address.is_v6() ? 0 : 12;
  for (int bit = 0; bit < block.bits; ++bit) {
    const std::size_t byte = begin + static_cast<std::size_t>(bit) / 8;
    if ((((mine[byte] ^ its[byte]) >> (7 - bit % 8)) & 1) != 0) return false;
  }
  return true;
}

template <std::size_t n>
bool lies_in_any(const ip::address& address, const Block (&blocks)[n]) {
  return std::ranges::any_of(blocks, [&](const Block& block) { return lies_in(address, block); });
}

/// The IPv4 address that a packet to this one ends at.
std::optional<ip::address> embedded(const ip::address& address) {
  if (!address.is_v6()) return std::nullopt;
  const Bytes bytes = bytes_of(address);
  const auto v4 = [&](std::size_t at) {
    return ip::address(ip::address_v4({bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]}));
  };
  if (lies_in(address, {"2002::", 16})) return v4(2);
  constexpr Block at_the_end[] = {{"::", 96}, {"::ffff:0:0", 96}, {"64:ff9b::", 96}};
  if (lies_in_any(address, at_the_end)) return v4(12);
  return std::nullopt;
}

bool is_never_reached(const ip::address& address) {
  if (address.is_v4()) return lies_in_any(address, never_v4);
  if (lies_in_any(address, never_v6)) return true;
  const auto inner = embedded(address);
  return inner && !address.to_v6().is_loopback() && lies_in_any(*inner, never_v4);
}

bool is_private(const ip::address& address) {
  return address.is_v4() ? lies_in_any(address, private_v4) : lies_in_any(address, private_v6);
}

}  // namespace

bool may_reach(AddressRule rule, std::string_view text) {
  if (rule == AddressRule::any) return true;
  boost::system::error_code error;
  const ip::address address = ip::make_address(std::string(text), error);
  if (error) return false;
  if (is_never_reached(address)) return false;
  return rule == AddressRule::not_metadata || !is_private(address);
}

}  // namespace sluice
