#include "core/http.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace sluice {
namespace {

using namespace std::string_literals;
using Query = std::vector<std::pair<std::string, std::string>>;

TEST(Headers, compare_names_without_regard_to_case) {
  const Headers headers{{"X-Rate-Limit-Requests-Left", "7"}};

  EXPECT_EQ(headers.find("x-rate-limit-requests-left"), "7");
  EXPECT_EQ(headers.find("x-rate-limit"), std::nullopt);
}

TEST(Headers, keep_order_and_repetition) {
  Headers headers;

  headers.add("Set-Cookie", "a");
  headers.add("Date", "today");
  headers.add("set-cookie", "b");

  EXPECT_EQ(headers.find("SET-COOKIE"), "a");
  const Query expected{{"Set-Cookie", "a"}, {"Date", "today"}, {"set-cookie", "b"}};
  EXPECT_EQ(Query(headers.begin(), headers.end()), expected);
}

TEST(Headers, setting_a_name_replaces_every_value_under_it) {
  Headers headers{{"Accept", "text/html"}, {"accept", "text/plain"}, {"Host", "h"}};

  headers.set("ACCEPT", "application/json");

  const Query expected{{"Host", "h"}, {"ACCEPT", "application/json"}};
  EXPECT_EQ(Query(headers.begin(), headers.end()), expected);
}

TEST(PercentEncoding, encodes_all_but_the_unreserved_characters) {
  struct Case {
    const char* name;
    std::string plain;
    std::string encoded;
  };
  const Case cases[] = {
      {"unreserved", "AZaz09-._~", "AZaz09-._~"},
      {"a space is not a plus", "a b", "a%20b"},
      {"a plus would be read as a space", "+00:00", "%2B00%3A00"},
      {"separators", "a/b?c=d&e#f", "a%2Fb%3Fc%3Dd%26e%23f"},
      {"percent itself", "100%", "100%25"},
      {"UTF-8 byte by byte", "é", "%C3%A9"},
      {"NUL", "a\0b"s, "a%00b"},
      {"nothing", "", ""},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(item.name);

    EXPECT_EQ(percent_encode(item.plain), item.encoded);
    EXPECT_EQ(percent_decode(item.encoded), item.plain);
  }
}

TEST(PercentEncoding, decodes_small_letters_and_leaves_a_plus_alone) {
  EXPECT_EQ(percent_decode("%c3%A9"), "é");
  EXPECT_EQ(percent_decode("a+b"), "a+b");
}

TEST(PercentEncoding, refuses_malformed_escapes) {
  for (const char* text : {"%", "a%2", "%zz", "%2g", "%g2", "%%20", "% 20"}) {
    SCOPED_TRACE(text);

    EXPECT_EQ(percent_decode(text), std::nullopt);
  }
}

TEST(RequestTarget, splits_into_path_and_decoded_query) {
  struct Case {
    const char* name;
    const char* target;
    std::string path;
    Query query;
  };
  const Case cases[] = {
      {"path alone", "/v2/orders", "/v2/orders", {}},
      {"the path stays encoded", "/a%2Fb?x=%2F", "/a%2Fb", {{"x", "/"}}},
      {"several", "/o?page=2&limit=250", "/o", {{"page", "2"}, {"limit", "250"}}},
      {"names repeat and are decoded", "/o?id%3Ain=1&id%3Ain=2", "/o", {{"id:in", "1"}, {"id:in", "2"}}},
      {"no value", "/o?flag&empty=", "/o", {{"flag", ""}, {"empty", ""}}},
      {"only the first '=' separates", "/o?a=b=c", "/o", {{"a", "b=c"}}},
      {"empty items do not count", "/o?&a=1&&", "/o", {{"a", "1"}}},
      {"empty query", "/o?", "/o", {}},
      {"a second '?' belongs to the value", "/o?a=?", "/o", {{"a", "?"}}},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(item.name);

    const auto target = parse_target(item.target);

    ASSERT_TRUE(target.has_value());
    EXPECT_EQ(target->path, item.path);
    EXPECT_EQ(target->query, item.query);
  }
}

TEST(RequestTarget, is_refused_with_a_malformed_escape_in_its_query) {
  EXPECT_FALSE(parse_target("/o?a=%").has_value());
  EXPECT_FALSE(parse_target("/o?%zz=1").has_value());
}

TEST(EqualIgnoringCase, folds_ascii_letters_only) {
  EXPECT_TRUE(equal_ignoring_case("Content-Type", "content-TYPE"));
  EXPECT_FALSE(equal_ignoring_case("Content-Type", "Content-Typ"));
  EXPECT_FALSE(equal_ignoring_case("[", "{"));
  EXPECT_FALSE(equal_ignoring_case("É", "é"));
}

}  // namespace
}  // namespace sluice
