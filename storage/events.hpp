#pragma once
// The audit: every successful write through the control API, who made it, and what it changed. Only ever added to.

#include "storage/database.hpp"
#include "storage/model.hpp"

#include <optional>
#include <string>

namespace sluice {

struct AuditEvent {
  std::int64_t id = 0;      // given by the database
  Time at{};                // likewise
  std::string action;       // operation id of the route
  std::string object_kind;  // "integration"; "" when the write is about no single thing
  std::string object_id;
  std::optional<IntegrationId> integration;
  TokenId token;
  std::string token_name;
  std::string request_id;
  std::string client;  // address
  Json before;         // as the API shows it, hence without secrets; null: it was not there
  Json after;
};

struct EventFilter {
  std::optional<IntegrationId> integration;
  std::optional<TokenId> token;
  std::string action;
  std::optional<Time> since;  // at >= since
  std::optional<Time> until;
  bool with_tokens = true;  // also those about tokens
};

class Events {
 public:
  explicit Events(Database& database) : database_(database) {}

  /// Gives the event its id.
  std::int64_t append(const AuditEvent& event);
  /// Newest first.
  Listing<AuditEvent> list(const EventFilter& filter, const PageRequest& page);
  /// Removes the oldest events from before a time, at most so many; says how many.
  std::int64_t forget(Time older_than, std::int64_t most);

 private:
  Database& database_;
};

}  // namespace sluice
