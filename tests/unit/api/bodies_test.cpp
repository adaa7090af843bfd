#include "api/json_body.hpp"
#include "api/problem.hpp"
#include "api/shapes.hpp"

#include <gtest/gtest.h>

namespace sluice::api {
namespace {

std::string complaints(const char* shape, const Json& body) {
  std::vector<Problem> problems;
  check(find_shape(shape), body, "", problems);
  std::string all;
  for (const Problem& problem : problems) all += problem.pointer + ":" + problem.code + " ";
  return all;
}

TEST(Bodies, list_everything_that_is_wrong_with_its_pointer) {
  struct Case {
    const char* shape;
    Json body;
    const char* complaints;
  };
  const Case cases[] = {
      {"new_integration", {{"name", "a"}, {"connector", "c"}}, ""},
      {"new_integration", Json::object(), "/name:missing_member /connector:missing_member "},
      {"new_integration",
       {{"name", ""}, {"connector", 1}, {"nme", 1}},
       "/name:too_short /connector:wrong_type /nme:unknown_member "},
      {"new_integration", {{"name", std::string("a\0b", 3)}, {"connector", "c"}}, "/name:bad_characters "},
      {"new_integration", {{"name", std::string(64, 'a')}, {"connector", "c"}}, "/name:too_long "},
      {"new_integration", {{"name", "a"}, {"connector", "c"}, {"frequency", nullptr}}, "/frequency:wrong_type "},
      {"new_integration", {{"name", "a"}, {"connector", "c"}, {"frequency", {{"cron", "@daily"}}}}, ""},
      {"new_integration",
       {{"name", "a"}, {"connector", "c"}, {"frequency", {{"time_zone", "UTC"}, {"corn", 1}}}},
       "/frequency/cron:missing_member /frequency/corn:unknown_member "},
      {"new_integration", {{"name", "a"}, {"connector", "c"}, {"frequency", 5}}, "/frequency:wrong_type "},
      {"integration_change", {{"frequency", {{"time_zone", "UTC"}}}, {"quiet_hours", nullptr}}, ""},
      {"integration_change",
       {{"quiet_hours", {{{"from", "22:00"}, {"days", {"mo"}}}}}},
       "/quiet_hours/0/to:missing_member /quiet_hours/0/days/0:not_allowed "},
      {"pause", {{"mode", "soon"}, {"until", "tomorrow"}}, "/mode:not_allowed /until:bad_form "},
      {"selection", {{"tables", {{{"name", "o"}, {"frequency", nullptr}}}}}, ""},
      {"new_integration", {{"name", "a"}, {"connector", "c"}, {"start_date", nullptr}}, ""},
      {"new_integration", {{"name", "a"}, {"connector", "c"}, {"start_date", "yesterday"}}, "/start_date:bad_form "},
      {"new_integration",
       {{"name", "a"}, {"connector", "c"}, {"destination", {{"destination", {{"name", "w"}}}}}},
       "/destination/destination/parameters:missing_member "},
      {"selection", {{"tables", "*"}}, ""},
      {"selection", {{"tables", "all"}}, "/tables:not_allowed "},
      {"selection", {{"tables", 1}}, "/tables:wrong_type "},
      {"selection", {{"tables", {{{"name", "o"}, {"fields", {"id", 1}}}}}}, "/tables/0/fields/1:wrong_type "},
      {"selection", {{"tables", {{{"name", "o"}, {"fields", Json::array()}}}}}, "/tables/0/fields:too_few "},
      {"integration_change", {{"name", "b"}}, "/name:immutable_field "},
      {"new_token", {{"name", "n"}, {"scope", "root"}}, "/scope:not_allowed "},
      {"clone", {{"name", "b"}, {"credentials", false}, {"confirm", true}}, ""},
      {"clone",
       {{"name", "b"}, {"credentials", "no"}, {"confrim", true}},
       "/credentials:wrong_type /confrim:unknown_member "},
      {"declaration", {{"version", 2}}, "/version:out_of_range "},
      {"declaration",
       {{"version", 1},
        {"destinations", {{{"name", "w"}, {"parameters", Json::object()}, {"password", {{"file", "x"}}}}}}},
       "/destinations/0/password/file:unknown_member "},
      {"nothing", {{"a~/b", 1}}, "/a~0~1b:unknown_member "},
  };
  for (const Case& each : cases) EXPECT_EQ(complaints(each.shape, each.body), each.complaints) << each.body;
}

TEST(Bodies, name_the_nearest_known_member) {
  std::vector<Problem> problems;
  check(find_shape("pause"), {{"reson", "x"}}, "", problems);

  ASSERT_EQ(problems.size(), 1U);
  EXPECT_NE(problems[0].detail.find("did you mean \"reason\""), std::string::npos);
}

std::string refusal_of(std::string_view text) {
  try {
    parse_body(text);
    return "";
  } catch (const Error& error) {
    return std::string(problem_of(error).code) + ": " + error.message();
  }
}

TEST(Bodies, are_json_objects_within_limits) {
  EXPECT_EQ(refusal_of(""), "");
  EXPECT_EQ(refusal_of(" {}\n"), "");
  EXPECT_EQ(refusal_of("{\"a\":" + std::string(31, '[') + std::string(31, ']') + "}"), "");
  EXPECT_NE(refusal_of("{\"a\":" + std::string(32, '[') + std::string(32, ']') + "}").find("32 levels"),
            std::string::npos);
  EXPECT_NE(refusal_of("{\"a\": }").find("line 1, column 7"), std::string::npos) << refusal_of("{\"a\": }");
  EXPECT_NE(refusal_of("{\n\"a\": nul}").find("line 2"), std::string::npos);
  EXPECT_NE(refusal_of("[]").find("object"), std::string::npos);
  EXPECT_NE(refusal_of("{\"a\":1e999}").find("bad_json"), std::string::npos);
  EXPECT_NE(refusal_of("{\"a\":\"\xff\"}").find("bad_json"), std::string::npos);
  EXPECT_TRUE(refusal_of(std::string(body_limit + 1, ' ')).starts_with("body_too_large"));
}

TEST(Shapes, name_only_shapes_that_exist) {
  for (const NamedShapes* shapes : {&body_shapes(), &answer_shapes()}) {
    for (const auto& [name, shape] : *shapes) EXPECT_FALSE(to_schema(shape).is_null()) << name;
  }
  EXPECT_THROW(find_shape("nowhere"), Error);
}

}  // namespace
}  // namespace sluice::api
