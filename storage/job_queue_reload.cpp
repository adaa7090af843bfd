// Tables that are to be read anew: asked for at any time, done by their next job.

#include "storage/job_queue.hpp"

#include "storage/integration_rows.hpp"
#include "storage/job_opening.hpp"
#include "storage/open_run.hpp"
#include "storage/tx.hpp"

namespace sluice {
namespace {

constexpr const char* has_open_reload = R"(
select exists (
  select from sluice.jobs
  where integration_id = $1 and table_name = $2 and kind = 'reload' and finished_at is null))";

constexpr const char* ask_for_reload = R"(
update sluice.integration_tables set reload_asked = $3
where integration_id = $1 and table_name = any (string_to_array($2, ','))
  and state <> 'removed' and ($4::boolean or last_replicated_at is not null))";

constexpr const char* is_paused = R"(
select exists (
  select from sluice.integration_tables where integration_id = $1 and table_name = $2 and state = 'paused'))";

}  // namespace

JobQueue::Triggered JobQueue::reload(const IntegrationId& id, const std::string& table, ReloadMode mode) {
  return in_transaction(database_, [&](Tx& tx) -> Triggered {
    const Integration integration = lock_integration(tx, id);
    check_may_run(integration);
    check_selected(integration, {table});
    if (tx.exec(is_paused, id, table)[0][0].as<bool>()) {
      throw Error(ErrorKind::conflict, "table.paused", "the table " + table + " is paused: resume it first");
    }
    if (tx.exec(has_open_reload, id, table)[0][0].as<bool>()) {
      throw Error(ErrorKind::conflict, "table.reloading", "the table " + table + " is being reloaded already");
    }
    tx.exec(ask_for_reload, id, table, std::string(to_string(mode)), true);
    close_finished_run(tx, id, std::nullopt);
    // Never two jobs on one table: what is open is finished first.
    if (auto open = open_run_of(tx, id)) return {*std::move(open), false};
    return {open_run(tx, integration, RunTrigger::manual, {table}), true};
  });
}

void JobQueue::reload_later(const IntegrationId& id, const std::vector<std::string>& tables) {
  in_transaction(database_, [&](Tx& tx) {
    std::string names;
    for (const std::string& table : tables) names += (names.empty() ? "" : ",") + table;
    tx.exec(ask_for_reload, id, names, std::string(to_string(ReloadMode::merge)), false);
  });
}

std::int64_t JobQueue::next_epoch() {
  return in_transaction(database_,
                        [](Tx& tx) { return tx.exec("select nextval('sluice.epochs')")[0][0].as<std::int64_t>(); });
}

}  // namespace sluice
