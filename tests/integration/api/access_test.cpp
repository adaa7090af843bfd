#include "api/problem.hpp"
#include "api/route.hpp"
#include "api/router.hpp"
#include "tests/integration/api/api_fixture.hpp"
#include "tests/support/eventually.hpp"

#include <algorithm>
#include <cctype>

namespace sluice {
namespace {

class ApiAccess : public ApiFixture {
 protected:
  /// A target that exists as far as that is possible.
  static std::string target_of(std::string path) {
    for (const auto& [name, value] :
         {std::pair{"{integration}", "acme"}, {"{destination}", "embedded"}, {"{connector}", "shop"}}) {
      if (const auto at = path.find(name); at != std::string::npos)
        path.replace(at, std::string_view(name).size(), value);
    }
    return path;
  }

  /// Each from a peer of its own, since failures of one peer slow it down.
  Answer ask_as(const std::string& token, const std::string& method, const std::string& path) {
    HttpRequest request{method,
                        target_of(path),
                        {{"If-Match", "*"}, {"Content-Type", "application/json"}},
                        method == "GET" ? "" : "{}"};
    if (!token.empty()) request.headers.set("Authorization", "Bearer " + token);
    return ask_raw(std::move(request), "peer" + std::to_string(++peers_));
  }

  std::string revoked_token() {
    const NewToken made = tokens_.create("revoked", TokenScope::admin, std::nullopt);
    tokens_.revoke(made.token.id);
    return made.text.reveal();
  }
  std::string expired_token() {
    return tokens_.create("expired", TokenScope::admin, clock_.now() - std::chrono::seconds(1)).text.reveal();
  }

  int peers_ = 0;
};

std::string upper_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

TEST_F(ApiAccess, refuses_every_token_that_is_none_on_every_route_and_changes_nothing) {
  confirmed("acme");
  const std::pair<const char*, std::string> tokens[] = {{"no token", ""},
                                                        {"malformed", "slc_short"},
                                                        {"unknown", "slc_" + std::string(43, 'x')},
                                                        {"expired", expired_token()},
                                                        {"revoked", revoked_token()}};
  const Json document = ask("GET", "/openapi.json").json;
  const std::string before = fingerprint();
  for (const auto& [path, methods] : document["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      if (operation["security"].empty()) continue;
      for (const auto& [what, token] : tokens) {
        const auto refused = ask_as(token, upper_case(method), path);

        EXPECT_EQ(refused.status, 401) << method << " " << path << " with " << what;
        EXPECT_EQ(refused.code(), "unauthenticated") << method << " " << path << " with " << what;
        EXPECT_NE(refused.header("WWW-Authenticate"), "") << method << " " << path << " with " << what;
      }
    }
  }
  EXPECT_EQ(fingerprint(), before);
}

TEST_F(ApiAccess, refuses_every_smaller_scope_on_every_route_and_changes_nothing) {
  confirmed("acme");
  const std::pair<const char*, std::string> smaller[] = {
      {"read", token(TokenScope::read)}, {"operate", token(TokenScope::operate)}, {"write", token(TokenScope::write)}};
  const Json document = ask("GET", "/openapi.json").json;
  const std::string before = fingerprint();
  int refusals = 0;
  for (const auto& [path, methods] : document["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      const std::string needed = operation.value("x-scope", "");
      for (const auto& [scope, token] : smaller) {
        if (needed.empty() || needed == scope) break;
        const auto refused = ask_as(token, upper_case(method), path);

        EXPECT_EQ(refused.status, 403) << method << " " << path << " with " << scope;
        EXPECT_EQ(refused.code(), "scope_needed") << method << " " << path << " with " << scope;
        EXPECT_NE(refused.text.find(needed), std::string::npos) << refused.text;
        ++refusals;
      }
    }
  }
  EXPECT_GT(refusals, 30);
  EXPECT_EQ(fingerprint(), before);
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
    const auto options = ask("OPTIONS", target_of(std::string(route.path)));
    EXPECT_EQ(options.status, 204);
    EXPECT_NE(options.header("Allow").find(route.method), std::string::npos) << route.path;
    const auto wrong = ask("TRACE", target_of(std::string(route.path)));
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(wrong.header("Allow"), options.header("Allow"));
  }
}

TEST_F(ApiAccess, refuses_on_every_route_the_forms_that_it_does_not_have) {
  confirmed("acme");
  const std::string before = fingerprint();
  for (const api::Route& route : api::routes()) {
    const std::string target = target_of(std::string(route.path));
    const std::string method(route.method);
    Extra html = any_version;
    html.emplace_back("Accept", "text/html");
    EXPECT_EQ(ask(method, target, nullptr, html).status, 406) << method << " " << target;
    if (route.body.empty()) continue;
    Extra text = any_version;
    text.emplace_back("Content-Type", "text/plain");
    EXPECT_EQ(ask(method, target, Json::object(), text).status, 415) << method << " " << target;
  }
  EXPECT_EQ(fingerprint(), before);
}

TEST_F(ApiAccess, spares_every_reader_what_it_has_already) {
  confirmed("acme");
  for (const api::Route& route : api::routes()) {
    if (route.method != "GET") continue;
    const std::string target = target_of(std::string(route.path));
    const auto first = ask("GET", target);
    if (first.status != 200) continue;  // things whose ids this test does not know
    const Extra known{{"If-None-Match", "\"x\", " + first.header("ETag")}};
    const auto again = ask("GET", target, nullptr, known);
    // Where the answer holds something that moves by itself, it may differ.
    EXPECT_TRUE(again.status == 304 || again.text != first.text) << target;
    EXPECT_EQ(again.status == 304, again.text.empty()) << target;
    EXPECT_EQ(ask("GET", target, nullptr, {{"If-None-Match", "\"other\""}}).status, 200) << target;
    EXPECT_EQ(ask("HEAD", target, nullptr, known).status, again.status) << target;
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
