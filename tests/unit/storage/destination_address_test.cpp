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

  EXPECT_THAT(address.hosts, testing::ElementsAre("db.example.com"));
  EXPECT_THAT(address.ports, testing::ElementsAre(6432));
  EXPECT_EQ(address.reach, AddressRule::not_metadata);
  EXPECT_EQ(address.database, "shop");
  EXPECT_EQ(address.user, "loader");
  EXPECT_EQ(address.sslmode, "verify-full");
  EXPECT_EQ(address.sslrootcert, "/etc/ca.pem");
  EXPECT_EQ(address.connect_timeout, Duration(3'000));
  EXPECT_TRUE(address.password.equals("secret"));
}

TEST(DestinationAddress, names_the_member_that_was_meant) {
  const auto problems = problems_of(with("sslmod", "require"));

  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].pointer, "/sslmod");
  EXPECT_THAT(problems[0].detail, testing::HasSubstr("sslmode"));
}

TEST(DestinationAddress, takes_several_hosts_with_one_port_or_as_many) {
  struct Case {
    Json host;
    Json port;
    bool is_fine;
  };
  const std::vector<Case> cases{
      {"db1.example.com,db2.example.com", 5432, true},
      {"db1.example.com,db2.example.com", {5432, 5433}, true},
      {"db1.example.com,10.0.0.2,fd12::1", {5432, 5433, 5434}, true},
      {"db1.example.com", Json::array({5432}), true},
      {"db1.example.com,db2.example.com", {5432, 5433, 5434}, false},
      {"db1.example.com", {5432, 5433}, false},
      {"db1.example.com,db2.example.com", {5432, "5433"}, false},
      {"db1.example.com,db2.example.com", {5432, 0}, false},
      {"db1.example.com,db2.example.com", Json::array(), false},
      {"db1.example.com,db2.example.com", "5432,5433", false},
      {"db1.example.com,db2.example.com", "5432 options=-csearch_path=evil", false},
      {"db1.example.com", 5432.5, false},
      {"db1.example.com", true, false},
      {"db1.example.com", 18446744073709551615U, false},
  };
  for (const Case& each : cases) {
    Json parameters = with("host", each.host);
    parameters["port"] = each.port;
    EXPECT_EQ(problems_of(parameters).empty(), each.is_fine) << parameters;
  }
  EXPECT_THAT(parse_destination(with("host", "a,b"), Secret()).hosts, testing::ElementsAre("a", "b"));
}

/// libpq gives some texts another meaning than that of a host.
TEST(DestinationAddress, takes_nothing_but_hosts_for_a_host) {
  const std::vector<std::string> hosts{"/var/run/postgresql",
                                       "@abstract",
                                       "db,/var/run/postgresql",
                                       "db,@abstract",
                                       ",",
                                       "db,",
                                       ",db",
                                       "db,,db",
                                       "a b",
                                       "a, b",
                                       " a",
                                       "host=evil",
                                       "db user=postgres",
                                       "db options=-c",
                                       "db\toptions=-c",
                                       "db\nhostaddr=169.254.169.254",
                                       "db\r",
                                       "db?sslmode=disable",
                                       "db#part",
                                       "postgresql://evil/db",
                                       "user@db",
                                       "user:pw@db",
                                       "[::1]",
                                       "[fe80::1%25eth0]",
                                       "fe80::1%eth0",
                                       "a'b",
                                       "a\"b",
                                       "a\\b",
                                       "",
                                       "x/../y",
                                       "a\nb",
                                       std::string("db\0evil", 7),
                                       "d\xc3\xa4tenbank",
                                       "169\xe3\x80\x82"
                                       "254.169.254",
                                       "127.0.0.1\xef\xbc\x8e",
                                       "\xe2\x91\xa0"
                                       "27.0.0.1",
                                       std::string(256, 'a')};
  for (const std::string& host : hosts) EXPECT_EQ(problems_of(with("host", host)).size(), 1U) << host;
  for (const char* host : {"2001:db8::1", "db", "db_1.internal", "10.0.0.1", "192.168.1.1", "127.0.0.1", "::1",
                           "localhost", "db.example.com.", "fd12:3456::1"}) {
    EXPECT_TRUE(problems_of(with("host", host)).empty()) << host;
  }
}

