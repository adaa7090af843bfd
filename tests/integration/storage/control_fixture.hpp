#pragma once
// A control database of a test's own, with everything that works on it, and short ways to a confirmed integration.

#include "core/error.hpp"
#include "storage/database.hpp"
#include "storage/destinations.hpp"
#include "storage/integrations.hpp"
#include "storage/job_queue.hpp"
#include "storage/secrets.hpp"
#include "storage/tokens.hpp"
#include "tests/support/test_postgres.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace sluice {

inline std::ostream& operator<<(std::ostream& out, IntegrationState value) { return out << to_string(value); }
inline std::ostream& operator<<(std::ostream& out, Health value) { return out << to_string(value); }
inline std::ostream& operator<<(std::ostream& out, TableState value) { return out << to_string(value); }
inline std::ostream& operator<<(std::ostream& out, RunTrigger value) { return out << to_string(value); }
inline std::ostream& operator<<(std::ostream& out, RunResult value) { return out << to_string(value); }
inline std::ostream& operator<<(std::ostream& out, JobKind value) { return out << to_string(value); }
inline std::ostream& operator<<(std::ostream& out, JobState value) { return out << to_string(value); }
inline std::ostream& operator<<(std::ostream& out, TokenScope value) { return out << to_string(value); }

/// The code of the Error that `act` throws; "" when it throws none.
template <class Act>
std::string code_thrown_by(Act act) {
  try {
    act();
  } catch (const Error& error) {
    return error.code();
  }
  return {};
}

class ControlFixture : public testing::Test {
 protected:
  Integration draft(const std::string& name) {
    return integrations.create(name, "bigcommerce", Frequency{std::chrono::hours(1)}, std::nullopt);
  }
  /// Authenticated, with tables and a destination, but not confirmed.
  Integration ready_draft(const std::string& name, const std::vector<std::string>& tables = {"orders", "products"}) {
    const IntegrationId id = draft(name).id;
    integrations.set_credentials(id, "store1", "client1", Secret("token of " + name), {{"name", "A store"}});
    integrations.set_destination(id, destinations.ensure_embedded().id, "public", std::nullopt);
    std::vector<SelectedTable> selection;
    for (const std::string& table : tables) selection.push_back({table, {"id", "date_modified"}});
    return integrations.set_selection(id, selection, std::nullopt);
  }
  Integration confirmed(const std::string& name, const std::vector<std::string>& tables = {"orders", "products"}) {
    const IntegrationId id = ready_draft(name, tables).id;
    std::vector<std::string> destination_tables;
    for (const std::string& table : tables) destination_tables.push_back("public." + name + "_" + table);
    return integrations.confirm(id, destination_tables);
  }
  /// As a run does whose requests were refused.
  bool refuse_credentials(const IntegrationId& id, std::int64_t version = 1, const std::vector<JobId>& jobs = {}) {
    return queue.refuse_credentials(id, version, jobs,
                                    {ErrorKind::auth, "source.auth_failed", "orders, page 2: 401", ""});
  }
  /// A statement past all our code, as an operator or a bug might send it.
  std::string sql(const std::string& statement) const { return TestPostgres::execute(url, statement); }

  const std::string url = TestPostgres::instance().control_database();
  Database database{{.url = Secret(url), .connections = 8}};
  const SecretBox box{Keyring({Secret(std::string(32, 'k'))})};
  Integrations integrations{database, box};
  Destinations destinations{database, box};
  JobQueue queue{database};
  Tokens tokens{database};
};

}  // namespace sluice
