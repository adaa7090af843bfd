// How an integration goes: begun on request, finished by whoever comes to it once its run is over.

#include "storage/integrations.hpp"

#include "storage/integration_rows.hpp"
#include "storage/open_run.hpp"
#include "storage/secret_rows.hpp"
#include "storage/tx.hpp"

#include <algorithm>
#include <cmath>

namespace sluice {
namespace {

constexpr const char* mark_deleting = R"(
update sluice.integrations
set state = 'deleting', next_run_at = null, updated_at = now(), deletion_tables = $2, deletion_asked_at = now(),
    deletion_attempts = 0, deletion_due_at = now(), deletion_error_code = '', deletion_error = ''
where id = $1)";

constexpr const char* change_mind = R"(
update sluice.integrations set deletion_tables = $2, deletion_due_at = now(), updated_at = now()
where id = $1 and deletion_tables <> $2)";

constexpr const char* due_delete = R"(
select i.id from sluice.integrations i
where i.state = 'deleting' and ($1::text is null or i.id = $1) and i.deletion_due_at <= now()
  and not exists (select from sluice.runs r
                  where r.integration_id = i.id and r.finished_at is null and r.lease_until > now())
order by i.deletion_due_at
limit 1
for no key update of i skip locked)";

constexpr const char* hold_delete = R"(
update sluice.integrations set deletion_due_at = now() + $2::bigint * interval '1 ms' where id = $1)";

constexpr const char* note_failure = R"(
update sluice.integrations
set deletion_due_at = now() + $4::bigint * interval '1 ms', deletion_attempts = deletion_attempts + 1,
    deletion_error_code = $2, deletion_error = $3, updated_at = now()
where id = $1 and state = 'deleting')";

constexpr const char* next_delete = R"(
select extract(epoch from min(i.deletion_due_at) - now()) * 1000 from sluice.integrations i where i.state = 'deleting')";

constexpr const char* has_open_run = R"(
select exists (select from sluice.runs where integration_id = $1 and finished_at is null))";

constexpr const char* mark_deleted = R"(
update sluice.integrations
set state = 'deleted', deleted_at = now(), updated_at = now(), destination_id = null, destination_schema = null,
    account_facts = null, deletion_tables = null, deletion_asked_at = null, deletion_due_at = null,
    deletion_error_code = '', deletion_error = ''
where id = $1)";

constexpr const char* is_deleted =
    "select exists (select from sluice.integrations where id = $1 and state = 'deleted')";

bool ends_run(Tx& tx, const IntegrationId& id) {
  cancel_waiting_jobs(tx, id);
  close_finished_run(tx, id, std::nullopt);
  return !tx.exec(has_open_run, id)[0][0].as<bool>();
}

}  // namespace

Integration Integrations::begin_delete(const IntegrationId& id, ExpectedGeneration expected, TablesLeft tables) {
  return in_transaction(database_, [&](Tx& tx) {
    const Integration before = lock_integration(tx, id);
    if (before.state == IntegrationState::deleting) {
      tx.exec(change_mind, id, tables);
    } else {
      if (expected && *expected != before.generation) {
        throw Error(ErrorKind::conflict, "integration.changed", "the integration was changed meanwhile");
      }
      tx.exec(mark_deleting, id, tables);
      ends_run(tx, id);
    }
    return get_integration(tx, id);
  });
}

std::optional<Integration> Integrations::claim_delete(const std::optional<IntegrationId>& id, Duration lease) {
  return in_transaction(database_, [&](Tx& tx) -> std::optional<Integration> {
    const auto rows = tx.exec(due_delete, id);
    if (rows.empty()) return std::nullopt;
    const IntegrationId due(text_of(rows[0][0]));
    if (!ends_run(tx, due)) return std::nullopt;
    tx.exec(hold_delete, due, lease);
    return get_integration(tx, due);
  });
}

void Integrations::delay_delete(const IntegrationId& id, const Error& error, Duration wait) {
  in_transaction(database_, [&](Tx& tx) { tx.exec(note_failure, id, error.code(), error.message(), wait); });
}

std::optional<Duration> Integrations::until_next_delete() {
  return in_transaction(database_, [&](Tx& tx) -> std::optional<Duration> {
    const auto milliseconds = tx.exec(next_delete)[0][0];
    if (milliseconds.is_null()) return std::nullopt;
    return Duration(static_cast<Duration::rep>(std::ceil(std::max(0.0, milliseconds.as<double>()))));
  });
}

void Integrations::finish_delete(const IntegrationId& id) {
  in_transaction(database_, [&](Tx& tx) {
    if (tx.exec(is_deleted, id)[0][0].as<bool>()) return;
    if (lock_integration(tx, id).state != IntegrationState::deleting) {
      throw Error(ErrorKind::conflict, "integration.not_deleting", "the deletion was not begun");
    }
    if (!ends_run(tx, id)) {
      throw Error(ErrorKind::conflict, "integration.run_open", "a run of the integration has not stopped yet");
    }
    forget_secrets(tx, id.str());
    tx.exec(mark_deleted, id);
  });
}

}  // namespace sluice
