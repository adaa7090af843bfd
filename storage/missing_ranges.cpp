#include "storage/missing_ranges.hpp"

#include "storage/job_queue.hpp"
#include "storage/tx.hpp"

namespace sluice {
namespace {

constexpr const char* lacking_tables = R"(
select m.table_name from sluice.missing_ranges m
join sluice.integration_tables t on t.integration_id = m.integration_id and t.table_name = m.table_name
where m.integration_id = $1
order by t.ordinal)";

constexpr const char* insert_run = "insert into sluice.runs (id, integration_id, trigger) values ($1, $2, 'schedule')";

constexpr const char* insert_backfills = R"(
insert into sluice.jobs (id, run_id, integration_id, table_name, kind, window_from, window_until)
select made.id, $1, $2, made.table_name, 'backfill', m.range_from, m.range_until
from jsonb_to_recordset($3::jsonb) as made(id text, table_name text)
join sluice.missing_ranges m on m.integration_id = $2 and m.table_name = made.table_name)";

// A table that is read anew lacks nothing afterwards.
constexpr const char* list_planned = R"(
select t.ordinal, m.table_name, 'backfill' as kind, null as reload_mode, m.range_from, m.range_until
from sluice.missing_ranges m
join sluice.integration_tables t on t.integration_id = m.integration_id and t.table_name = m.table_name
where m.integration_id = $1
union all
select ordinal, table_name, case when reload_asked is null then 'backfill' else 'reload' end, reload_asked, null, null
from sluice.integration_tables
where integration_id = $1 and state <> 'removed' and (reload_asked is not null or rereads_wanted > rereads_begun)
order by 1)";

}  // namespace

bool open_backfill_run(Tx& tx, const Integration& integration) {
  const Time now = SystemClock().now();
  const auto id = RunId::make(now);
  Json jobs = Json::array();
  for (const auto& row : tx.exec(lacking_tables, integration.id))
    jobs.push_back({{"id", JobId::make(now).str()}, {"table_name", text_of(row[0])}});
  if (jobs.empty()) return false;
  tx.exec(insert_run, id, integration.id);
  tx.exec(insert_backfills, id, integration.id, jobs);
  return true;
}

std::vector<PlannedRead> JobQueue::planned_reads(const IntegrationId& id) {
  return in_transaction(database_, [&](Tx& tx) {
    std::vector<PlannedRead> planned;
    for (const auto& row : tx.exec(list_planned, id)) {
      PlannedRead read;
      read.table = text_of(row["table_name"]);
      parse(text_of(row["kind"]), read.kind);
      if (ReloadMode mode{}; parse(text_of(row["reload_mode"]), mode)) read.reload = mode;
      if (const auto until = optional_time(row["range_until"]))
        read.window = DateWindow{optional_time(row["range_from"]), *until};
      planned.push_back(std::move(read));
    }
    return planned;
  });
}

}  // namespace sluice
