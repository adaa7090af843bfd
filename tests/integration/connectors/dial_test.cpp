// Names that mean another address each time they are looked up.
#include "connectors/http/dial.hpp"

#include "core/error.hpp"
#include "tests/support/raw_peer.hpp"
#include "tests/support/run_to_end.hpp"

#include <gtest/gtest.h>
#include <boost/asio/ip/address.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

Task<Endpoints> found(Endpoints endpoints) { co_return endpoints; }

class Dial : public testing::Test {
 protected:
  /// Each look-up gets the next of these, and the last ever after.
  std::string connect(std::vector<std::vector<const char*>> answers, AddressRule rule) {
    lookups = 0;
    EndpointLookup look_up = [&](const BaseUrl& wanted) {
      const auto& addresses =
          answers.at(std::min<std::size_t>(static_cast<std::size_t>(lookups++), answers.size() - 1));
      Endpoints endpoints;
      for (const char* address : addresses) endpoints.emplace_back(boost::asio::ip::make_address(address), wanted.port);
      return found(std::move(endpoints));
    };
    try {
      boost::asio::io_context io;
      run_to_end(io, dial(io.get_executor(), url, nullptr, 200ms, rule, std::move(look_up)));
      return "connected";
    } catch (const Error& error) {
      return error.code();
    }
  }
  bool was_called() const {
    const timeval soon{0, 50'000};
    ::setsockopt(local.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
    const int socket = ::accept4(local.descriptor(), nullptr, nullptr, SOCK_CLOEXEC);
    if (socket >= 0) ::close(socket);
    return socket >= 0;
  }

  RawListener local;
  BaseUrl url = BaseUrl::parse("http://hooks.example.invalid:" + std::to_string(local.port()));
  int lookups = 0;
};

TEST_F(Dial, connects_to_what_it_looked_up_once) {
  EXPECT_EQ(connect({{"127.0.0.1"}, {"169.254.169.254"}}, AddressRule::not_metadata), "connected");
  EXPECT_EQ(lookups, 1);
  EXPECT_TRUE(was_called());
}

/// Nobody listens on the first address; the second one would answer.
TEST_F(Dial, never_reaches_what_a_name_means_a_moment_later) {
  EXPECT_EQ(connect({{"127.0.0.2"}, {"127.0.0.1"}}, AddressRule::not_metadata), "http.unreachable");
  EXPECT_EQ(lookups, 1);
  EXPECT_FALSE(was_called());
}

TEST_F(Dial, refuses_a_name_with_any_forbidden_address) {
  for (const char* address : {"127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00:ec2::254",
                              "2002:7f00:1::1", "64:ff9b::7f00:1", "0.0.0.0", "224.0.0.1"}) {
    EXPECT_EQ(connect({{address}}, AddressRule::public_internet), "http.forbidden_address") << address;
    EXPECT_EQ(connect({{"198.41.0.4", address}}, AddressRule::public_internet), "http.forbidden_address") << address;
  }
  EXPECT_FALSE(was_called());
}

}  // namespace
}  // namespace sluice
