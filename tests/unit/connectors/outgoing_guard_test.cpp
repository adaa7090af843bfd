#include "connectors/http/outgoing_guard.hpp"

#include "core/error.hpp"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(AddressRule, separates_public_private_and_never) {
  enum Reach { everyone, by_operator, nobody };
  struct Case {
    const char* address;
    Reach reach;
  };
  constexpr Case cases[] = {
      {"93.184.216.34", everyone},
      {"8.8.8.8", everyone},
      {"172.15.255.255", everyone},
      {"172.32.0.1", everyone},
      {"100.63.255.255", everyone},
      {"100.128.0.1", everyone},
      {"11.0.0.1", everyone},
      {"2606:4700::1111", everyone},
      {"2a00:1450:4001::200e", everyone},
      {"10.0.0.1", by_operator},
      {"10.255.255.255", by_operator},
      {"100.64.0.1", by_operator},
      {"100.127.255.255", by_operator},
      {"127.0.0.1", by_operator},
      {"127.1.2.3", by_operator},
      {"172.16.0.1", by_operator},
      {"172.31.255.255", by_operator},
      {"192.0.0.1", by_operator},
      {"192.0.2.1", by_operator},
      {"192.168.1.1", by_operator},
      {"198.18.0.1", by_operator},
      {"198.19.255.255", by_operator},
      {"::1", by_operator},
      {"fc00::1", by_operator},
      {"fdff:ffff::1", by_operator},
      {"::ffff:8.8.8.8", by_operator},
      {"::ffff:127.0.0.1", by_operator},
      {"::ffff:10.0.0.1", by_operator},
      {"::7f00:1", by_operator},
      {"64:ff9b::8.8.8.8", by_operator},
      {"2002:7f00:1::", by_operator},
      {"2001:db8::1", by_operator},
      {"2001::1", by_operator},
      {"fec0::1", by_operator},
      {"0.0.0.0", nobody},
      {"0.1.2.3", nobody},
      {"169.254.169.254", nobody},
      {"169.254.0.1", nobody},
      {"100.100.100.200", nobody},
      {"168.63.129.16", nobody},
      {"192.0.0.192", nobody},
      {"224.0.0.1", nobody},
      {"239.255.255.255", nobody},
      {"240.0.0.1", nobody},
      {"255.255.255.255", nobody},
      {"::", nobody},
      {"fe80::1", nobody},
      {"febf::1", nobody},
      {"ff02::1", nobody},
      {"fd00:ec2::254", nobody},
      {"::ffff:169.254.169.254", nobody},
      {"::ffff:0.0.0.0", nobody},
      {"::a9fe:a9fe", nobody},
      {"64:ff9b::a9fe:a9fe", nobody},
      {"2002:a9fe:a9fe::1", nobody},
      {"example.com", nobody},
      {"", nobody},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(may_reach(AddressRule::public_internet, each.address), each.reach == everyone) << each.address;
    EXPECT_EQ(may_reach(AddressRule::not_metadata, each.address), each.reach != nobody) << each.address;
    EXPECT_TRUE(may_reach(AddressRule::any, each.address)) << each.address;
  }
}

const OutgoingGuard guard({"127.0.0.1:8080", "hooks.internal", "[::1]:9000", "169.254.169.254"});

std::string refusal_of(std::string_view url) {
  try {
    guard.check(url);
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "http.forbidden_url");
    return error.message();
  }
}

TEST(OutgoingGuard, takes_https_and_what_the_operator_allows) {
  struct Case {
    const char* url;
    const char* base;
    const char* target;
    AddressRule rule;
  };
  constexpr Case cases[] = {
      {"https://hooks.example.com", "https://hooks.example.com", "/", AddressRule::public_internet},
      {"https://hooks.example.com:8443/a/b?c=d%20e", "https://hooks.example.com:8443", "/a/b?c=d%20e",
       AddressRule::public_internet},
      {"HTTPS://93.184.216.34/x", "HTTPS://93.184.216.34", "/x", AddressRule::public_internet},
      {"http://127.0.0.1:8080/x", "http://127.0.0.1:8080", "/x", AddressRule::not_metadata},
      {"http://hooks.internal/x", "http://hooks.internal", "/x", AddressRule::not_metadata},
      {"https://HOOKS.internal:443/", "https://HOOKS.internal:443", "/", AddressRule::not_metadata},
      {"http://[::1]:9000", "http://[::1]:9000", "/", AddressRule::not_metadata},
  };
  for (const Case& each : cases) {
    const OutgoingTarget target = guard.check(each.url);
    EXPECT_EQ(target.base_url, each.base);
    EXPECT_EQ(target.target, each.target);
    EXPECT_EQ(target.addresses, each.rule) << each.url;
  }
}

