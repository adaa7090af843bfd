// Tables that are to be compared with their source, and what the comparison found.

#include "storage/job_queue.hpp"

#include "storage/integration_rows.hpp"
#include "storage/job_opening.hpp"
#include "storage/open_run.hpp"
#include "storage/tx.hpp"

namespace sluice {
namespace {

constexpr const char* standing = R"(
select t.state = 'paused' as is_paused, t.last_replicated_at is not null as is_loaded,
       exists (select from sluice.jobs j
               where j.integration_id = t.integration_id and j.table_name = t.table_name and j.kind = 'verify'
                 and j.finished_at is null) as is_verifying
from sluice.integration_tables t
where t.integration_id = $1 and t.table_name = $2)";

// Who only wants to know does not take back what somebody else asked for.
constexpr const char* ask_for_verification = R"(
update sluice.integration_tables
set verify_asked = case when $3::boolean then 'repair' else coalesce(verify_asked, 'report') end
where integration_id = $1 and table_name = $2)";

constexpr const char* hold_run = "select from sluice.runs where id = $1 and epoch = $2::bigint for no key update";

constexpr const char* note_on_job = R"(
update sluice.jobs set verification = $4::jsonb
where id = $1 and run_id = $2 and state = 'running' and epoch = $3::bigint and kind = 'verify')";

constexpr const char* note_on_table = R"(
update sluice.integration_tables t
set verified_at = now(), verification = j.verification - 'missing_keys' - 'surplus_keys',
    -- Key by key says more than both counts.
    row_counts = case when (j.verification ->> 'equal')::boolean then null else t.row_counts end
from sluice.jobs j
where j.id = $1 and t.integration_id = j.integration_id and t.table_name = j.table_name)";

Error conflict(const char* code, const std::string& text) { return {ErrorKind::conflict, code, text}; }

}  // namespace

JobQueue::Triggered JobQueue::verify(const IntegrationId& id, const std::string& table, bool repairs) {
  return in_transaction(database_, [&](Tx& tx) -> Triggered {
    const Integration integration = lock_integration(tx, id);
    check_may_run(integration);
    check_selected(integration, {table});
    const auto row = tx.exec(standing, id, table)[0];
    if (row["is_paused"].as<bool>()) {
      throw conflict("table.paused", "the table " + table + " is paused: resume it first");
    }
    if (!row["is_loaded"].as<bool>()) {
      throw conflict("table.not_loaded", "the table " + table + " was not loaded yet: there is nothing to compare");
    }
    if (row["is_verifying"].as<bool>()) {
      throw conflict("table.verifying", "the table " + table + " is being verified already");
    }
    tx.exec(ask_for_verification, id, table, repairs);
    close_finished_run(tx, id, std::nullopt);
    // Never beside a load: what is open is finished first.
    if (auto open = open_run_of(tx, id)) return {*std::move(open), false};
    return {*open_verification(tx, integration), true};
  });
}

bool JobQueue::record_verification(const RunId& run, std::int64_t epoch, const JobId& job, const Json& found) {
  return in_transaction(database_, [&](Tx& tx) {
    if (tx.exec(hold_run, run, epoch).empty()) return false;
    if (!tx.hits(note_on_job, job, run, epoch, found)) return false;
    tx.exec(note_on_table, job);
    return true;
  });
}

}  // namespace sluice