/// However an address is written that no destination may have: it is known before anything is looked up.
TEST(DestinationAddress, knows_forbidden_addresses_in_each_spelling) {
  constexpr const char* hosts[] = {
      "169.254.169.254",
      "169.254.0.1",
      "2852039166",              // one number
      "0xa9fea9fe",              // in hexadecimal
      "0XA9FEA9FE",              //
      "025177524776",            // in octal
      "169.16689662",            // two parts
      "169.254.43518",           // three
      "0xa9.254.0xa9fe",         //
      "0xa9.0xfe.0xa9.0xfe",     //
      "0251.0376.0251.0376",     //
      "0251.254.0xa9.254",       //
      "00000251.0376.251.0376",  // 169.254.251.254
      "::ffff:169.254.169.254",
      "::ffff:a9fe:a9fe",
      "::FFFF:A9FE:A9FE",
      "0:0:0:0:0:ffff:a9fe:a9fe",
      "0000:0000:0000:0000:0000:ffff:169.254.169.254",
      "::169.254.169.254",
      "::a9fe:a9fe",
      "64:ff9b::169.254.169.254",
      "64:ff9b::a9fe:a9fe",
      "2002:a9fe:a9fe::",
      "2002:a9fe:a9fe::1",
      "fd00:ec2::254",
      "fd00:0ec2:0:0:0:0:0:0254",
      "FD00:EC2::254",
      "fd20:ce::254",
      "100.100.100.200",
      "0x64.100.0144.200",
      "168.63.129.16",
      "192.0.0.192",
      "0.0.0.0",
      "0",
      "0x0",
      "0.0",
      "00.00.00.00",
      "0.1.2.3",
      "::",
      "0:0:0:0:0:0:0:0",
      "::ffff:0.0.0.0",
      "fe80::1",
      "FE80::1",
      "febf::1",
      "ff02::1",
      "ff0e::1",
      "224.0.0.1",
      "3758096385",
      "239.255.255.255",
      "240.0.0.1",
      "255.255.255.255",
      "4294967295",
      "0xffffffff",
      "037777777777",
      "db.example.com,169.254.169.254",
      "db.example.com,2852039166",
      "10.0.0.1,::ffff:169.254.169.254",
  };
  for (const char* host : hosts) {
    const auto problems = problems_of(with("host", host));
    ASSERT_EQ(problems.size(), 1U) << host;
    EXPECT_EQ(problems[0].pointer, "/host") << host;
    EXPECT_THAT(problems[0].detail, testing::HasSubstr("no destination may have")) << host;
  }
}

/// Every member is one value of libpq's, whatever is in it.
TEST(DestinationAddress, lets_no_member_speak_for_another) {
  struct Case {
    const char* member;
    Json value;
  };
  const std::vector<Case> refused{
      {"database", "shop\nhost=evil"},
      {"database", std::string("shop\0host=evil", 14)},
      {"database", ""},
      {"database", 7},
      {"database", Json::array({"shop"})},
      {"user", "me\rpassword=x"},
      {"user", ""},
      {"user", nullptr},
      {"user", std::string(256, 'u')},
      {"sslmode", "allow"},
      {"sslmode", "verify-full "},
      {"sslmode", "VERIFY-FULL"},
      {"sslmode", "disable host=evil"},
      {"sslrootcert", "relative.pem"},
      {"sslrootcert", "system"},
      {"sslrootcert", "/etc/ca.pem\nsslmode=disable"},
      {"connect_timeout", "3"},
      {"connect_timeout", -1},
      {"connect_timeout", 121},
      {"connect_timeout", {3, 3}},
  };
  for (const Case& each : refused) {
    EXPECT_EQ(problems_of(with(each.member, each.value)).size(), 1U) << each.member << ' ' << each.value;
  }
  for (const std::string name : {"options",
                                 "service",
                                 "servicefile",
                                 "passfile",
                                 "hostaddr",
                                 "sslkey",
                                 "sslcert",
                                 "sslcrl",
                                 "sslcrldir",
                                 "sslpassword",
                                 "sslcompression",
                                 "sslsni",
                                 "password",
                                 "krbsrvname",
                                 "gsslib",
                                 "gssencmode",
                                 "replication",
                                 "requirepeer",
                                 "channel_binding",
                                 "target_session_attrs",
                                 "client_encoding",
                                 "application_name",
                                 "dbname",
                                 "fallback_application_name",
                                 "ssl_min_protocol_version",
                                 "keepalives",
                                 "load_balance_hosts",
                                 "HOST",
                                 "host "}) {
    EXPECT_EQ(problems_of(with(name, "x")).size(), 1U) << name;
  }
}

TEST(DestinationAddress, reports_everything_at_once) {
  EXPECT_EQ(problems_of({{"port", "5432"}, {"sslmode", "maybe"}, {"connect_timeout", 0}}).size(), 6U);
  EXPECT_EQ(problems_of(Json::array()).size(), 1U);
}

TEST(DestinationAddress, keeps_a_name_a_name) {
  for (const std::string text : {"host=evil user=root", "postgresql://evil/db", "a'b\"c\\d", "service=evil"}) {
    EXPECT_EQ(parse_destination(with("database", text), Secret()).database, text);
    EXPECT_EQ(parse_destination(with("user", text), Secret()).user, text);
  }
}

TEST(DestinationAddress, reads_the_operators_url) {
  const DestinationAddress address =
      parse_connection_url(Secret("postgresql://me:pa%20ss@/shop?host=/run/pg&port=5433"));

  EXPECT_THAT(address.hosts, testing::ElementsAre("/run/pg"));
  EXPECT_THAT(address.ports, testing::ElementsAre(5433));
  EXPECT_EQ(address.reach, AddressRule::any);
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
