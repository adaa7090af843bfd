#pragma once
// The product as its users meet it: the real executable, its embedded PostgreSQL, and a store behind HTTP.

#include "tests/e2e/daemon_process.hpp"
#include "tests/e2e/oracle.hpp"
#include "tests/sample_store/sample_store.hpp"
#include "tests/support/eventually.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace sluice {

using namespace std::chrono_literals;
using sample_store::SampleStore;
using sample_store::SampleStoreOptions;

class Replication : public testing::Test {
 protected:
  void open_store(SampleStoreOptions options) {
    options_ = options;
    store = SampleStore::start(std::move(options));
  }
  void start_daemon(std::vector<std::string> flags = {}) {
    daemon = std::make_unique<DaemonProcess>(directory.path(), store->base_url(), std::move(flags));
  }

  ApiAnswer expect(int status, const std::string& method, const std::string& path, const Json& body = nullptr) {
    auto answer = daemon->call(method, path, body);
    EXPECT_EQ(answer.status, status) << method << ' ' << path << '\n' << answer.body.dump(2);
    return answer;
  }

  Json items(const std::string& path) { return expect(200, "GET", path).body.at("items"); }

  Json credentials() const {
    return {{"store_hash", options_.store_hash},
            {"client_id", options_.client_id},
            {"access_token", options_.access_token}};
  }

  /// The set-up in a person's order, up to the confirmation.
  void prepare(const std::vector<std::string>& tables) {
    expect(201, "POST", "/v1/integrations",
           {{"name", "acme"},
            {"connector", "bigcommerce"},
            {"frequency", "manual"},
            {"start_date", "2010-01-01T00:00:00Z"}});
    expect(200, "POST", "/v1/integrations/acme/authenticate", credentials());
    Json selection{{"tables", Json::array()}};
    for (const auto& table : tables) selection["tables"].push_back({{"name", table}, {"fields", "*"}});
    expect(200, "PUT", "/v1/integrations/acme/selection", selection);
    expect(200, "PUT", "/v1/integrations/acme/destination", {{"destination", destination}, {"schema", "public"}});
  }
  /// Returns the first run.
  std::string confirm() {
    const auto confirmed = expect(202, "POST", "/v1/integrations/acme/confirm", Json::object());
    EXPECT_EQ(confirmed.body.value("state", ""), "pending");
    return confirmed.body.at("run").at("id").get<std::string>();
  }
  std::string set_up(const std::vector<std::string>& tables) {
    prepare(tables);
    return confirm();
  }
  std::vector<std::string> all_tables() {
    std::vector<std::string> names;
    const auto answer = expect(200, "GET", "/v1/connectors/bigcommerce/tables?limit=500");
    for (const auto& table : answer.body.at("items")) names.push_back(table.at("name").get<std::string>());
    return names;
  }

  std::string sync() {
    const auto answer = daemon->call("POST", "/v1/integrations/acme/sync", Json::object());
    EXPECT_TRUE(answer.status == 202 || answer.status == 200) << answer.body.dump(2);
    return answer.body.at("id").get<std::string>();
  }
  std::string wait_for(const std::string& run, std::chrono::milliseconds limit = 120s) {
    std::string result;
    EXPECT_TRUE(eventually(limit, [&] {
      const auto answer = daemon->call("GET", "/v1/runs/" + run);
      result = answer.body.value("result", Json()).is_string() ? answer.body["result"].get<std::string>() : "";
      return !result.empty();
    })) << daemon->log();
    return result;
  }
  Json job_of(const std::string& run, const std::string& table) {
    const auto answer = daemon->call("GET", "/v1/jobs?run=" + run + "&table=" + table);
    return answer.body.at("items").at(0);
  }
  std::int64_t calls_of(const std::string& run) {
    std::int64_t calls = 0;
    const Json jobs = daemon->call("GET", "/v1/jobs?limit=500&run=" + run).body.at("items");
    EXPECT_FALSE(jobs.empty());
    for (const auto& job : jobs) {
      calls += job.at("source_calls").get<std::int64_t>();
    }
    return calls;
  }
  std::string state() { return daemon->call("GET", "/v1/integrations/acme").body.value("state", ""); }
  virtual std::string warehouse() { return daemon->warehouse_url(); }
  std::string ask(const std::string& sql) { return query_one(warehouse(), sql); }
  void expect_equal() {
    EXPECT_EQ(count_differences(*store, warehouse(), "acme"), "");
    EXPECT_EQ(content_differences(*store, warehouse(), "acme"), "");
  }
  /// Until some batch of orders is durable, but not all of them.
  bool loading(std::int64_t at_least) {
    return eventually(60s, [&] {
      return std::stoll("0" + ask("select case when to_regclass('public.acme_orders') is null then 0 else "
                                  "(select coalesce(max(rows), 0) from _sluice.checkpoint) end")) >= at_least;
    });
  }

  std::string destination = "embedded";
  SampleStoreOptions options_;
  TemporaryDirectory directory;
  std::unique_ptr<SampleStore> store;
  std::unique_ptr<DaemonProcess> daemon;
};

}  // namespace sluice
