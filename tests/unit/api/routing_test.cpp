#include "api/cursor.hpp"
#include "api/route.hpp"
#include "api/router.hpp"
#include "api/shapes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace sluice::api {
namespace {

TEST(Router, finds_paths_and_decodes_what_they_name) {
  struct Case {
    const char* pattern;
    const char* path;
    bool matches;
    std::string value;
  };
  const Case cases[] = {
      {"/livez", "/livez", true, ""},
      {"/livez", "/livez/", false, ""},
      {"/livez", "/Livez", false, ""},
      {"/v1/runs/{run}", "/v1/runs/run_1", true, "run_1"},
      {"/v1/runs/{run}", "/v1/runs/", false, ""},
      {"/v1/runs/{run}", "/v1/runs/a%20b", true, "a b"},
      {"/v1/runs/{run}", "/v1/runs/a%2Fb", true, "a/b"},
      {"/v1/runs/{run}", "/v1/runs/a%00b", false, ""},
      {"/v1/runs/{run}", "/v1/runs/%ff", false, ""},
      {"/v1/runs/{run}", "/v1/runs/%z", false, ""},
      {"/v1/runs/{run}", "/v1/runs/a/b", false, ""},
      {"/v1/jobs/{job}/logs", "/v1/jobs/j/logs", true, "j"},
      {"/v1/jobs/{job}/logs", "/v1/jobs/j/log", false, ""},
  };
  for (const Case& each : cases) {
    PathValues values;
    EXPECT_EQ(match_path(each.pattern, each.path, values), each.matches) << each.pattern << " " << each.path;
    if (each.matches && !each.value.empty()) EXPECT_EQ(values.at(0).second, each.value);
  }
}

TEST(Router, tells_a_wrong_method_from_a_wrong_path) {
  EXPECT_TRUE(match(routes(), "GET", "/v1/nothing").allowed.empty());
  const Match wrong = match(routes(), "DELETE", "/v1/integrations");
  EXPECT_EQ(wrong.route, nullptr);
  EXPECT_EQ(wrong.allowed, (std::vector<std::string>{"GET", "HEAD", "POST", "OPTIONS"}));
  EXPECT_EQ(match(routes(), "HEAD", "/v1/integrations").route->method, "GET");
}

TEST(Routes, are_whole_and_named_once) {
  std::set<std::string> seen;
  for (const Route& route : routes()) {
    const std::string name = std::string(route.method) + " " + std::string(route.path);
    EXPECT_TRUE(seen.insert(name).second) << name;
    EXPECT_NE(route.handler, nullptr) << name;
    EXPECT_FALSE(route.statuses.empty()) << name;
    EXPECT_FALSE(route.summary.empty()) << name;
    if (!route.body.empty()) EXPECT_NO_THROW(find_shape(route.body)) << name;
    if (!route.answer.empty()) EXPECT_NO_THROW(find_shape(route.answer)) << name;
    EXPECT_EQ(route.scope.has_value(), route.path.starts_with("/v1/")) << name;
    const bool overwrites = route.method == "PUT" || route.method == "PATCH" || route.method == "DELETE";
    const bool has_no_version = route.path.starts_with("/v1/tokens") || route.path.starts_with("/v1/webhooks") ||
                                route.path.starts_with("/v1/loggers") || route.path.ends_with("/checkpoint");
    EXPECT_EQ(route.precondition == Precondition::if_match, overwrites && !has_no_version) << name;
    if (route.method != "GET") EXPECT_GT(*route.scope, TokenScope::read) << name;
  }
}

TEST(Cursor, fits_its_own_list_only) {
  const std::string cursor = encode_cursor("/v1/jobs", "job_01");

  EXPECT_EQ(decode_cursor("/v1/jobs", cursor), "job_01");
  EXPECT_EQ(decode_cursor("/v1/runs", cursor), std::nullopt);
  for (const std::string& bad :
       {std::string(), std::string("!!"), std::string("am9i"), cursor + "*", std::string(2000, 'a')}) {
    EXPECT_EQ(decode_cursor("/v1/jobs", bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace sluice::api
