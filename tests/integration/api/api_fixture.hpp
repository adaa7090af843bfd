#pragma once
// The whole API over a control database and a destination of its own, without sockets.

#include "api/api.hpp"
#include "tests/integration/api/fake_connector.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace sluice {

class ApiFixture : public testing::Test {
 protected:
  ApiFixture();
  ~ApiFixture() override;

  struct Answer {
    int status = 0;
    Headers headers;
    std::string text;
    Json json;  // null when the body is none

    std::string code() const { return json.is_object() ? json.value("code", "") : ""; }
    std::string header(std::string_view name) const { return std::string(headers.find(name).value_or("")); }
  };
  using Extra = std::vector<std::pair<std::string, std::string>>;

  /// With the admin's token unless `extra` has an Authorization; a null body sends none.
  Answer ask(const std::string& method, const std::string& target, const Json& body = nullptr, const Extra& extra = {});
  Answer ask_raw(HttpRequest request, const std::string& peer = "192.0.2.1");

  /// Another API over the same storage, with these limits; the first has none.
  void limit(ApiLimits limits);
  /// A draft that lacks nothing but confirm.
  void make_ready(const std::string& name);
  std::string confirmed(const std::string& name);
  std::string destination_sql(const std::string& sql);
  /// Rows of everything that a request could change.
  std::string row_counts();
  /// Of every row of the control database, but for when tokens were used last.
  std::string fingerprint();
  /// Everything that the control database holds, but for the use of tokens and the audit.
  std::string control_dump();
  std::string token(TokenScope scope);

  static const Json good_credentials;
  static const Extra any_version;

  /// Where documents may refer to files.
  std::filesystem::path secret_files_;
  std::string control_url_;
  std::string destination_url_;
  // One for all requests, and older than the pool, whose threads may hold on to it for a moment after an answer.
  boost::asio::io_context io_;
  BlockingPool pool_{2};
  SystemClock clock_;
  Stop stop_;
  Database database_;
  SecretBox box_;
  Integrations integrations_;
  Destinations destinations_;
  SchemaChanges schema_changes_{database_};
  JobQueue queue_;
  Tokens tokens_;
  Events events_{database_};
  IdempotencyKeys idempotency_keys_{database_, box_};
  Webhooks webhooks_{database_, box_, OutgoingGuard({"127.0.0.1:9"})};
  std::vector<std::unique_ptr<Connector>> connectors_;
  FakeConnector* shop_ = nullptr;
  int wakes_ = 0;
  std::unique_ptr<Api> api_;
  std::string admin_;
};

}  // namespace sluice
