#include "storage/destination/endpoints.hpp"

#include "core/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace sluice {

bool operator==(const DestinationEndpoint& a, const DestinationEndpoint& b) {
  return a.host == b.host && a.address == b.address && a.port == b.port;
}
void PrintTo(const DestinationEndpoint& endpoint, std::ostream* out) {
  *out << endpoint.host << '/' << endpoint.address << ':' << endpoint.port;
}

namespace {

using Names = std::map<std::string, std::vector<std::string>>;

HostLookup looking_up(const Names& names) {
  return [&names](const std::string& host) {
    const auto found = names.find(host);
    return found == names.end() ? std::vector<std::string>{} : found->second;
  };
}

DestinationAddress at(std::vector<std::string> hosts, std::vector<int> ports = {5432},
                      AddressRule reach = AddressRule::not_metadata) {
  DestinationAddress address;
  address.hosts = std::move(hosts);
  address.ports = std::move(ports);
  address.reach = reach;
  return address;
}

std::string error_of(const DestinationAddress& address, const Names& names) {
  try {
    find_endpoints(address, looking_up(names));
    return "nothing";
  } catch (const Error& error) {
    return std::string(to_string(error.kind())) + " " + error.code();
  }
}

const Names usual{{"db1", {"10.0.0.1", "fd12::1"}}, {"db2", {"192.168.0.2"}}, {"public", {"93.184.216.34"}}};

TEST(DestinationEndpoints, are_each_address_of_each_host_in_order) {
  EXPECT_THAT(
      find_endpoints(at({"db1", "db2"}), looking_up(usual)),
      testing::ElementsAre(DestinationEndpoint{"db1", "10.0.0.1", 5432}, DestinationEndpoint{"db1", "fd12::1", 5432},
                           DestinationEndpoint{"db2", "192.168.0.2", 5432}));
  EXPECT_THAT(find_endpoints(at({"db2", "public"}, {1, 2}), looking_up(usual)),
              testing::ElementsAre(DestinationEndpoint{"db2", "192.168.0.2", 1},
                                   DestinationEndpoint{"public", "93.184.216.34", 2}));
}

TEST(DestinationEndpoints, do_without_a_host_whose_name_is_gone) {
  EXPECT_THAT(find_endpoints(at({"gone", "db2"}, {1, 2}), looking_up(usual)),
              testing::ElementsAre(DestinationEndpoint{"db2", "192.168.0.2", 2}));
  EXPECT_EQ(error_of(at({"gone", "lost"}), usual), "transient destination.unreachable");
}

TEST(DestinationEndpoints, are_refused_when_any_address_is_forbidden) {
  for (const char* address : {"169.254.169.254", "fd00:ec2::254", "fe80::1%lo", "fe80::1", "224.0.0.1", "0.0.0.0", "::",
                              "255.255.255.255", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"}) {
    const Names names{{"db1", {"10.0.0.1", address}}, {"evil", {address}}, {"good", {"10.0.0.1"}}};
    EXPECT_EQ(error_of(at({"evil"}), names), "config destination.forbidden_address") << address;
    EXPECT_EQ(error_of(at({"db1"}), names), "config destination.forbidden_address") << address;
    EXPECT_EQ(error_of(at({"good", "evil"}), names), "config destination.forbidden_address") << address;
    EXPECT_EQ(error_of(at({"evil"}, {5432}, AddressRule::any), names), "nothing") << address;
  }
}

TEST(DestinationEndpoints, of_the_operator_are_left_to_libpq) {
  EXPECT_THAT(find_endpoints(at({"/run/pg"}, {5433}, AddressRule::any), looking_up({})),
              testing::ElementsAre(DestinationEndpoint{"/run/pg", "", 5433}));
  EXPECT_THAT(find_endpoints(at({}, {5433}, AddressRule::any), looking_up({})),
              testing::ElementsAre(DestinationEndpoint{"", "", 5433}));
}

TEST(DestinationEndpoints, are_found_by_the_system) {
  EXPECT_THAT(look_up_host("127.0.0.1"), testing::ElementsAre("127.0.0.1"));
  EXPECT_THAT(look_up_host("127.1"), testing::ElementsAre("127.0.0.1"));
  EXPECT_THAT(look_up_host("no-such-host.invalid"), testing::IsEmpty());
  EXPECT_EQ(address_written_as("0x7f000001"), "127.0.0.1");
  EXPECT_EQ(address_written_as("localhost"), std::nullopt);
}

}  // namespace
}  // namespace sluice
