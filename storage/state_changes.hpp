#pragma once
// What happened to integrations, tables, runs, jobs and schemas, as the control database itself put it on record: in
// one order for all daemons, so that who has seen one has seen all before it.

#include "storage/database.hpp"
#include "storage/model.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

struct StateChange {
  std::int64_t position = 0;  // ascending, without gaps
  Time at{};
  std::string type;  // "job.state"
  IntegrationId integration;
  std::string integration_name;
  std::string table;         // "": of no single one
  std::optional<RunId> run;  // likewise
  std::optional<JobId> job;
  Json before;  // null: it was not there
  Json after;
  Json detail;  // by type
};

struct StateChangeFilter {
  std::optional<IntegrationId> integration;
  std::vector<std::string> types;  // none: all
};

class StateChanges {
 public:
  explicit StateChanges(Database& database) : database_(database) {}

  /// Those behind a position, in their order, at most `most`.
  struct Page {
    std::vector<StateChange> items;
    std::int64_t seen = 0;     // up to where this has looked: go on behind it
    std::int64_t missing = 0;  // how many behind the position are forgotten
    bool has_more = false;     // at once
  };
  Page after(std::int64_t position, const StateChangeFilter& filter, int most);
  /// The newest ones, oldest first.
  Page latest(const StateChangeFilter& filter, int most);
  /// The position of the newest one.
  std::int64_t last();

 private:
  Database& database_;
};

/// What a change can be of, for filters.
const std::vector<std::string>& state_change_types();

}  // namespace sluice
