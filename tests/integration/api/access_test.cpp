#include "api/problem.hpp"
#include "api/route.hpp"
#include "api/router.hpp"
#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/eventually.hpp"

#include <set>

namespace sluice {
namespace {

class ApiAccess : public ApiFixture {
 protected:
  /// A target that exists as far as that is possible.
  std::string target_of(const api::Route& route) {
    std::string path(route.path);
    for (const auto& [name, value] :
         {std::pair{"{integration}", "acme"}, {"{destination}", "embedded"}, {"{connector}", "shop"}}) {
      if (const auto at = path.find(name); at != std::string::npos)
        path.replace(at, std::string_view(name).size(), value);
    }
    return path;
  }

  Answer ask_as(const std::string& token, const api::Route& route, const std::string& peer) {
    HttpRequest request{
        std::string(route.method), target_of(route), {{"If-Match", "*"}, {"Content-Type", "application/json"}}, "{}"};
    if (!token.empty()) request.headers.set("Authorization", "Bearer " + token);
    return ask_raw(std::move(request), peer);
  }
};

TEST_F(ApiAccess, guards_every_route_without_side_effects) {
  make_ready("acme");
  const std::string before = row_counts();
  const std::string unknown = "slc_" + std::string(43, 'x');
  const std::string weak[] = {token(TokenScope::read), token(TokenScope::operate), token(TokenScope::write)};
  int number = 0;
  const std::string counts = row_counts();
  for (const api::Route& route : api::routes()) {
    if (!route.scope) continue;
    const std::string what = std::string(route.method) + " " + std::string(route.path);
    const auto peer = [&] { return "peer" + std::to_string(++number); };
    const auto none = ask_as("", route, peer());
    EXPECT_EQ(none.status, 401) << what;
    EXPECT_NE(none.header("WWW-Authenticate"), "") << what;
    EXPECT_EQ(ask_as(unknown, route, peer()).status, 401) << what;
    EXPECT_EQ(ask_as("slc_short", route, peer()).status, 401) << what;
    for (int scope = 0; scope < static_cast<int>(*route.scope); ++scope) {
      const auto refused = ask_as(weak[scope], route, peer());
      EXPECT_EQ(refused.status, 403) << what;
      EXPECT_NE(refused.json["detail"].get<std::string>().find(to_string(*route.scope)), std::string::npos) << what;
    }
  }
  EXPECT_EQ(row_counts(), counts);
  EXPECT_NE(counts, before);
}

TEST_F(ApiAccess, needs_no_token_for_probes_and_documents) {
  for (const char* path :
       {"/livez", "/readyz", "/readyz?verbose", "/version", "/openapi.json", "/problems/immutable_field"}) {
    EXPECT_EQ(ask_raw({"GET", path, {}, ""}).status, 200) << path;
  }
}

TEST_F(ApiAccess, makes_uses_and_revokes_tokens) {
  const auto made = ask("POST", "/v1/tokens", {{"name", "ci"}, {"scope", "read"}});
  EXPECT_EQ(made.status, 201) << made.text;
  const Extra as_ci{{"Authorization", "bearer " + made.json["token"].get<std::string>()}};
  const std::string path = "/v1/tokens/" + made.json["id"].get<std::string>();
  EXPECT_EQ(ask("GET", "/v1/runs", nullptr, as_ci).status, 200);
  EXPECT_EQ(ask("POST", "/v1/tokens", {{"name", "x"}, {"scope", "admin"}}, as_ci).status, 403);
  EXPECT_EQ(ask("GET", path).json["name"], "ci");
  EXPECT_EQ(ask("GET", "/v1/tokens").text.find(made.json["token"].get<std::string>()), std::string::npos);

  EXPECT_EQ(ask("DELETE", path).status, 204);

  EXPECT_TRUE(eventually(std::chrono::milliseconds(1500),
                         [&] { return ask("GET", "/v1/runs", nullptr, as_ci).status == 401; }));
  EXPECT_NE(ask("GET", path).json["revoked_at"], nullptr);
  EXPECT_EQ(ask("DELETE", "/v1/tokens/tok_none").status, 404);
}

TEST_F(ApiAccess, says_that_it_is_not_ready_while_it_stops) {
  stop_.ask();

  EXPECT_EQ(ask("GET", "/readyz").status, 503);
  EXPECT_EQ(ask("GET", "/livez").status, 200);
  const auto refused = ask("POST", "/v1/integrations", {{"name", "acme"}, {"connector", "shop"}});
  EXPECT_EQ(refused.code(), "draining");
  EXPECT_EQ(refused.header("Retry-After"), "5");
  EXPECT_EQ(ask("GET", "/v1/integrations").status, 200);
}

TEST_F(ApiAccess, answers_head_options_and_wrong_methods_from_the_same_table) {
  EXPECT_EQ(ask("HEAD", "/v1/integrations").status, 200);
  EXPECT_EQ(ask("HEAD", "/v1/integrations").text, "");
  EXPECT_EQ(ask("HEAD", "/v1/integrations").header("Content-Length"),
            std::to_string(ask("GET", "/v1/integrations").text.size()));
  for (const api::Route& route : api::routes()) {
    const auto options = ask("OPTIONS", target_of(route));
    EXPECT_EQ(options.status, 204);
    EXPECT_NE(options.header("Allow").find(route.method), std::string::npos) << route.path;
    const auto wrong = ask("TRACE", target_of(route));
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(wrong.header("Allow"), options.header("Allow"));
  }
}

TEST_F(ApiAccess, negotiates_forms_and_refuses_what_it_cannot_read) {
  EXPECT_EQ(ask("GET", "/v1/runs", nullptr, {{"Accept", "text/html"}}).code(), "not_acceptable");
  EXPECT_EQ(ask("GET", "/v1/runs", nullptr, {{"Accept", "text/html, */*;q=0.1"}}).status, 200);
  EXPECT_EQ(ask("POST", "/v1/tokens", Json::object(), {{"Content-Type", "text/plain"}}).code(),
            "unsupported_media_type");
  const auto raw = [&](const std::string& body) {
    return ask_raw({"POST",
                    "/v1/integrations",
                    {{"Authorization", "Bearer " + admin_}, {"Content-Type", "application/json; charset=utf-8"}},
                    body});
  };
  EXPECT_NE(raw("{\"name\":\n \"x\",}").text.find("line 2"), std::string::npos);
  EXPECT_EQ(raw("[1]").code(), "bad_json");
  EXPECT_EQ(raw("{\"name\":" + std::string(40, '[') + std::string(40, ']') + "}").code(), "bad_json");
  EXPECT_EQ(raw("{\"name\":\"" + std::string(1100000, 'x') + "\"}").code(), "body_too_large");
  EXPECT_EQ(ask("GET", "/v1/runs?limit=%zz").code(), "bad_request");
  EXPECT_EQ(ask("GET", "/v1/integrations?q=%ff").code(), "invalid_parameter");
}

TEST_F(ApiAccess, gives_every_answer_an_id) {
  EXPECT_EQ(ask("GET", "/livez", nullptr, {{"X-Request-Id", "mine-1"}}).header("X-Request-Id"), "mine-1");
  const auto made = ask("GET", "/nothing", nullptr, {{"X-Request-Id", "two words"}});
  EXPECT_TRUE(made.header("X-Request-Id").starts_with("req_"));
  EXPECT_EQ(made.json["request_id"], made.header("X-Request-Id"));
  EXPECT_EQ(api_->refuse(431).status, 431);
}

}  // namespace
}  // namespace sluice
