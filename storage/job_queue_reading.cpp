// What people see of runs and jobs.

#include "storage/job_queue.hpp"

#include "storage/job_rows.hpp"
#include "storage/listing.hpp"
#include "storage/tx.hpp"

namespace sluice {
namespace {

constexpr const char* run_conditions = R"(
where ($1::text is null or r.integration_id = $1)
  and ($2::text is null or r.id < $2)
order by r.id desc
limit $3::bigint)";

constexpr const char* job_conditions = R"(
where ($1::text is null or j.integration_id = $1)
  and ($2::text is null or j.run_id = $2)
  and ($3::text is null or j.table_name = $3)
  and ($4::text is null or j.state = any (string_to_array($4, ',')))
  and ($5::text is null or j.kind = any (string_to_array($5, ',')))
  and ($6::timestamptz is null or j.queued_at >= $6)
  and ($7::timestamptz is null or j.queued_at < $7)
  and ($8::text is null or j.id < $8)
order by j.id desc
limit $9::bigint)";

constexpr const char* all_of_verification = "select verification from sluice.jobs where id = $1";

}  // namespace

std::optional<Run> JobQueue::find_run(const RunId& id) {
  static const std::string by_id = select_runs("where r.id = $1");
  return in_transaction(database_, [&](Tx& tx) -> std::optional<Run> {
    const auto rows = tx.exec(by_id.c_str(), id);
    if (rows.empty()) return std::nullopt;
    return read_run(rows[0]);
  });
}

Listing<Run> JobQueue::list_runs(const std::optional<IntegrationId>& integration, const PageRequest& page) {
  static const std::string filtered = select_runs(run_conditions);
  return in_transaction(database_, [&](Tx& tx) {
    const auto rows = tx.exec(filtered.c_str(), integration, page.after, rows_to_ask(page));
    return listing_of<Run>(rows, page, read_run, [](const Run& last) { return last.id.str(); });
  });
}

std::optional<Job> JobQueue::find_job(const JobId& id) {
  static const std::string by_id = select_jobs("where j.id = $1");
  return in_transaction(database_, [&](Tx& tx) -> std::optional<Job> {
    const auto rows = tx.exec(by_id.c_str(), id);
    if (rows.empty()) return std::nullopt;
    Job job = read_job(rows[0]);
    if (!job.verification.is_null()) job.verification = json_of(tx.exec(all_of_verification, id)[0][0]);
    return job;
  });
}

Listing<Job> JobQueue::list_jobs(const JobFilter& filter, const PageRequest& page) {
  static const std::string filtered = select_jobs(job_conditions);
  return in_transaction(database_, [&](Tx& tx) {
    const auto rows = tx.exec(filtered.c_str(), filter.integration, filter.run, if_given(filter.table),
                              comma_separated(filter.states), comma_separated(filter.kinds), filter.since, filter.until,
                              page.after, rows_to_ask(page));
    return listing_of<Job>(rows, page, read_job, [](const Job& last) { return last.id.str(); });
  });
}

}  // namespace sluice
