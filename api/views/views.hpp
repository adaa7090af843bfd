#pragma once
// What answers show of the things Sluice keeps: member by member, so that nothing gets out that was not meant to.

#include "connectors/connector.hpp"
#include "core/json.hpp"
#include "storage/destination.hpp"
#include "storage/events.hpp"
#include "storage/model.hpp"
#include "storage/schema_changes.hpp"
#include "storage/state_changes.hpp"
#include "storage/webhooks.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sluice::api {

Json or_null(const std::optional<Time>& time);

Json show_connector(const Connector& connector);
Json show_connector_summary(const Connector& connector);
Json show_table(const Catalogue& catalogue, const Table& table);

/// `destination_name`: of integration.destination; "" without one.
Json show_integration(const Integration& integration, const std::string& destination_name);
Json show_selection(const Integration& integration);
/// Where the integration loads into; the members are null before one was chosen.
Json show_target(const Integration& integration, const std::string& destination_name);
Json show_schema_change(const SchemaChange& change);
Json show_selected_table(const Integration& integration, const SelectedTable& table, const TableStatus& status);
Json show_table_status(const Integration& integration, const TableStatus& status);

/// What is kept of an account, and what answers show of it.
Json account_facts(const Account& account);
Json show_account(const Integration& integration);
/// The kept access of one table; "granted" when nothing else is known.
struct KeptAccess {
  std::string access = "granted";
  std::string scope;
  std::string detail;
  std::optional<std::int64_t> rows;  // of the table's list, when the source told it
};
KeptAccess kept_access(const Json& account_facts, const std::string& table);

Json show_destination(const DestinationRecord& record);
Json show_check(const DestinationCheck& check);

Json show_run(const Run& run);
Json show_job(const Job& job, Time now);
Json show_planned_read(const PlannedRead& read);
Json show_attempt(const JobAttempt& attempt, Time now);
Json show_log_line(const JobLogLine& line);
Json show_token(const Token& token);
Json show_event(const AuditEvent& event);
Json show_state_change(const StateChange& change);

Json show_webhook(const Webhook& webhook);
Json show_delivery(const Delivery& delivery);

}  // namespace sluice::api
