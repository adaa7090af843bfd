#include "connectors/bigcommerce/credentials.hpp"

#include "core/error.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace sluice {
namespace {

const std::string token = "0a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5";
const std::string client = "q1w2e3r4t5y6u7i8o9p0a1s2d3f4g5h";

constexpr std::string_view base_url = "https://api.bigcommerce.com";

Credentials parse(const Json& body) { return parse_bigcommerce_credentials(body, base_url); }

std::vector<Problem> problems_of(const Json& body) {
  try {
    parse(body);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::config);
    EXPECT_EQ(error.code(), "credentials.invalid");
    return error.problems();
  }
  return {};
}

/// "pointer code" of the only problem.
std::string problem_of(const Json& body) {
  const auto problems = problems_of(body);
  return problems.size() == 1 ? problems[0].pointer + " " + problems[0].code
                              : std::to_string(problems.size()) + " problems";
}

TEST(StoreHash, is_read_from_all_that_people_paste) {
  const std::pair<const char*, std::optional<std::string>> cases[] = {
      {"abc123", "abc123"},
      {"  abc123\n", "abc123"},
      {"ABC123", "abc123"},
      {"https://api.bigcommerce.com/stores/abc123/v3/", "abc123"},
      {"https://api.bigcommerce.com/stores/abc123/v3", "abc123"},
      {"https://api.bigcommerce.com/stores/abc123/v2/", "abc123"},
      {"https://api.bigcommerce.com/stores/abc123/", "abc123"},
      {"http://API.bigcommerce.com/stores/abc123", "abc123"},
      {"api.bigcommerce.com/stores/abc123/v3/", "abc123"},
      {"store-abc123.mybigcommerce.com", "abc123"},
      {"https://store-abc123.mybigcommerce.com/", "abc123"},
      {"https://evil.example/stores/abc123/v3/", std::nullopt},
      {"https://api.bigcommerce.com.evil.example/stores/abc123/v3/", std::nullopt},
      {"https://api.bigcommerce.com@evil.example/stores/abc123/v3/", std::nullopt},
      {"https://api.bigcommerce.com/stores/abc123/v3/catalog", std::nullopt},
      {"https://api.bigcommerce.com/stores/../abc123", std::nullopt},
      {"https://api.bigcommerce.com/stores/", std::nullopt},
      {"store-abc123.mybigcommerce.com.evil.example", std::nullopt},
      {"https://abc123", std::nullopt},
      {"abc-123", std::nullopt},
      {"abc 123", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& [text, hash] : cases) EXPECT_EQ(parse_store_hash(text, base_url), hash) << text;
}

TEST(StoreHash, may_stand_in_an_address_of_the_configured_host) {
  EXPECT_EQ(parse_store_hash("http://127.0.0.1:4010/stores/sample/v3/", "http://127.0.0.1:4010"), "sample");
  EXPECT_EQ(parse_store_hash("http://127.0.0.1:40100/stores/sample/v3/", "http://127.0.0.1:4010"), std::nullopt);
  EXPECT_EQ(parse_store_hash("http://127.0.0.1:4010/stores/sample/v3/", base_url), std::nullopt);
}

TEST(Credentials, are_taken_by_name) {
  const auto credentials = parse({{"store_hash", "abc123"}, {"client_id", client}, {"access_token", token}});

  EXPECT_EQ(credentials.account, "abc123");
  EXPECT_EQ(credentials.client_id, client);
  EXPECT_TRUE(credentials.access_token.equals(token));
}

TEST(Credentials, need_no_client_id) {
  const auto credentials = parse({{"store_hash", "abc123"}, {"access_token", token}});

  EXPECT_EQ(credentials.client_id, "");
}

TEST(Credentials, take_the_api_path_in_place_of_the_hash) {
  const auto credentials =
      parse({{"api_path", "https://api.bigcommerce.com/stores/abc123/v3/"}, {"access_token", " " + token + "\n"}});

  EXPECT_EQ(credentials.account, "abc123");
  EXPECT_TRUE(credentials.access_token.equals(token));
}

TEST(Credentials, are_read_from_the_file_in_all_its_shapes) {
  const std::string path = "https://api.bigcommerce.com/stores/abc123/v3/";
  const std::pair<const char*, std::string> files[] = {
      {"as documented", "ACCESS TOKEN: " + token + "\nCLIENT NAME: products read-write\nAPI PATH: " + path +
                            "\nCLIENT ID: " + client + "\nCLIENT SECRET: 00ff\n"},
      {"Windows line ends", "ACCESS TOKEN: " + token + "\r\nCLIENT ID: " + client +
                                "\r\nCLIENT SECRET: 00ff\r\nNAME: x\r\nAPI PATH: " + path + "\r\n"},
      {"byte order mark",
       "\xEF\xBB\xBF"
       "ACCESS TOKEN: " +
           token + "\nCLIENT ID: " + client + "\nAPI PATH: " + path},
      {"one line", "ACCESS TOKEN: " + token + " CLIENT NAME: my shop CLIENT ID: " + client +
                       " CLIENT SECRET: 00ff NAME: my shop API PATH: " + path},
      {"another order",
       "API PATH: " + path + "\nNAME: CLIENT of ours\nCLIENT ID: " + client + "\nACCESS TOKEN: " + token},
      {"lower case", "access token:" + token + "\nclient id:" + client + "\napi path:" + path},
      {"blank lines and keys of other kinds",
       "\n\nACCESS TOKEN:   " + token + "\n\nREGION: eu\nCLIENT ID: " + client + "\n\nAPI PATH: " + path + "\n\n"},
      {"values on lines of their own", "ACCESS TOKEN:\n" + token + "\nCLIENT ID:\n" + client + "\nAPI PATH:\n" + path},
  };
  for (const auto& [name, text] : files) {
    SCOPED_TRACE(name);
    ASSERT_EQ(problems_of({{"credentials_file", text}}).size(), 0U);
    const auto credentials = parse({{"credentials_file", text}});
    EXPECT_EQ(credentials.account, "abc123");
    EXPECT_EQ(credentials.client_id, client);
    EXPECT_TRUE(credentials.access_token.equals(token));
  }
}

TEST(Credentials, say_what_is_wrong_and_where) {
  const std::string path = "https://api.bigcommerce.com/stores/abc123/v3/";
  const std::pair<Json, const char*> cases[] = {
      {Json::array(), " invalid"},
      {Json("abc123"), " invalid"},
      {{{"access_token", token}}, "/store_hash missing"},
      {{{"store_hash", "abc123"}}, "/access_token missing"},
      {{{"store_hash", "abc123"}, {"access_token", "  "}}, "/access_token missing"},
      {{{"store_hash", 7}, {"access_token", token}}, "/store_hash invalid"},
      {{{"store_hash", "abc/../123"}, {"access_token", token}}, "/store_hash foreign_host"},
      {{{"store_hash", "abc_123"}, {"access_token", token}}, "/store_hash invalid"},
      {{{"api_path", "https://evil.example/stores/abc123/v3/"}, {"access_token", token}}, "/api_path foreign_host"},
      {{{"store_hash", "def456"}, {"api_path", path}, {"access_token", token}}, "/api_path conflict"},
      {{{"store_hash", "abc123"}, {"access_token", "two words"}}, "/access_token invalid"},
      {{{"store_hash", "abc123"}, {"access_token", "line\r\nX-Evil: 1"}}, "/access_token invalid"},
      {{{"store_hash", "abc123"}, {"access_token", token}, {"client_id", "a b"}}, "/client_id invalid"},
      {{{"store_hash", "abc123"}, {"acces_token", token}, {"access_token", token}}, "/acces_token unknown_member"},
      {{{"credentials_file", "API PATH: " + path}}, "/credentials_file missing"},
      {{{"credentials_file", "ACCESS TOKEN: " + token}}, "/credentials_file missing"},
      {{{"credentials_file", "ACCESS TOKEN: " + token + "\nAPI PATH: https://evil.example/stores/a/v3/"}},
       "/credentials_file foreign_host"},
      {{{"credentials_file", std::string(20'000, 'x')}}, "/credentials_file too_long"},
      {{{"credentials_file", "ACCESS TOKEN: " + token + "\nAPI PATH: " + path}, {"access_token", token}},
       "/access_token conflict"},
  };
  for (const auto& [body, problem] : cases) EXPECT_EQ(problem_of(body), problem) << body.dump();
}

TEST(Credentials, name_the_member_that_was_meant) {
  const auto problems = problems_of({{"store_hash", "abc123"}, {"access_tokn", token}});

  ASSERT_EQ(problems.size(), 2U);
  EXPECT_NE(problems[0].detail.find("did you mean \"access_token\"?"), std::string::npos) << problems[0].detail;
}

TEST(Credentials, never_show_the_token_in_a_message) {
  for (const Json& body : {Json{{"store_hash", token + "!"}, {"access_token", token + " x"}},
                           Json{{"credentials_file", "ACCESS TOKEN: " + token + "\nAPI PATH: " + token + "/x"}}}) {
    for (const Problem& problem : problems_of(body)) EXPECT_EQ(problem.detail.find(token), std::string::npos);
  }
}

TEST(Credentials, have_a_schema_that_names_every_member) {
  const Json schema = bigcommerce_credentials_schema();

  EXPECT_EQ(schema.at("additionalProperties"), false);
  EXPECT_EQ(schema.at("properties").size(), 5U);
  EXPECT_EQ(schema.at("anyOf").at(2).dump(), R"({"required":["credentials_file"]})");
}

}  // namespace
}  // namespace sluice
