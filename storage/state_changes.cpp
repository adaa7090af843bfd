#include "storage/state_changes.hpp"

#include "storage/tx.hpp"

#include <algorithm>

namespace sluice {
namespace {

constexpr const char* number_some = "select sluice.number_state_changes()";
constexpr const char* last_position = "select last from sluice.state_change_positions";

constexpr const char* forgotten_after = R"(
select greatest(0, coalesce((select min(position) from sluice.state_changes),
                            (select last + 1 from sluice.state_change_positions)) - 1 - $1::bigint))";

constexpr const char* changes_after = R"(
select position, at, type, integration_id, integration_name, table_name, run_id, job_id, before, after, detail
from sluice.state_changes
where position > $1::bigint and position <= $5::bigint
  and ($2::text is null or integration_id = $2)
  and ($3::text is null or type = any (string_to_array($3, ',')))
order by position
limit $4::bigint)";

constexpr const char* latest_changes = R"(
select * from (
  select position, at, type, integration_id, integration_name, table_name, run_id, job_id, before, after, detail
  from sluice.state_changes
  where position <= $4::bigint
    and ($1::text is null or integration_id = $1)
    and ($2::text is null or type = any (string_to_array($2, ',')))
  order by position desc
  limit $3::bigint) as newest
order by position)";

StateChange read_change(const pqxx::row& row) {
  StateChange change;
  change.position = row["position"].as<std::int64_t>();
  change.at = time_of(row["at"]);
  change.type = text_of(row["type"]);
  change.integration = IntegrationId(text_of(row["integration_id"]));
  change.integration_name = text_of(row["integration_name"]);
  change.table = text_of(row["table_name"]);
  if (!row["run_id"].is_null()) change.run = RunId(text_of(row["run_id"]));
  if (!row["job_id"].is_null()) change.job = JobId(text_of(row["job_id"]));
  change.before = json_of(row["before"]);
  change.after = json_of(row["after"]);
  change.detail = json_of(row["detail"]);
  return change;
}

std::optional<std::string> joined(const std::vector<std::string>& types) {
  if (types.empty()) return std::nullopt;
  std::string text;
  for (const std::string& type : types) text.append(text.empty() ? "" : ",").append(type);
  return text;
}

/// In transactions of their own: others wait for them no longer than they take.
std::int64_t number_up_to_now(Database& database) {
  while (in_transaction(database, [](Tx& tx) { return tx.exec(number_some)[0][0].as<std::int64_t>(); }) > 0) continue;
  return in_transaction(database, [](Tx& tx) { return tx.exec(last_position)[0][0].as<std::int64_t>(); });
}

}  // namespace

StateChanges::Page StateChanges::after(std::int64_t position, const StateChangeFilter& filter, int most) {
  const std::int64_t last_one = number_up_to_now(database_);
  // One from further on was of another control database.
  position = std::min(position, last_one);
  return in_transaction(database_, [&](Tx& tx) {
    Page page;
    page.missing = tx.exec(forgotten_after, position)[0][0].as<std::int64_t>();
    const auto rows = tx.exec(changes_after, position, filter.integration, joined(filter.types), most, last_one);
    for (const auto& row : rows) page.items.push_back(read_change(row));
    page.has_more = std::ssize(page.items) == most;
    page.seen = page.has_more ? page.items.back().position : last_one;
    return page;
  });
}

StateChanges::Page StateChanges::latest(const StateChangeFilter& filter, int most) {
  const std::int64_t last_one = number_up_to_now(database_);
  return in_transaction(database_, [&](Tx& tx) {
    Page page;
    page.seen = last_one;
    const auto rows = tx.exec(latest_changes, filter.integration, joined(filter.types), most, last_one);
    for (const auto& row : rows) page.items.push_back(read_change(row));
    return page;
  });
}

std::int64_t StateChanges::last() { return number_up_to_now(database_); }

const std::vector<std::string>& state_change_types() {
  static const std::vector<std::string> types{"integration.state", "integration.health", "integration.paused",
                                              "table.state",       "run.opened",         "run.finished",
                                              "job.state",         "schema_change"};
  return types;
}

}  // namespace sluice
