#include "core/error.hpp"
#include "storage/destination.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice {
namespace {

const Json complete = {{"host", "db.example.com"}, {"database", "shop"}, {"user", "loader"}};

std::vector<Problem> problems_of(const Json& parameters) {
  try {
    parse_destination(parameters, Secret("canary"));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::config);
    EXPECT_EQ(error.code(), "destination.invalid");
    return error.problems();
  }
  return {};
}

Json with(const std::string& name, const Json& value) {
  Json parameters = complete;
  parameters[name] = value;
  return parameters;
}

TEST(DestinationAddress, reads_what_a_user_may_give) {
  Json parameters = complete;
  parameters.update(
      {{"port", 6432}, {"sslmode", "verify-full"}, {"sslrootcert", "/etc/ca.pem"}, {"connect_timeout", 3}});

  const DestinationAddress address = parse_destination(parameters, Secret("secret"));

  EXPECT_EQ(address.host, "db.example.com");
  EXPECT_EQ(address.port, 6432);
  EXPECT_EQ(address.database, "shop");
  EXPECT_EQ(address.user, "loader");
  EXPECT_EQ(address.sslmode, "verify-full");
  EXPECT_EQ(address.sslrootcert, "/etc/ca.pem");
  EXPECT_EQ(address.connect_timeout, Duration(3'000));
  EXPECT_TRUE(address.password.equals("secret"));
}

TEST(DestinationAddress, refuses_what_else_libpq_would_take) {
  for (const std::string name : {"options", "service", "passfile", "hostaddr", "sslkey", "password", "krbsrvname"}) {
    EXPECT_EQ(problems_of(with(name, "x")).size(), 1U) << name;
  }
}

TEST(DestinationAddress, names_the_member_that_was_meant) {
  const auto problems = problems_of(with("sslmod", "require"));

  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].pointer, "/sslmod");
  EXPECT_THAT(problems[0].detail, testing::HasSubstr("sslmode"));
}

TEST(DestinationAddress, takes_one_host_and_no_socket) {
  for (const std::string host :
       {"/var/run/postgresql", "@abstract", "a,b", "a b", "host=evil", "a'b", "", "x/../y", "a\nb"}) {
    EXPECT_EQ(problems_of(with("host", host)).size(), 1U) << host;
  }
  EXPECT_TRUE(problems_of(with("host", "2001:db8::1")).empty());
}

TEST(DestinationAddress, reports_everything_at_once) {
  EXPECT_EQ(problems_of({{"port", "5432"}, {"sslmode", "maybe"}, {"connect_timeout", 0}}).size(), 6U);
  EXPECT_EQ(problems_of(Json::array()).size(), 1U);
}

TEST(DestinationAddress, keeps_a_database_name_a_name) {
  EXPECT_EQ(parse_destination(with("database", "host=evil user=root"), Secret()).database, "host=evil user=root");
}

TEST(DestinationAddress, reads_the_operators_url) {
  const DestinationAddress address =
      parse_connection_url(Secret("postgresql://me:pa%20ss@/shop?host=/run/pg&port=5433"));

  EXPECT_EQ(address.host, "/run/pg");
  EXPECT_EQ(address.port, 5433);
  EXPECT_EQ(address.database, "shop");
  EXPECT_EQ(address.user, "me");
  EXPECT_TRUE(address.password.equals("pa ss"));
}

TEST(DestinationAddress, does_not_repeat_a_broken_url) {
  try {
    parse_connection_url(Secret("postgresql://me:canary@[broken"));
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr("canary")));
  }
}

}  // namespace
}  // namespace sluice
