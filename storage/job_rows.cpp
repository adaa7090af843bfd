#include "storage/job_rows.hpp"

#include "storage/tx.hpp"

namespace sluice {
namespace {

constexpr const char* run_columns = R"(
select r.id, r.integration_id, i.name as integration_name, r.trigger, r.result, r.created_at, r.started_at, r.finished_at
from sluice.runs r
join sluice.integrations i on i.id = r.integration_id )";

constexpr const char* job_columns = R"(
select j.id, j.run_id, j.integration_id, i.name as integration_name, j.table_name, t.destination_table, j.kind, j.reload_mode,
       r.trigger, j.state, j.queued_at, j.started_at, j.finished_at, j.attempt, j.max_attempts, j.next_attempt_at,
       j.rows_read, j.rows_inserted, j.rows_updated, j.rows_unchanged, j.rows_deleted, j.rows_rejected, j.bytes, j.calls,
       j.throttled, j.expected_rows, j.error_kind, j.error_code, j.error_detail, j.error_hint, j.repairs,
       j.verification - 'missing_keys' - 'surplus_keys' as verification, j.row_counts, j.window_from, j.window_until,
       j.cancel_asked_at is not null as is_cancel_asked, j.retry_of
from sluice.jobs j
join sluice.runs r on r.id = j.run_id
join sluice.integrations i on i.id = j.integration_id
join sluice.integration_tables t on t.integration_id = j.integration_id and t.table_name = j.table_name )";

}  // namespace

Counters read_counters(const pqxx::row& row) {
  const auto number = [&row](const char* column) { return row[column].as<std::int64_t>(); };
  Counters counters;
  counters.read = number("rows_read");
  counters.inserted = number("rows_inserted");
  counters.updated = number("rows_updated");
  counters.unchanged = number("rows_unchanged");
  counters.deleted = number("rows_deleted");
  counters.rejected = number("rows_rejected");
  counters.bytes = number("bytes");
  counters.calls = number("calls");
  counters.throttled = Duration(number("throttled"));
  return counters;
}

std::string select_runs(const std::string& conditions) { return run_columns + conditions; }

std::string select_jobs(const std::string& conditions) { return job_columns + conditions; }

Run read_run(const pqxx::row& row) {
  Run run;
  run.id = RunId(text_of(row["id"]));
  run.integration = IntegrationId(text_of(row["integration_id"]));
  run.integration_name = text_of(row["integration_name"]);
  parse(text_of(row["trigger"]), run.trigger);
  if (RunResult result{}; parse(text_of(row["result"]), result)) run.result = result;
  run.created_at = time_of(row["created_at"]);
  run.started_at = optional_time(row["started_at"]);
  run.finished_at = optional_time(row["finished_at"]);
  run.open = !run.finished_at;
  return run;
}

Job read_job(const pqxx::row& row) {
  Job job;
  job.id = JobId(text_of(row["id"]));
  job.run = RunId(text_of(row["run_id"]));
  job.integration = IntegrationId(text_of(row["integration_id"]));
  job.integration_name = text_of(row["integration_name"]);
  job.table = text_of(row["table_name"]);
  job.destination_table = text_of(row["destination_table"]);
  parse(text_of(row["kind"]), job.kind);
  if (ReloadMode mode{}; parse(text_of(row["reload_mode"]), mode)) job.reload = mode;
  parse(text_of(row["trigger"]), job.trigger);
  parse(text_of(row["state"]), job.state);
  job.queued_at = time_of(row["queued_at"]);
  job.started_at = optional_time(row["started_at"]);
  job.finished_at = optional_time(row["finished_at"]);
  job.attempt = row["attempt"].as<int>();
  job.max_attempts = row["max_attempts"].as<int>();
  job.next_attempt_at = optional_time(row["next_attempt_at"]);
  job.counters = read_counters(row);
  job.expected_rows = optional_number(row["expected_rows"]);
  job.repairs = row["repairs"].as<bool>();
  job.verification = json_of(row["verification"]);
  job.row_counts = json_of(row["row_counts"]);
  if (!row["error_code"].is_null()) {
    job.error = JobError{error_kind_from(text_of(row["error_kind"])), text_of(row["error_code"]),
                         text_of(row["error_detail"]), text_of(row["error_hint"])};
  }
  if (const auto until = optional_time(row["window_until"]))
    job.window = DateWindow{optional_time(row["window_from"]), *until};
  job.is_cancel_asked = row["is_cancel_asked"].as<bool>();
  if (!row["retry_of"].is_null()) job.retry_of = JobId(text_of(row["retry_of"]));
  return job;
}

}  // namespace sluice
