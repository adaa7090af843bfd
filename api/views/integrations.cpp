#include "api/table_settings.hpp"
#include "api/views/views.hpp"
#include "core/time.hpp"
#include "storage/frequency.hpp"

namespace sluice::api {
namespace {

/// A pause shows instead of what it holds up, but not instead of the end.
std::string_view shown_state(const Integration& integration) {
  const bool ends = integration.state == IntegrationState::deleting || integration.state == IntegrationState::deleted;
  return integration.paused && !ends ? "paused" : to_string(integration.state);
}

std::string_view access_name(Access access) {
  switch (access) {
    case Access::granted:
      return "granted";
    case Access::denied:
      return "denied";
    case Access::failed:
      return "failed";
  }
  return "failed";
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

/// Of a table: null is its integration's.
Json frequency_or_null(const std::optional<Frequency>& own) { return own ? to_json(*own) : Json(nullptr); }

Json show_deletion(const std::optional<Deletion>& deletion) {
  if (!deletion) return nullptr;
  Json error = nullptr;
  if (!deletion->error_code.empty()) error = {{"code", deletion->error_code}, {"detail", scrub(deletion->error)}};
  return {{"data", deletion->tables == TablesLeft::dropped ? "drop" : "keep"},
          {"asked", format_rfc3339(deletion->asked_at)},
          {"failed_attempts", deletion->attempts},
          {"next_attempt", format_rfc3339(deletion->due_at)},
          {"error", std::move(error)}};
}

}  // namespace

Json show_integration(const Integration& integration, const std::string& destination_name) {
  return {{"id", integration.id.str()},
          {"name", integration.name},
          {"connector", integration.connector},
          {"state", shown_state(integration)},
          {"paused", integration.paused},
          {"pause_reason", text_or_null(integration.pause_reason)},
          {"paused_until", or_null(integration.paused_until)},
          {"health", to_string(integration.health)},
          {"health_reasons", integration.health_reasons},
          {"frequency", to_json(integration.frequency)},
          {"quiet_hours", to_json(integration.quiet_hours)},
          {"start_date", or_null(integration.start_date)},
          {"on_new_fields", to_string(integration.on_new_fields)},
          {"account", show_account(integration)},
          {"tables", integration.selection.size()},
          {"destination", integration.destination ? show_target(integration, destination_name) : Json(nullptr)},
          {"authenticated_at", or_null(integration.authenticated_at)},
          {"confirmed_at", or_null(integration.confirmed_at)},
          {"next_run_at", or_null(integration.next_run_at)},
          {"deletion", show_deletion(integration.deletion)},
          {"created_at", format_rfc3339(integration.created_at)},
          {"updated_at", format_rfc3339(integration.updated_at)}};
}

Json show_selection(const Integration& integration) {
  Json tables = Json::array();
  for (const SelectedTable& table : integration.selection) {
    Json added = Json::array();
    for (const AddedField& field : table.added) added.push_back(field.name);
    tables.push_back({{"name", table.name}, {"fields", table.fields}, {"added_fields", std::move(added)}});
    tables.back().update(show_table_settings(table.settings, integration));
  }
  return {{"tables", std::move(tables)}};
}

Json show_selected_table(const Integration& integration, const SelectedTable& table, const TableStatus& status) {
  Json shown = {{"status", show_table_status(integration, status)}, {"fields", table.fields}};
  shown["added_fields"] = Json::array();
  for (const AddedField& field : table.added) shown["added_fields"].push_back(field.name);
  shown.update(show_table_settings(table.settings, integration));
  return shown;
}

Json show_target(const Integration& integration, const std::string& destination_name) {
  return {{"destination", text_or_null(destination_name)},
          {"id", integration.destination ? Json(integration.destination->str()) : Json(nullptr)},
          {"schema", text_or_null(integration.schema)}};
}

Json show_schema_change(const SchemaChange& change) {
  return {{"id", change.id},
          {"table", change.table},
          {"field", change.seen.field},
          {"kind", to_string(change.seen.kind)},
          {"sample", change.seen.sample},
          {"proposed_type", to_string(change.seen.proposed_type)},
          {"state", change.state},
          {"backfill", change.backfill ? Json(to_string(*change.backfill)) : Json(nullptr)},
          {"decided_at", or_null(change.decided_at)},
          {"first_seen_at", format_rfc3339(change.first_seen_at)},
          {"last_seen_at", format_rfc3339(change.last_seen_at)}};
}

Json show_table_status(const Integration& integration, const TableStatus& status) {
  Json error = nullptr;
  if (!status.last_error_code.empty()) error = {{"code", status.last_error_code}, {"detail", status.last_error}};
  return {{"name", status.table},
          {"destination_table", text_or_null(status.destination_table)},
          {"state", to_string(status.state)},
          {"last_replicated_at", or_null(status.last_replicated_at)},
          {"replicated_until", or_null(status.replicated_until)},
          {"rows", status.rows},
          {"last_job", status.last_job ? Json(status.last_job->str()) : Json(nullptr)},
          {"frequency", frequency_or_null(status.frequency)},
          {"next_due", or_null(status.frequency ? status.next_run_at : integration.next_run_at)},
          {"error", std::move(error)},
          {"checkpoint", status.position},
          {"verified_at", or_null(status.verified_at)},
          {"verification", status.verification},
          {"row_counts", status.row_counts}};
}

Json account_facts(const Account& account) {
  Json tables = Json::array();
  for (const TableAccess& table : account.tables) {
    tables.push_back({{"table", table.table},
                      {"access", access_name(table.access)},
                      {"scope", table.scope},
                      {"detail", quote_outside_text(scrub(table.detail))},
                      {"rows", table.rows ? Json(*table.rows) : Json(nullptr)}});
  }
  return {{"name", account.name},
          {"plan", account.plan},
          {"time_zone", account.time_zone},
          {"currency", account.currency},
          {"calls_per_minute", account.calls_per_minute ? Json(*account.calls_per_minute) : Json(nullptr)},
          {"tables", std::move(tables)}};
}

Json show_account(const Integration& integration) {
  const Json& facts = integration.account_facts;
  if (integration.account.empty() || !facts.is_object()) return nullptr;
  return {{"id", integration.account},
          {"name", facts.value("name", "")},
          {"plan", facts.value("plan", "")},
          {"time_zone", facts.value("time_zone", "")},
          {"currency", facts.value("currency", "")}};
}

KeptAccess kept_access(const Json& account_facts, const std::string& table) {
  if (!account_facts.is_object() || !account_facts.contains("tables")) return {};
  for (const Json& kept : account_facts["tables"]) {
    if (kept.value("table", "") != table) continue;
    const auto rows = kept.find("rows");
    const bool is_known = rows != kept.end() && rows->is_number_integer();
    return {kept.value("access", "granted"), kept.value("scope", ""), kept.value("detail", ""),
            is_known ? std::optional(rows->get<std::int64_t>()) : std::nullopt};
  }
  return {};
}

}  // namespace sluice::api
