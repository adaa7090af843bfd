#pragma once
// The world around the daemons of a simulation: stores, the control database, the destination, and the weather that
// all of them are in. Whatever is done here is checked against what Sluice promises, and leaves a mark in the trace.

#include "connectors/catalogue.hpp"
#include "core/json.hpp"
#include "storage/destination.hpp"
#include "storage/due_time.hpp"
#include "storage/job_queue.hpp"
#include "tests/simulation/ownership.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::simulation {

/// Time passes in such steps.
inline constexpr Duration quantum = std::chrono::milliseconds(100);
inline constexpr int max_attempts = 3;
inline constexpr Duration lease = std::chrono::seconds(15);
inline constexpr Duration retry_cap = std::chrono::seconds(20);
inline constexpr Duration frequency = std::chrono::seconds(60);

/// orders, read by changes with a sweep now and then, order_products inside it, and brands, read whole.
const Catalogue& catalogue();

struct SourceRow {
  std::int64_t version = 0;
  Time modified{};
};

struct StoredRow {
  std::int64_t version = 0;
  bool is_deleted = false;
};

/// A table at the destination with its bookkeeping.
struct StoredTable {
  std::string name;
  std::map<std::int64_t, StoredRow> rows;
  std::int64_t live = 0;  // as the writer counted
  Json position;
  JobId last_job;
  Counters last_job_wrote;
  std::int64_t fence = 0;
  std::set<std::int64_t> shown;  // in the pass that is under way
  bool knows_all = false;        // of that pass
};

struct TableRow {
  std::string name;
  TableState state = TableState::pending;
  bool was_loaded = false;
  bool run_asked = false;
  std::optional<ReloadMode> reload_asked = {};
};

struct IntegrationRow {
  Integration integration;
  std::vector<TableRow> tables;
  DueTime due;
  std::int64_t credentials = 1;  // version that is stored
  std::int64_t accepted = 1;     // oldest version that the store takes
  // The store.
  std::map<std::string, std::map<std::int64_t, SourceRow>> source;
  std::int64_t last_key = 0;

  bool is_schedulable() const;
  const std::map<std::int64_t, SourceRow>& source_of(std::string_view table) const;
};

struct RunRow {
  Run run;
  std::string owner;
  std::optional<Time> lease_until;
  std::optional<std::int64_t> epoch;
  std::int64_t credentials = 0;  // when it was claimed
};

struct JobRow {
  Job job;
  std::optional<std::int64_t> epoch;
  // As counted by who looks on: what Sluice itself counts stops at its limit.
  int tries = 0;
  int excused = 0;  // of them: the owner did not say how they ended, gave them back for a reason, or met an outage
  int reads = 0;    // begun at the store
};

/// How likely it is that something fails.
struct Weather {
  double source = 0;
  std::vector<ErrorKind> source_kinds = {};
  double destination = 0;
  double unknown_outcome = 0;  // done, and the answer lost
  bool is_control_away = false;
  double control = 0;
};

/// What happened in all simulations, to see that they are worth something.
struct Census {
  std::int64_t runs = 0, claims = 0, takeovers = 0, commits = 0, fenced = 0, unknown = 0, kills = 0, freezes = 0,
               retries = 0, failures = 0, reloads = 0, auth = 0, cancels = 0, deletions = 0, late_calls = 0;
};

/// What a daemon's storage classes are made over, in the place of a connection.
struct Desk {
  World* world = nullptr;
  std::string daemon;
  bool is_stopping = false;
  Time last_trouble = {};  // with the control database
  Time thawed = {};

  Database& as_database() { return reinterpret_cast<Database&>(*this); }
};
Desk& desk_of(Database& database);

struct World {
  explicit World(std::uint64_t seed) : dice(seed) {}

  std::mt19937_64 dice;
  std::vector<IntegrationRow> integrations;
  std::vector<RunRow> runs;
  std::vector<JobRow> jobs;
  std::int64_t epochs = 0;
  std::map<std::pair<std::string, std::string>, StoredTable> destination;
  Weather weather;
  Census* census = nullptr;
  Desk* at_work = nullptr;  // whose daemon it is that does something
  Ownership ownership{*this};
  std::uint64_t trace = 14695981039346656037ULL;
  std::vector<std::string> violations;

  Time now() const { return SystemClock().now(); }
  bool chance(double probability) {
    return probability > 0 && static_cast<double>(dice() >> 11) / 9007199254740992.0 < probability;
  }
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(dice() % static_cast<std::uint64_t>(most - least + 1));
  }
  /// Into the trace, and printed when TEST_TRACE is set.
  void note(std::string_view what, std::string_view whom = {}, std::int64_t number = 0);
  void demand(bool holds, const std::string& promise);

  IntegrationRow& integration(const IntegrationId& id);
  /// What is durable of a table against the store and its own position.
  void check_position(const IntegrationRow& owner, const DestinationTable& table, const StoredTable& stored);
  /// Whether the rows that people read are those of the store; empty, or what differs.
  std::string difference(const IntegrationRow& owner, std::string_view table) const;
};

/// DestinationConnection::open is a free function in all but name: this is whose destination it opens.
inline World* the_world = nullptr;

// What people do with the control database.
void confirm(World& world, const std::string& name);
void sync(World& world, IntegrationRow& row);
void reload(World& world, IntegrationRow& row, const std::string& table, ReloadMode mode);
void pause(World& world, IntegrationRow& row, PauseMode mode, std::optional<Time> until);
void resume(World& world, IntegrationRow& row);
void reauthenticate(World& world, IntegrationRow& row);
void cancel(World& world, JobRow& job);
void begin_delete(World& world, IntegrationRow& row);
/// As scheduler/remover.cpp does: once no run is under way, tables and all.
void finish_deletes(World& world);

}  // namespace sluice::simulation
