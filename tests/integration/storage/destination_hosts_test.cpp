// Which server a load ends up at when a destination has several, or a name that means something else each time.
#include "core/error.hpp"
#include "storage/destination/pg_connection.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/postgres_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;

DestinationAddress at(const std::string& hosts, const std::vector<int>& ports) {
  return parse_destination(
      {{"host", hosts}, {"port", ports}, {"database", "warehouse"}, {"user", "postgres"}, {"sslmode", "disable"}},
      Secret());
}

std::string port_of(PgConnection& connection) { return connection.exec("select inet_server_port()").text(0, 0); }

/// Takes connections and says nothing, as a host does that hangs.
class SilentListener {
 public:
  SilentListener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(socket_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(socket_, 8);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
  }
  SilentListener(const SilentListener&) = delete;
  SilentListener& operator=(const SilentListener&) = delete;
  ~SilentListener() { ::close(socket_); }

  int port = 0;

 private:
  int socket_;
};

class DestinationHosts : public testing::Test {
 protected:
  std::string error_of(const DestinationAddress& address, const HostLookup& look_up = look_up_host) {
    try {
      PgConnection connection(address, look_up);
      return "nothing";
    } catch (const Error& error) {
      message = error.message();
      return std::string(to_string(error.kind())) + " " + error.code();
    }
  }
  std::string message;
  PostgresServer primary;
};

TEST_F(DestinationHosts, are_connected_to_at_the_address_that_was_checked) {
  int lookups = 0;
  // The second answer is what an attacker's name server gives once the first was found harmless.
  const HostLookup rebinding = [&lookups](const std::string& host) -> std::vector<std::string> {
    EXPECT_EQ(host, "db.example.invalid");
    return {++lookups == 1 ? "127.0.0.1" : "169.254.169.254"};
  };
  const auto address = at("db.example.invalid", {primary.port()});

  PgConnection connection(address, rebinding);

  EXPECT_EQ(port_of(connection), std::to_string(primary.port()));
  EXPECT_EQ(lookups, 1);
  EXPECT_EQ(error_of(address, rebinding), "config destination.forbidden_address");
}

TEST_F(DestinationHosts, are_tried_in_order_until_one_takes_writes) {
  const auto standby = primary.standby();
  const int gone = 1;
  for (const auto& ports : {std::vector<int>{standby->port(), primary.port()},
                            {primary.port(), standby->port()},
                            {gone, standby->port(), primary.port()}}) {
    PgConnection connection(at(ports.size() == 2 ? "127.0.0.1,localhost" : "127.0.0.1,localhost,127.0.0.1", ports));
    EXPECT_EQ(port_of(connection), std::to_string(primary.port()));
  }

  primary.stop(PostgresServer::Stop::kill);
  const auto both = at("127.0.0.1,127.0.0.1", {primary.port(), standby->port()});
  EXPECT_EQ(error_of(both), "transient destination.unreachable") << "it may be promoted soon";
  EXPECT_THAT(message, testing::HasSubstr("no server of the destination takes writes"));
  EXPECT_THAT(message, testing::HasSubstr("read-only"));
  standby->promote();

  PgConnection connection(both);
  EXPECT_EQ(port_of(connection), std::to_string(standby->port()));
}

TEST_F(DestinationHosts, that_hang_leave_time_for_the_others) {
  const SilentListener silent;
  auto address = at("127.0.0.1,127.0.0.1", {silent.port, primary.port()});
  address.connect_timeout = 2s;
  const auto began = std::chrono::steady_clock::now();

  PgConnection connection(address);

  EXPECT_EQ(port_of(connection), std::to_string(primary.port()));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
}

TEST_F(DestinationHosts, that_are_alone_may_be_standbys) {
  const auto standby = primary.standby();

  PgConnection connection(at("127.0.0.1", {standby->port()}));

  EXPECT_EQ(connection.exec("select pg_is_in_recovery()").text(0, 0), "t");
}

TEST_F(DestinationHosts, that_refuse_for_good_are_not_passed_over) {
  auto address = at("127.0.0.1,127.0.0.1", {primary.port(), primary.port()});
  address.database = "nowhere";

  EXPECT_EQ(error_of(address), "config destination.no_database");
}

/// No name becomes more than a name on its way through libpq.
TEST_F(DestinationHosts, are_the_only_ones_that_count) {
  for (const char* text : {"host=169.254.169.254", "postgresql://evil.invalid/db", "service=evil", "a'b\"c\\d"}) {
    auto address = at("127.0.0.1", {primary.port()});
    address.database = text;
    EXPECT_EQ(error_of(address), "config destination.no_database") << text;
    address = at("127.0.0.1", {primary.port()});
    address.user = text;
    EXPECT_EQ(error_of(address), "config destination.auth_failed") << text;
  }
}

}  // namespace
}  // namespace sluice
