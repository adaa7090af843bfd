#include "server/ctl/request.hpp"

#include "core/error.hpp"

#include <gtest/gtest.h>

namespace sluice::ctl {
namespace {

using Words = std::vector<std::string>;

HttpRequest request_for(const Words& words, const std::optional<std::string>& file = std::nullopt) {
  auto result = parse(words);
  if (const auto* advice = std::get_if<Advice>(&result)) throw std::runtime_error(advice->text);
  return request_of(std::get<Invocation>(result), file);
}

TEST(CtlRequest, is_what_the_words_stand_for) {
  struct Case {
    Words words;
    std::optional<std::string> file;
    std::string request;
    std::string body;
  };
  const Case cases[] = {
      {{"integrations", "--state", "active,paused"}, {}, "GET /v1/integrations?state=active%2Cpaused", ""},
      {{"integrations", "show", "a/b c"}, {}, "GET /v1/integrations/a%2Fb%20c", ""},
      {{"integrations", "create", "-f", "x", "--confirm"},
       R"({"name":"acme"})",
       "POST /v1/integrations?confirm=true",
       R"({"name":"acme"})"},
      {{"integrations", "edit", "acme", "--frequency", "30m"},
       {},
       "PATCH /v1/integrations/acme",
       R"({"frequency":"30m"})"},
      {{"integrations", "select", "acme", "--tables", "orders, customers"},
       {},
       "PUT /v1/integrations/acme/selection",
       R"({"tables":[{"name":"orders"},{"name":"customers"}]})"},
      {{"integrations", "select", "acme", "--tables", "recommended"},
       {},
       "PUT /v1/integrations/acme/selection",
       R"({"tables":"recommended"})"},
      {{"integrations", "load-into", "acme", "warehouse", "--schema", "shop"},
       {},
       "PUT /v1/integrations/acme/destination",
       R"({"destination":"warehouse","schema":"shop"})"},
      {{"integrations", "confirm", "acme", "--dry-run"}, {}, "POST /v1/integrations/acme/confirm?dry_run=true", "{}"},
      {{"integrations", "sync", "acme", "--tables", "orders"},
       {},
       "POST /v1/integrations/acme/sync",
       R"({"tables":["orders"]})"},
      {{"integrations", "reload", "acme", "orders", "--mode", "merge"},
       {},
       "POST /v1/integrations/acme/tables/orders/reload",
       R"({"mode":"merge"})"},
      {{"integrations", "clone", "acme", "acme2", "-f", "x"},
       R"({"name":"other","frequency":"1h"})",
       "POST /v1/integrations/acme/clone",
       R"({"name":"acme2","frequency":"1h"})"},
      {{"integrations", "delete", "acme"}, {}, "DELETE /v1/integrations/acme", ""},
      {{"integrations", "delete", "acme", "--data", "drop", "--confirm-name", "acme"},
       {},
       "DELETE /v1/integrations/acme?data=drop",
       R"({"confirm_name":"acme"})"},
      {{"jobs", "--integration", "acme", "--state", "failed"}, {}, "GET /v1/jobs?integration=acme&state=failed", ""},
      {{"freshness", "--max-age", "PT2H"}, {}, "GET /v1/freshness?max_age=PT2H", ""},
      {{"verify", "acme", "orders"}, {}, "POST /v1/integrations/acme/tables/orders/verify", "{}"},
      {{"verify", "acme", "orders", "--repair"},
       {},
       "POST /v1/integrations/acme/tables/orders/verify",
       R"({"repair":true})"},
      {{"tables", "set-checkpoint", "acme", "orders", "--checkpoint", "12"},
       {},
       "PUT /v1/integrations/acme/tables/orders/checkpoint",
       R"({"checkpoint":12})"},
      {{"apply", "-f", "x", "--prune", "--dry-run"}, "{}", "POST /v1/apply?prune=true&dry_run=true", "{}"},
      {{"export"}, {}, "GET /v1/export", ""},
      {{"status"}, {}, "GET /readyz?verbose=true", ""},
      {{"schema-changes", "approve", "acme", "7", "--backfill", "column"},
       {},
       "POST /v1/integrations/acme/schema-changes/7/approve",
       R"({"backfill":"column"})"},
      {{"tokens", "create", "ci", "--scope", "operate"}, {}, "POST /v1/tokens", R"({"name":"ci","scope":"operate"})"},
      {{"tokens", "revoke", "tok_1"}, {}, "DELETE /v1/tokens/tok_1", ""},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(testing::PrintToString(item.words));
    const HttpRequest request = request_for(item.words, item.file);

    EXPECT_EQ(request.method + ' ' + request.target, item.request);
    EXPECT_EQ(request.body, item.body);
    EXPECT_EQ(request.headers.find("Content-Type").has_value(), !item.body.empty());
  }
}

TEST(CtlRequest, wants_one_json_object_in_a_file) {
  for (const char* text : {"", "[]", "name: acme", "{\"a\":1} {}"}) {
    EXPECT_THROW(request_for({"integrations", "create", "-f", "x"}, text), Error) << text;
  }
}

}  // namespace
}  // namespace sluice::ctl
