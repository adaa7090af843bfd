#include "api/admission.hpp"
#include "api/etag.hpp"
#include "api/media.hpp"
#include "api/problem.hpp"
#include "api/waiting.hpp"
#include "core/json.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace sluice::api {
namespace {

TEST(ETag, decides_about_conditions) {
  struct Case {
    const char* header;
    bool if_match;
    bool if_none_match;
  };
  const Case cases[] = {
      {"*", true, true},        {"\"7\"", true, true}, {"\"6\"", false, false}, {"\"6\", \"7\"", true, true},
      {"W/\"7\"", false, true}, {"7", false, false},   {"", false, false},      {"\"77\"", false, false},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(fits_if_match(each.header, 7), each.if_match) << each.header;
    EXPECT_EQ(fits_if_none_match(each.header, 7), each.if_none_match) << each.header;
  }
}

TEST(Media, takes_the_heaviest_form_that_is_offered) {
  constexpr std::array<std::string_view, 2> offered{"application/json", "application/x-ndjson"};
  const std::pair<const char*, const char*> cases[] = {
      {"", "application/json"},
      {"*/*", "application/json"},
      {"application/x-ndjson", "application/x-ndjson"},
      {"application/json;q=0.5, application/x-ndjson", "application/x-ndjson"},
      {"application/*", "application/json"},
      {"application/json;q=0, */*", "application/x-ndjson"},
      {"text/html", ""},
      {"APPLICATION/JSON", "application/json"},
  };
  for (const auto& [accept, chosen] : cases) EXPECT_EQ(choose_media(accept, offered), chosen) << accept;
}

TEST(Media, knows_json) {
  for (const char* type : {"application/json", "application/json; charset=utf-8", "application/merge-patch+json"})
    EXPECT_TRUE(is_json_media(type)) << type;
  for (const char* type : {"", "text/plain", "+json", "application/jsonx"}) EXPECT_FALSE(is_json_media(type)) << type;
}

TEST(Problems, say_what_errors_of_other_folders_mean) {
  struct Case {
    ErrorKind kind;
    const char* code;
    int status;
    const char* problem;
  };
  const Case cases[] = {
      {ErrorKind::conflict, "integration.name_taken", 409, "name_taken"},
      {ErrorKind::conflict, "integration.changed", 412, "changed"},
      {ErrorKind::conflict, "integration.something_new", 409, "conflict"},
      {ErrorKind::missing, "integration.unknown", 404, "not_found"},
      {ErrorKind::auth, "source.auth_failed", 422, "source_auth_failed"},
      {ErrorKind::transient, "source.unreachable", 502, "source_unreachable"},
      {ErrorKind::transient, "http.timeout", 502, "source_unreachable"},
      {ErrorKind::throttled, "source.throttled", 429, "source_throttled"},
      {ErrorKind::transient, "destination.unreachable", 502, "destination_unreachable"},
      {ErrorKind::transient, "destination.disk_full", 502, "destination_unreachable"},
      {ErrorKind::config, "destination.no_embedded", 422, "destination_unusable"},
      {ErrorKind::config, "destination.foreign_table", 409, "foreign_table"},
      {ErrorKind::transient, "database.unreachable", 503, "unavailable"},
      {ErrorKind::cancelled, "task.cancelled", 503, "draining"},
      {ErrorKind::bug, "internal.exception", 500, "internal"},
      {ErrorKind::config, "request.bad_cursor", 400, "bad_cursor"},
      {ErrorKind::config, "request.no_such_code", 500, "internal"},
  };
  for (const Case& each : cases) {
    const auto& kind = problem_of(Error(each.kind, each.code, "text"));
    EXPECT_EQ(kind.code, each.problem) << each.code;
    EXPECT_EQ(kind.status, each.status) << each.code;
  }
}

TEST(Problems, never_tell_what_is_inside) {
  const auto bug = problem_answer(Error(ErrorKind::bug, "database.refused", "relation sluice.secrets"), "req_1");
  EXPECT_EQ(bug.body.find("sluice.secrets"), std::string::npos);
  EXPECT_EQ(Json::parse(bug.body)["request_id"], "req_1");
  const auto leaky =
      problem_answer(Error(ErrorKind::transient, "destination.unreachable", "postgres://u:hunter2@host/db"), "");
  EXPECT_EQ(leaky.body.find("hunter2"), std::string::npos);
}

TEST(Problems, give_the_whole_body_the_code_of_its_parts) {
  const auto code_of = [](std::vector<Problem> problems) {
    return std::string(problem_of(body_refusal(std::move(problems))).code);
  };
  EXPECT_EQ(code_of({{"/a", "unknown_table", ""}, {"/b", "unknown_table", ""}}), "unknown_table");
  EXPECT_EQ(code_of({{"/a", "unknown_table", ""}, {"/b", "wrong_type", ""}}), "invalid_body");
  EXPECT_EQ(code_of({{"/a", "wrong_type", ""}}), "invalid_body");
  EXPECT_EQ(code_of({{"/a", "wrong_type", ""}, {"/b", "unknown_member", ""}}), "unknown_member");
}

TEST(Problems, are_listed_once_each_with_a_remedy) {
  std::set<std::string_view> seen;
  for (const ProblemKind& kind : problem_kinds()) {
    EXPECT_TRUE(seen.insert(kind.code).second) << kind.code;
    EXPECT_GE(kind.status, 400) << kind.code;
    EXPECT_FALSE(kind.title.empty() || kind.hint.empty()) << kind.code;
  }
}

TEST(Preference, is_a_wait_of_a_minute_at_most) {
  using namespace std::chrono_literals;
  const std::pair<const char*, std::optional<Duration>> cases[] = {
      {"wait=30", 30s},         {"respond-async, wait=5", 5s}, {"Wait=90", 60s},
      {"wait=0", std::nullopt}, {"wait=x", std::nullopt},      {"handling=lenient", std::nullopt},
  };
  for (const auto& [value, wait] : cases) EXPECT_EQ(preferred_wait({{"Prefer", value}}), wait) << value;
}

TEST(Admission, reads_the_token_and_slows_guessers_down) {
  EXPECT_EQ(bearer_of({{"Authorization", "Bearer slc_1"}}).reveal(), "slc_1");
  EXPECT_EQ(bearer_of({{"authorization", "bearer  slc_1"}}).reveal(), "slc_1");
  for (const char* bad : {"", "Basic slc_1", "Bearer", "Bearer  "})
    EXPECT_TRUE(bearer_of({{"Authorization", bad}}).empty()) << bad;
  EXPECT_EQ(failure_delay(3).count(), 0);
  EXPECT_GT(failure_delay(5), failure_delay(4));
  EXPECT_EQ(failure_delay(1000).count(), 2000);
}

}  // namespace
}  // namespace sluice::api
