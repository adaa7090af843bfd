#include "connectors/rest/verdict.hpp"

#include "tests/support/scripted_http.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice {

std::ostream& operator<<(std::ostream& out, Action action) {
  constexpr const char* names[] = {"use", "end", "wait", "retry", "fail"};
  return out << names[static_cast<int>(action)];
}

namespace {

struct Case {
  const char* name;
  int status;
  Action action;
  ErrorKind kind;
  const char* code;
};

class VerdictByStatus : public testing::TestWithParam<Case> {};

TEST_P(VerdictByStatus, is_as_the_source_means_it) {
  const auto verdict = judge(json_response("{}", GetParam().status));

  EXPECT_EQ(verdict.action, GetParam().action);
  EXPECT_EQ(verdict.kind, GetParam().kind);
  EXPECT_EQ(verdict.code, GetParam().code);
}

constexpr auto transient = ErrorKind::transient;
constexpr auto config = ErrorKind::config;

INSTANTIATE_TEST_SUITE_P(
    Table, VerdictByStatus,
    testing::Values(Case{"ok", 200, Action::use, transient, ""}, Case{"accepted", 202, Action::use, transient, ""},
                    Case{"nothing_more", 204, Action::end, transient, ""},
                    Case{"moved", 301, Action::retry, config, "source.redirected"},
                    Case{"moved_for_now", 302, Action::retry, config, "source.redirected"},
                    Case{"malformed", 400, Action::fail, ErrorKind::bug, "source.request_refused"},
                    Case{"bad_token", 401, Action::fail, ErrorKind::auth, "source.auth_failed"},
                    Case{"no_scope", 403, Action::fail, config, "source.scope_missing"},
                    Case{"unknown", 404, Action::fail, ErrorKind::missing, "source.not_found"},
                    Case{"method", 405, Action::fail, ErrorKind::bug, "source.request_refused"},
                    Case{"accept", 406, Action::fail, ErrorKind::bug, "source.request_refused"},
                    Case{"gave_up", 408, Action::retry, transient, "source.timeout"},
                    Case{"conflict", 409, Action::retry, transient, "source.conflict"},
                    Case{"too_much", 413, Action::fail, ErrorKind::bug, "source.request_refused"},
                    Case{"media_type", 415, Action::fail, ErrorKind::bug, "source.request_refused"},
                    Case{"bad_filter", 422, Action::fail, ErrorKind::bug, "source.request_refused"},
                    Case{"locked", 423, Action::retry, transient, "source.locked"},
                    Case{"too_early", 425, Action::retry, transient, "source.unavailable"},
                    Case{"throttled", 429, Action::wait, ErrorKind::throttled, "source.throttled"},
                    Case{"failed", 500, Action::retry, transient, "source.server_error"},
                    Case{"not_made", 501, Action::fail, config, "source.not_supported"},
                    Case{"gateway", 502, Action::retry, transient, "source.server_error"},
                    Case{"maintenance", 503, Action::retry, transient, "source.unavailable"},
                    Case{"gateway_time", 504, Action::retry, transient, "source.server_error"},
                    Case{"version", 505, Action::fail, config, "source.not_supported"},
                    Case{"plan", 507, Action::fail, config, "source.plan_limit"},
                    Case{"edge", 520, Action::retry, transient, "source.server_error"},
                    Case{"nonsense", 700, Action::retry, transient, "source.bad_status"}),
    [](const auto& info) { return std::string(info.param.name); });

struct Body {
  const char* name;
  std::string text;
  std::string detail;
};

class VerdictByBody : public testing::TestWithParam<Body> {};

TEST_P(VerdictByBody, finds_the_message) { EXPECT_EQ(judge({403, {}, GetParam().text}).detail, GetParam().detail); }

const std::string silent = "the access token lacks a scope, or the plan does not allow this";

INSTANTIATE_TEST_SUITE_P(
    Table, VerdictByBody,
    testing::Values(Body{"v3_object", R"({"status":403,"title":"no scope","type":"/x","errors":{}})", "no scope"},
                    Body{"v3_map", R"({"status":422,"title":"bad","errors":{"limit":"too large","page":"too small"}})",
                         "bad (limit: too large; page: too small)"},
                    Body{"v3_array", R"({"title":"bad","errors":[{"message":"first"},"second"]})",
                         "bad (first; second)"},
                    Body{"v3_without_title", R"({"errors":{"limit":"too large"}})", "limit: too large"},
                    Body{"v2_array", R"([{"status":403,"message":"not for you","details":{"a":"b"}}])", "not for you"},
                    Body{"empty_array", "[]", silent}, Body{"empty_object", "{}", silent},
                    Body{"title_of_another_type", R"({"title":{"a":1},"errors":7})", silent},
                    Body{"text_in_quotes", R"("just text")", "just text"},
                    Body{"plain_text", "X-Auth-Token header is required\n", "X-Auth-Token header is required"},
                    Body{"html_with_title", "<html><head><title>502 Bad Gateway</title></head><body>x</body></html>",
                         "502 Bad Gateway"},
                    Body{"html_without_title", "<p>Sorry,\n  <b>closed</b></p>", "Sorry, closed"},
                    Body{"nothing", "", silent}, Body{"blanks", " \r\n", silent},
                    Body{"cut_json", R"({"title":"no sc)", R"({"title":"no sc)"},
                    Body{"control_characters", "a\x1b[31mb", "a [31mb"}, Body{"bad_utf8", "a\xff z", "a\xEF\xBF\xBD z"},
                    Body{"long_text", std::string(100'000, 'x'), std::string(300, 'x') + "..."}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Verdict, survives_deeply_nested_bodies) {
  EXPECT_EQ(judge({403, {}, std::string(60'000, '[')}).action, Action::fail);
  EXPECT_EQ(judge({403, {}, std::string(30'000, '[') + std::string(30'000, ']')}).action, Action::fail);
}

TEST(Verdict, an_html_page_is_no_success) {
  const auto verdict = judge({200, {{"content-type", "text/html; charset=utf-8"}}, "<title>Maintenance</title>"});

  EXPECT_EQ(verdict.action, Action::retry);
  EXPECT_EQ(verdict.kind, ErrorKind::transient);
  EXPECT_EQ(verdict.code, "source.not_json");
  EXPECT_EQ(verdict.detail, "Maintenance");
}

TEST(Verdict, accepts_every_kind_of_json_and_none_at_all) {
  EXPECT_EQ(judge({200, {{"Content-Type", "application/json; charset=utf-8"}}, "[]"}).action, Action::use);
  EXPECT_EQ(judge({200, {{"Content-Type", "application/hal+JSON"}}, "[]"}).action, Action::use);
  EXPECT_EQ(judge({200, {}, "[]"}).action, Action::use);
  EXPECT_EQ(judge({200, {{"Content-Type", "text/plain; note=json"}}, "[]"}).action, Action::retry);
}

struct Wait {
  const char* name;
  Headers headers;
  std::optional<Duration> wait;
};

class VerdictWait : public testing::TestWithParam<Wait> {};

TEST_P(VerdictWait, is_the_longest_that_was_told) {
  EXPECT_EQ(judge({429, GetParam().headers, ""}).wait, GetParam().wait);
}

INSTANTIATE_TEST_SUITE_P(
    Table, VerdictWait,
    testing::Values(
        Wait{"nothing_told", {}, std::nullopt},
        Wait{"reset", {{"X-Rate-Limit-Time-Reset-Ms", "15000"}}, Duration(15'000)},
        Wait{"seconds", {{"X-Retry-After", "3"}}, Duration(3'000)},
        Wait{"reset_longer", {{"X-Retry-After", "3"}, {"X-Rate-Limit-Time-Reset-Ms", "15000"}}, Duration(15'000)},
        Wait{"seconds_longer", {{"Retry-After", "30"}, {"X-Rate-Limit-Time-Reset-Ms", "15000"}}, Duration(30'000)},
        Wait{"date",
             {{"Date", "Thu, 18 Jun 2026 14:00:00 GMT"}, {"Retry-After", "Thu, 18 Jun 2026 14:00:20 GMT"}},
             Duration(20'000)},
        Wait{"date_in_the_past",
             {{"Date", "Thu, 18 Jun 2026 14:00:00 GMT"}, {"Retry-After", "Thu, 18 Jun 2026 13:00:20 GMT"}},
             Duration(0)},
        Wait{"nonsense",
             {{"X-Retry-After", "soon"}, {"Retry-After", "-5"}, {"X-Rate-Limit-Time-Reset-Ms", "1e3"}},
             std::nullopt},
        Wait{"absurd", {{"X-Retry-After", "9223372036854775807"}}, Duration(std::chrono::hours(1))}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace sluice
