#include "server/ctl/columns.hpp"

namespace sluice::ctl {

std::vector<Column> integration_columns() {
  return {{"NAME", "/name"},           {"STATE", "/state"},   {"HEALTH", "/health"},        {"FREQUENCY", "/frequency"},
          {"CONNECTOR", "/connector"}, {"TABLES", "/tables"}, {"NEXT RUN", "/next_run_at"}, {"ID", "/id"}};
}

std::vector<Column> catalog_columns() {
  return {
      {"TABLE", "/name"},          {"SELECTED", "/selected"},     {"ACCESS", "/access"}, {"MISSING", "/missing_scope"},
      {"ROWS", "/estimated_rows"}, {"CALLS", "/estimated_calls"}, {"SYNC", "/sync"},     {"DELETES", "/deletes"}};
}

std::vector<Column> selection_columns() {
  return {{"TABLE", "/name"}, {"ON NEW FIELDS", "/on_new_fields"}, {"FIELDS", "/fields"}};
}

std::vector<Column> setup_columns() {
  return {{"STEP", "/step"}, {"DONE", "/done"}, {"REQUEST", "/method"}, {"PATH", "/path"}, {"DETAIL", "/detail"}};
}

std::vector<Column> table_columns() {
  return {{"TABLE", "/name"},
          {"STATE", "/state"},
          {"ROWS", "/rows"},
          {"LAST REPLICATED", "/last_replicated_at"},
          {"NEXT DUE", "/next_due"},
          {"VERIFIED", "/verified_at"},
          {"EQUAL", "/verification/equal"},
          {"ERROR", "/error/code"},
          {"LOADS INTO", "/destination_table"},
          {"LAST JOB", "/last_job"}};
}

std::vector<Column> checkpoint_columns() {
  return {{"ID", "/id"},
          {"AT", "/at"},
          {"CAUSE", "/cause"},
          {"CURSOR", "/cursor"},
          {"UNDER WAY", "/pass_under_way"},
          {"ROWS", "/rows"},
          {"REPLICATED UNTIL", "/replicated_until"},
          {"JOB", "/job"},
          {"REQUEST", "/request_id"}};
}

std::vector<Column> schema_change_columns() {
  return {{"ID", "/id"},       {"TABLE", "/table"},        {"FIELD", "/field"},   {"KIND", "/kind"},
          {"STATE", "/state"}, {"TYPE", "/proposed_type"}, {"SAMPLE", "/sample"}, {"FIRST SEEN", "/first_seen_at"}};
}

std::vector<Column> run_columns() {
  return {{"RUN", "/id"},          {"INTEGRATION", "/integration_name"},
          {"TRIGGER", "/trigger"}, {"OPEN", "/open"},
          {"RESULT", "/result"},   {"CREATED", "/created"},
          {"ENDED", "/ended"}};
}

std::vector<Column> job_columns() {
  return {{"JOB", "/id"},
          {"INTEGRATION", "/integration_name"},
          {"TABLE", "/table"},
          {"KIND", "/kind"},
          {"STATE", "/state"},
          {"QUEUED", "/queued"},
          {"SECONDS", "/duration_seconds"},
          {"READ", "/rows/read"},
          {"INSERTED", "/rows/inserted"},
          {"UPDATED", "/rows/updated"},
          {"DELETED", "/rows/deleted"},
          {"REJECTED", "/rows/rejected"},
          {"CALLS", "/source_calls"},
          {"ATTEMPT", "/attempt"},
          {"ERROR", "/error/code"}};
}

std::vector<Column> attempt_columns() {
  return {{"NUMBER", "/number"},          {"STATE", "/state"},
          {"STARTED", "/started"},        {"SECONDS", "/duration_seconds"},
          {"READ", "/rows/read"},         {"INSERTED", "/rows/inserted"},
          {"UPDATED", "/rows/updated"},   {"DELETED", "/rows/deleted"},
          {"REJECTED", "/rows/rejected"}, {"CALLS", "/source_calls"},
          {"ERROR", "/error/code"},       {"WORKER", "/worker"}};
}

std::vector<Column> freshness_columns() {
  return {{"INTEGRATION", "/integration"},
          {"TABLE", "/table"},
          {"REASON", "/reason"},
          {"AGE SECONDS", "/age_seconds"},
          {"MAX AGE SECONDS", "/max_age_seconds"},
          {"STATE", "/state"},
          {"LAST REPLICATED", "/last_replicated_at"},
          {"ERROR", "/error_code"}};
}

std::vector<Column> event_columns() {
  return {{"AT", "/at"},
          {"ACTION", "/action"},
          {"KIND", "/object/kind"},
          {"OBJECT", "/object/id"},
          {"TOKEN", "/token/name"},
          {"CLIENT", "/client"},
          {"REQUEST", "/request_id"}};
}

std::vector<Column> step_columns() {
  return {{"NAME", "/name"},       {"ACTION", "/action"}, {"CREATES", "/creates"},
          {"MISSING", "/missing"}, {"RUN", "/run"},       {"DETAIL", "/detail"}};
}

std::vector<Column> webhook_columns() {
  return {{"WEBHOOK", "/id"},      {"URL", "/url"},
          {"EVENTS", "/events"},   {"INTEGRATIONS", "/integrations"},
          {"ENABLED", "/enabled"}, {"REASON", "/disabled_reason"}};
}

std::vector<Column> delivery_columns() {
  return {{"DELIVERY", "/id"},        {"EVENT", "/event"},          {"STATE", "/state"},
          {"CREATED", "/created_at"}, {"FINISHED", "/finished_at"}, {"NEXT ATTEMPT", "/next_attempt_at"}};
}

std::vector<Column> check_columns() { return {{"CHECK", "/name"}, {"OK", "/ok"}, {"DETAIL", "/detail"}}; }

std::vector<Column> connector_columns() {
  return {{"CONNECTOR", "/name"}, {"TITLE", "/title"}, {"VERSION", "/version"}, {"TABLES", "/tables"}};
}

std::vector<Column> connector_table_columns() {
  return {{"TABLE", "/name"}, {"ABOUT", "/subject"},   {"SYNC", "/sync"},
          {"KEY", "/key"},    {"DELETES", "/deletes"}, {"RECOMMENDED", "/recommended"}};
}

std::vector<Column> destination_columns() {
  return {{"NAME", "/name"},
          {"HOST", "/parameters/host"},
          {"DATABASE", "/parameters/database"},
          {"USER", "/parameters/user"},
          {"OWN", "/embedded"},
          {"ID", "/id"}};
}

std::vector<Column> token_columns() {
  return {
      {"TOKEN", "/id"},           {"NAME", "/name"},          {"SCOPE", "/scope"},           {"CREATED", "/created_at"},
      {"EXPIRES", "/expires_at"}, {"REVOKED", "/revoked_at"}, {"LAST USED", "/last_used_at"}};
}

}  // namespace sluice::ctl
