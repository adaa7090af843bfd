#include "server/exposure.hpp"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(Exposure, reads_addresses) {
  struct Case {
    const char* text;
    const char* address;  // "" = refused
    int port;
  };
  for (const Case& c :
       {Case{"127.0.0.1:8080", "127.0.0.1", 8080}, Case{"[::1]:80", "::1", 80}, Case{":9", "0.0.0.0", 9},
        Case{"localhost:0", "127.0.0.1", 0}, Case{"127.0.0.1", "", 0}, Case{"127.0.0.1:70000", "", 0},
        Case{"host.example:80", "", 0}, Case{"127.0.0.1:8x", "", 0}, Case{"", "", 0}}) {
    const auto listen = parse_listen_address(c.text);
    EXPECT_EQ(listen ? listen->address : "", c.address) << c.text;
    if (listen) EXPECT_EQ(listen->port, c.port) << c.text;
  }
}

TEST(Exposure, lets_others_in_only_through_tls_or_a_proxy) {
  struct Case {
    const char* address;
    bool tls;
    bool proxy;
    bool refused;
  };
  for (const Case& c :
       {Case{"127.0.0.1", false, false, false}, Case{"::1", false, false, false}, Case{"0.0.0.0", false, false, true},
        Case{"10.0.0.1", false, false, true}, Case{"::", false, false, true}, Case{"0.0.0.0", true, false, false},
        Case{"0.0.0.0", false, true, false}}) {
    EXPECT_EQ(check_exposure({c.address, 1}, c.tls, c.proxy).has_value(), c.refused) << c.address;
  }
}

TEST(SourceHost, sends_tokens_to_listed_hosts_only) {
  const std::vector<std::string> allowed{"api.bigcommerce.com", "127.0.0.1:4010", "localhost:4010",
                                         "shop.example:8443"};
  struct Case {
    const char* url;
    const char* code;  // "" = fine
  };
  for (const Case& c : {
           Case{"https://api.bigcommerce.com", ""},
           Case{"https://API.bigcommerce.com/", ""},
           Case{"https://api.bigcommerce.com:443", ""},
           Case{"http://127.0.0.1:4010", ""},
           Case{"http://localhost:4010", ""},
           Case{"https://shop.example:8443", ""},
           Case{"http://shop.example:8443", "config.source_without_tls"},
           Case{"http://api.bigcommerce.com", "config.source_without_tls"},
           Case{"https://api.bigcommerce.com:8443", "config.host_not_allowed"},
           Case{"https://api.bigcommerce.com.evil.example", "config.host_not_allowed"},
           Case{"https://evil.example", "config.host_not_allowed"},
           Case{"https://api.bigcommerce.com@evil.example", "config.bad_url"},
           Case{"https://user@api.bigcommerce.com", "config.bad_url"},
           Case{"https://api.bigcommerce.com/stores/abc", "config.bad_url"},
           Case{"ftp://api.bigcommerce.com", "config.bad_url"},
           Case{"api.bigcommerce.com", "config.bad_url"},
           Case{"https://", "config.bad_url"},
           Case{"http://127.0.0.1:4011", "config.host_not_allowed"},
       }) {
    const auto problem = check_source_host(c.url, allowed);
    EXPECT_EQ(problem ? problem->code : "", c.code) << c.url;
  }
}

}  // namespace
}  // namespace sluice