TEST(OutgoingGuard, refuses_everything_else) {
  constexpr const char* urls[] = {
      "",
      "hooks.example.com",
      "//hooks.example.com/x",
      "ftp://hooks.example.com",
      "file:///etc/passwd",
      "http://hooks.example.com/x",
      "http://hooks.internal:81/x",
      "http://127.0.0.1:8081/x",
      "https://127.0.0.1/x",
      "https://10.0.0.1/x",
      "https://[::1]/x",
      "https://[::ffff:127.0.0.1]/x",
      "https://[::ffff:169.254.169.254]/x",
      "https://[fc00::1]/x",
      "https://[fe80::1]/x",
      "https://%31%32%37.0.0.1/x",
      "https://169.254.169.254/latest/meta-data",
      "http://169.254.169.254/latest/meta-data",
      "https://0.0.0.0/x",
      "https://user:pass@hooks.example.com/x",
      "https://hooks.example.com@127.0.0.1/x",
      "https://hooks.example.com/x#part",
      "https://hooks.example.com:0/x",
      "https://hooks.example.com:99999/x",
      "https://hooks.example.com\\@127.0.0.1/",
      "https://hooks.example.com/a b",
      "https://hooks.example.com/\r\nX-Header: 1",
      "https://hooks.\texample.com/",
      "https:///x",
      "https://",
  };
  for (const char* url : urls) EXPECT_NE(refusal_of(url), "") << url;
}

/// Spellings that some program somewhere takes for an address of ours. What is no URL or a forbidden address is refused
/// here; what is left is a name to us, which is looked up and checked then (see Dial).
TEST(OutgoingGuard, is_not_fooled_by_spelling) {
  constexpr const char* hosts[] = {
      "127.0.0.1",
      "127.255.255.254",
      "10.1.2.3",
      "172.16.0.1",
      "192.168.0.1",
      "100.64.0.1",
      "169.254.169.254",
      "100.100.100.200",
      "168.63.129.16",
      "0.0.0.0",
      "224.0.0.1",
      "255.255.255.255",
      "[::1]",
      "[0:0:0:0:0:0:0:1]",
      "[0000:0000:0000:0000:0000:0000:0000:0001]",
      "[::]",
      "[::127.0.0.1]",
      "[::7f00:1]",
      "[::ffff:127.0.0.1]",
      "[::FFFF:7F00:1]",
      "[0:0:0:0:0:ffff:7f00:1]",
      "[::ffff:10.0.0.1]",
      "[::ffff:a9fe:a9fe]",
      "[::ffff:169.254.169.254]",
      "[64:ff9b::127.0.0.1]",
      "[64:ff9b::a9fe:a9fe]",
      "[64:ff9b:1::a9fe:a9fe]",
      "[2002:7f00:1::]",
      "[2002:a9fe:a9fe::1]",
      "[2002:c0a8:1::1]",
      "[2001::1]",
      "[fe80::1]",
      "[fe80::1%25lo]",
      "[fe80::1%lo]",
      "[fd00:ec2::254]",
      "[fc00::1]",
      "[ff02::1]",
      "[::1",
      "::1",
      "[127.0.0.1]",
      "[::1]evil",
      "[v1.127.0.0.1]",
      "user@127.0.0.1",
      "user:pw@169.254.169.254",
      "hooks.example.com@127.0.0.1",
      "hooks.example.com:443@127.0.0.1",
      "hooks.example.com%40127.0.0.1:80@127.0.0.1",
      "@127.0.0.1",
      "hooks.example.com\\@127.0.0.1",
      "127.0.0.1\\.hooks.example.com",
      "127.0.0.1#@hooks.example.com",
      "hooks.example.com:443:80",
      "hooks.example.com:",
      "hooks.example.com:0",
      "hooks.example.com:-1",
      "hooks.example.com:65536",
      "hooks.example.com:4 43",
      "hooks.example.com:0x50",
      "hooks.example.com: 443",
      " 127.0.0.1",
      "127.0.0.1 ",
      "127.0.0.1\t",
      "127.0.\t0.1",
      "127.0.0.1\n",
      "127.0.0.1\r\nHost: x",
      "hooks\u3002example\u3002com",
      "127\u30020\u30020\u30021",
      "127\uff0e0\uff0e0\uff0e1",
      "\u2460\u2461\u2466.0.0.1",
      "\u00bd.example.com",
      "ex\u00e4mple.com",
      "%31%32%37.0.0.1",
      "%5B::1%5D",
      "169.254.169.254%00.example.com",
      "hooks.example.com%0d%0aX: y",
      "hooks.example.com%",
      "hooks.example.com%zz",
  };
  for (const char* host : hosts) {
    for (const char* scheme : {"https://", "http://"}) {
      const std::string url = std::string(scheme) + host + "/latest";
      EXPECT_NE(refusal_of(url), "") << url;
    }
  }
}

/// Resolvers read these as 127.0.0.1 or a metadata service: so that they must remain names here, to be checked as
/// what they are found to be, and never have rights of their own.
TEST(OutgoingGuard, leaves_numbers_that_are_no_address_to_the_look_up) {
  for (const char* host : {"2130706433", "0x7f000001", "0x7f.1", "017700000001", "127.1", "127.0.1", "0177.0.0.1",
                           "0x7f.0.0.1", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "127.0.0.1.",
                           "169.254.169.254.", "localhost", "localhost.", "LOCALHOST"}) {
    const std::string url = "https://" + std::string(host) + "/";
    try {
      EXPECT_EQ(guard.check(url).addresses, AddressRule::public_internet) << url;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "http.forbidden_url") << url;
    }
    EXPECT_NE(refusal_of("http://" + std::string(host) + "/"), "") << host;
  }
}

}  // namespace
}  // namespace sluice
