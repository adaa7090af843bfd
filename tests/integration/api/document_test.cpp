#include "api/problem.hpp"
#include "api/route.hpp"
#include "tests/integration/api/api_fixture.hpp"

#include <algorithm>
#include <cctype>
#include <regex>
#include <set>

namespace sluice {
namespace {

/// Just what the document uses of JSON Schema. "" when the value fits, else where it does not.
class SchemaCheck {
 public:
  explicit SchemaCheck(const Json& document) : document_(document) {}

  std::string complaint(const Json& schema, const Json& value, const std::string& place = "") const {
    if (schema.contains("$ref")) {
      const Json::json_pointer target(schema["$ref"].get<std::string>().substr(1));
      return document_.contains(target) ? complaint(document_.at(target), value, place)
                                        : place + ": dangling reference";
    }
    if (schema.contains("anyOf")) {
      const auto fits = [&](const Json& choice) { return complaint(choice, value, place).empty(); };
      return std::any_of(schema["anyOf"].begin(), schema["anyOf"].end(), fits) ? "" : place + ": no choice fits";
    }
    if (schema.contains("type") && !has_type(schema["type"], value))
      return place + ": not " + schema["type"].dump() + " but " + value.dump();
    if (value.is_null()) return "";
    if (schema.contains("enum") &&
        std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end())
      return place + ": not in enum: " + value.dump();
    if (schema.value("format", "") == "date-time" &&
        !std::regex_match(value.get<std::string>(), std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z)")))
      return place + ": no time";
    if (value.is_array()) return items(schema, value, place);
    return value.is_object() ? members(schema, value, place) : "";
  }

 private:
  static bool has_type(const Json& type, const Json& value) {
    if (type.is_array())
      return std::any_of(type.begin(), type.end(), [&](const Json& each) { return has_type(each, value); });
    return (type == "string" && value.is_string()) || (type == "integer" && value.is_number_integer()) ||
           (type == "number" && value.is_number()) || (type == "boolean" && value.is_boolean()) ||
           (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
           (type == "null" && value.is_null());
  }
  std::string items(const Json& schema, const Json& value, const std::string& place) const {
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (auto found = complaint(schema.at("items"), value[i], place + "/" + std::to_string(i)); !found.empty())
        return found;
    }
    return "";
  }
  std::string members(const Json& schema, const Json& value, const std::string& place) const {
    for (const Json& name : schema.value("required", Json::array())) {
      if (!value.contains(name.get<std::string>())) return place + ": lacks " + name.dump();
    }
    for (const auto& [name, member] : value.items()) {
      const Json properties = schema.value("properties", Json::object());
      if (!properties.contains(name)) {
        if (!schema.value("additionalProperties", true))
          return place + ": has " + name + ", which the document does not know";
        continue;
      }
      if (auto found = complaint(properties[name], member, place + "/" + name); !found.empty()) return found;
    }
    return "";
  }

  const Json& document_;
};

class ApiDocument : public ApiFixture {};

TEST_F(ApiDocument, has_every_route_and_no_other) {
  const Json document = ask("GET", "/openapi.json").json;
  std::size_t operations = 0;
  for (const auto& [path, methods] : document["paths"].items()) operations += methods.size();
  EXPECT_EQ(operations, api::routes().size());
  for (const api::Route& route : api::routes()) {
    std::string method(route.method);
    std::transform(method.begin(), method.end(), method.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const Json& operation = document["paths"][std::string(route.path)][method];
    ASSERT_TRUE(operation.is_object()) << route.path;
    EXPECT_EQ(operation.value("x-scope", ""), route.scope ? to_string(*route.scope) : "") << route.path;
    for (const auto code : route.problems) EXPECT_NE(api::find_problem(code), nullptr) << code;
  }
}

TEST_F(ApiDocument, names_every_operation_once) {
  const Json document = ask("GET", "/openapi.json").json;
  std::set<std::string> ids;
  for (const auto& [path, methods] : document["paths"].items()) {
    for (const auto& [method, operation] : methods.items())
      EXPECT_TRUE(ids.insert(operation["operationId"]).second) << operation["operationId"];
  }
  EXPECT_TRUE(ids.contains("integrations.create"));
  EXPECT_TRUE(ids.contains("integrations.pause"));
  EXPECT_TRUE(ids.contains("integrations.selection.replace"));
}

TEST_F(ApiDocument, gives_examples_that_its_own_schemas_take) {
  const Json document = ask("GET", "/openapi.json").json;
  const SchemaCheck check(document);
  const auto look = [&](const Json& content, const std::string& place) {
    for (const auto& [media, each] : content.items()) {
      if (each.contains("example") && media != "application/x-ndjson") {
        EXPECT_EQ(check.complaint(each["schema"], each["example"]), "") << place;
      } else {
        EXPECT_TRUE(each.contains("examples") || each.contains("example")) << place << " " << media;
      }
    }
  };
  for (const auto& [path, methods] : document["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      const std::string place = method + " " + path;
      if (operation.contains("requestBody")) look(operation["requestBody"]["content"], place);
      for (const auto& [status, response] : operation["responses"].items()) {
        if (response.contains("content")) look(response["content"], place + " " + status);
      }
    }
  }
}

TEST_F(ApiDocument, tells_every_tag_that_it_uses) {
  const Json document = ask("GET", "/openapi.json").json;
  std::set<std::string> told;
  for (const Json& tag : document["tags"]) told.insert(tag["name"]);
  for (const auto& [path, methods] : document["paths"].items()) {
    for (const auto& [method, operation] : methods.items())
      EXPECT_TRUE(told.contains(operation["tags"][0])) << operation["tags"][0] << " lacks a row in openapi.cpp";
  }
}

TEST_F(ApiDocument, describes_real_answers) {
  const Json document = ask("GET", "/openapi.json").json;
  const SchemaCheck check(document);
  confirmed("acme");
  const std::string job = ask("GET", "/v1/jobs").json["items"][0]["id"];
  queue_.append_log(JobId(job), {{0, clock_.now(), LogLevel::info, "first", nullptr}});
  schema_changes_.note(integrations_.find("acme")->id, "orders",
                       {{SchemaChangeKind::new_field, "gift_note", "1", ColumnType::bigint}});
  const std::string change =
      "/v1/integrations/acme/schema-changes/" +
      std::to_string(ask("GET", "/v1/integrations/acme/schema-changes").json["items"][0]["id"].get<int>());
  const Webhook webhook = webhooks_.create({"https://hooks.example.com/x", {"failure"}, {}}).webhook;
  const std::string hook = "/v1/webhooks/" + webhook.id.str();
  struct Case {
    const char* method;
    std::string target;
    const char* path;
    Json body = nullptr;
  };
  const Case cases[] = {
      {"GET", "/version", "/version"},
      {"GET", "/readyz?verbose", "/readyz"},
      {"GET", "/problems/changed", "/problems/{code}"},
      {"GET", "/v1/connectors", "/v1/connectors"},
      {"GET", "/v1/connectors/shop", "/v1/connectors/{connector}"},
      {"GET", "/v1/connectors/shop/tables", "/v1/connectors/{connector}/tables"},
      {"GET", "/v1/destinations", "/v1/destinations"},
      {"POST", "/v1/destinations/embedded/test", "/v1/destinations/{destination}/test", Json::object()},
      {"GET", "/v1/integrations", "/v1/integrations"},
      {"GET", "/v1/integrations/acme", "/v1/integrations/{integration}"},
      {"POST", "/v1/integrations/acme/authenticate", "/v1/integrations/{integration}/authenticate", good_credentials},
      {"GET", "/v1/integrations/acme/catalog", "/v1/integrations/{integration}/catalog"},
      {"GET", "/v1/integrations/acme/selection", "/v1/integrations/{integration}/selection"},
      {"GET", "/v1/integrations/acme/destination", "/v1/integrations/{integration}/destination"},
      {"GET", "/v1/integrations/acme/setup", "/v1/integrations/{integration}/setup"},
      {"GET", "/v1/integrations/acme/tables", "/v1/integrations/{integration}/tables"},
      {"POST", "/v1/integrations/acme/sync", "/v1/integrations/{integration}/sync", Json::object()},
      {"GET", "/v1/runs", "/v1/runs"},
      {"GET", "/v1/jobs", "/v1/jobs"},
      {"GET", "/v1/jobs/" + job, "/v1/jobs/{job}"},
      {"GET", "/v1/jobs/" + job + "/logs", "/v1/jobs/{job}/logs"},
      {"GET", "/v1/integrations/acme/schema-changes", "/v1/integrations/{integration}/schema-changes"},
      {"GET", change, "/v1/integrations/{integration}/schema-changes/{change}"},
      {"POST", change + "/approve?dry_run=true", "/v1/integrations/{integration}/schema-changes/{change}/approve",
       Json::object()},
      {"POST", change + "/approve", "/v1/integrations/{integration}/schema-changes/{change}/approve", Json::object()},
      {"POST", change + "/reject", "/v1/integrations/{integration}/schema-changes/{change}/reject", Json::object()},
      {"GET", "/v1/loggers", "/v1/loggers"},
      {"GET", "/v1/loggers/root", "/v1/loggers/{logger}"},
      {"GET", "/v1/freshness", "/v1/freshness"},
      {"POST", "/v1/webhooks", "/v1/webhooks", {{"url", "https://hooks.example.com/x"}, {"events", "*"}}},
      {"GET", "/v1/webhooks", "/v1/webhooks"},
      {"GET", hook, "/v1/webhooks/{webhook}"},
      {"POST", hook + "/test", "/v1/webhooks/{webhook}/test", Json::object()},
      {"GET", hook + "/deliveries", "/v1/webhooks/{webhook}/deliveries"},
      {"POST", "/v1/integrations/acme/clone", "/v1/integrations/{integration}/clone", {{"name", "other"}}},
      {"POST", "/v1/integrations/acme/clone?dry_run", "/v1/integrations/{integration}/clone", {{"name", "third"}}},
      {"GET", "/v1/export", "/v1/export"},
      {"POST", "/v1/apply?dry_run", "/v1/apply", {{"version", 1}}},
      {"GET", "/v1/tokens", "/v1/tokens"},
      {"POST", "/v1/tokens", "/v1/tokens", {{"name", "ci"}, {"scope", "read"}}},
      {"POST", "/v1/tokens", "/v1/tokens", {{"name", "ci"}}},
      {"GET", "/v1/jobs/job_none", "/v1/jobs/{job}"},
  };
  for (const Case& each : cases) {
    const auto answer = ask(each.method, each.target, each.body, {{"Prefer", "wait=1"}});
    const std::string method = std::string(each.method) == "GET" ? "get" : "post";
    const Json& responses = document["paths"][each.path][method]["responses"];
    const std::string status = std::to_string(answer.status);
    ASSERT_TRUE(responses.contains(status)) << each.target << " " << answer.text;
    const Json& content = responses[status]["content"];
    ASSERT_TRUE(content.contains(answer.header("Content-Type"))) << each.target;
    EXPECT_EQ(check.complaint(content[answer.header("Content-Type")]["schema"], answer.json), "")
        << each.target << " " << answer.text;
  }
}

}  // namespace
}  // namespace sluice
