#include "core/log.hpp"

#include <gtest/gtest.h>

namespace sluice {
namespace {

struct Case {
  const char* name;
  const char* text;
  const char* scrubbed;
};

TEST(Scrub, hides_what_looks_like_a_credential) {
  constexpr Case cases[] = {
      {"bearer", "sent Bearer eyJhbGci.x-_~+/=, got 401", "sent Bearer ***, got 401"},
      {"bearer, small letters", "bearer  abc", "bearer  ***"},
      {"header", "X-Auth-Token: a1b2c3", "X-Auth-Token: ***"},
      {"header without a space", "x-auth-token:a1b2c3\r\nHost: h", "x-auth-token:***\r\nHost: h"},
      {"header in JSON", R"({"X-Auth-Token": "a1b2c3", "Accept": "*"})", R"({"X-Auth-Token": "***", "Accept": "*"})"},
      {"header in JSON in JSON", R"("{\"X-Auth-Token\":\"a1b2c3\",\"n\":1}")",
       R"("{\"X-Auth-Token\":\"***\",\"n\":1}")"},
      {"authorization with bearer", "Authorization: Bearer abc def", "Authorization: Bearer *** def"},
      {"authorization with basic", "Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic ***"},
      {"authorization in JSON", R"({"Authorization":"Basic dXNlcjpwYXNz"})", R"({"Authorization":"Basic ***"})"},
      {"own token", "token slc_AbC-123_x is revoked", "token slc_*** is revoked"},
      {"signing secret", "with whsec_C2FVsBQIhrscChlQIMV+b5s= it", "with whsec_*** it"},
      {"connection string", "host=db password=hunter2 user=u", "host=db password=*** user=u"},
      {"separators in a bare password", "password=a;b,c&d}'e dbname=x", "password=*** dbname=x"},
      {"quoted password", "password='it\\'s a secret' user=u", "password='***' user=u"},
      {"quotation that never ends", "password='open", "password='***"},
      {"blanks around the sign", "password = hunter2", "password = ***"},
      {"environment", "PGPASSWORD=hunter2 psql", "PGPASSWORD=*** psql"},
      {"URL", "postgres://app:hunter2@db.example/x?a=b", "postgres://app:***@db.example/x?a=b"},
      {"URL without a user", "redis://:hunter2@h", "redis://:***@h"},
      {"URL with an '@' in the password", "postgres://app:p@ss@db/x", "postgres://app:***@db/x"},
      {"URL with a '/' in the password", "postgres://app:pa/ss@db/x", "postgres://app:***@db/x"},
      {"URL with digits for a password", "postgres://app:12345@db:5432/x", "postgres://app:***@db:5432/x"},
      {"URL in quotes", "cannot reach \"postgres://a:b@c\" now", "cannot reach \"postgres://a:***@c\" now"},
      {"query parameter", "GET /x?access_token=abc", "GET /x?access_token=***"},
      {"several", "slc_a slc_b password=c", "slc_*** slc_*** password=***"},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(item.name);

    EXPECT_EQ(scrub(item.text), item.scrubbed);
  }
}

TEST(Scrub, leaves_everything_else_alone) {
  for (const char* text : {
           "",
           "orders",
           "https://api.bigcommerce.com/stores/abc/v3/catalog/products?page=2",
           "http://localhost:8080/readyz",
           "http://localhost:8080/?mail=a@b.example",
           "http://[::1]:8080/x",
           "mailto:someone@example.com",
           "password authentication failed for user \"app\"",
           "bearers of news",
           "Bearer",
           "bearer:",
           "password",
           "password=",
           "postgres://app@db/x",
           "https://h/a:b@c",
           "ftp://",
           "ünïcode ✓",
       }) {
    SCOPED_TRACE(text);

    EXPECT_EQ(scrub(text), text);
  }
}

}  // namespace
}  // namespace sluice
