// The attempts of a job. They are kept by triggers, as its state changes.

#include "storage/job_queue.hpp"
#include "storage/job_rows.hpp"
#include "storage/listing.hpp"
#include "storage/tx.hpp"

#include <charconv>

namespace sluice {
namespace {

constexpr const char* has_job = "select exists (select from sluice.jobs where id = $1)";

// An owner whose lease is over is lost, also before somebody takes his run over.
constexpr const char* list_attempts = R"(
with all_attempts as (
  select a.*, coalesce(a.totals, sluice.totals_of(j)) as now_totals,
         coalesce(lag(a.totals) over (order by a.number), '{}') as before_totals,
         a.state = 'running' and coalesce(r.lease_until <= now(), true) as is_lost
  from sluice.job_attempts a
  join sluice.jobs j on j.id = a.job_id
  join sluice.runs r on r.id = j.run_id
  where a.job_id = $1)
select a.number, case when a.is_lost then 'lost' else a.state end as state, a.worker, a.started_at, a.ended_at,
       a.error_kind, a.error_code, a.error_detail, a.error_hint,
       greatest(0, n.rows_read - coalesce(b.rows_read, 0)) as rows_read,
       greatest(0, n.rows_inserted - coalesce(b.rows_inserted, 0)) as rows_inserted,
       greatest(0, n.rows_updated - coalesce(b.rows_updated, 0)) as rows_updated,
       greatest(0, n.rows_unchanged - coalesce(b.rows_unchanged, 0)) as rows_unchanged,
       greatest(0, n.rows_deleted - coalesce(b.rows_deleted, 0)) as rows_deleted,
       greatest(0, n.rows_rejected - coalesce(b.rows_rejected, 0)) as rows_rejected,
       greatest(0, n.bytes - coalesce(b.bytes, 0)) as bytes,
       greatest(0, n.calls - coalesce(b.calls, 0)) as calls,
       greatest(0, n.throttled - coalesce(b.throttled, 0)) as throttled
from all_attempts a,
     jsonb_to_record(a.now_totals) as n(rows_read bigint, rows_inserted bigint, rows_updated bigint,
       rows_unchanged bigint, rows_deleted bigint, rows_rejected bigint, bytes bigint, calls bigint, throttled bigint),
     jsonb_to_record(a.before_totals) as b(rows_read bigint, rows_inserted bigint, rows_updated bigint,
       rows_unchanged bigint, rows_deleted bigint, rows_rejected bigint, bytes bigint, calls bigint, throttled bigint)
where a.number > $2::integer
order by a.number
limit $3::bigint)";

JobAttempt read_attempt(const pqxx::row& row) {
  JobAttempt attempt;
  attempt.number = row["number"].as<int>();
  parse(text_of(row["state"]), attempt.state);
  attempt.worker = text_of(row["worker"]);
  attempt.started_at = time_of(row["started_at"]);
  attempt.ended_at = optional_time(row["ended_at"]);
  attempt.counters = read_counters(row);
  if (!row["error_code"].is_null()) {
    attempt.error = JobError{error_kind_from(text_of(row["error_kind"])), text_of(row["error_code"]),
                             text_of(row["error_detail"]), text_of(row["error_hint"])};
  }
  return attempt;
}

int number_after(const PageRequest& page) {
  int number = 0;
  if (page.after) std::from_chars(page.after->data(), page.after->data() + page.after->size(), number);
  return number;
}

}  // namespace

std::optional<Listing<JobAttempt>> JobQueue::attempts(const JobId& job, const PageRequest& page) {
  return in_transaction(database_, [&](Tx& tx) -> std::optional<Listing<JobAttempt>> {
    if (!tx.exec(has_job, job)[0][0].as<bool>()) return std::nullopt;
    const auto rows = tx.exec(list_attempts, job, number_after(page), rows_to_ask(page));
    return listing_of<JobAttempt>(rows, page, read_attempt,
                                  [](const JobAttempt& last) { return std::to_string(last.number); });
  });
}

}  // namespace sluice
