#include "storage/integrations.hpp"

#include "storage/due_rows.hpp"
#include "storage/integration_rows.hpp"
#include "storage/listing.hpp"
#include "storage/open_run.hpp"
#include "storage/secret_rows.hpp"
#include "storage/tx.hpp"

#include <algorithm>

namespace sluice {
namespace {

// Generations begin behind all that an integration of the same name, since deleted, can have had: what was read of that
// one must not fit this one's ETag.
constexpr const char* insert_integration = R"(
insert into sluice.integrations (id, name, connector, frequency, cron, time_zone, start_date, quiet_hours, generation)
values ($1, $2, $3, $4::bigint, $5, $6, $7::timestamptz, $8::jsonb, 
        (extract(epoch from clock_timestamp()) * 1000000)::bigint))";

constexpr const char* list_conditions = R"(
where ($1::text is null and i.state <> 'deleted' or i.state = any (string_to_array($1, ',')))
  and ($2::boolean is null or i.paused = $2)
  and ($3::text is null or i.health = any (string_to_array($3, ',')))
  and ($4::text is null or i.connector = $4)
  and ($5::text is null or position(lower($5) in lower(i.name)) > 0)
  and ($6::text is null or i.id > $6)
order by i.id
limit $7::bigint)";

constexpr const char* store_destination = R"(
update sluice.integrations
set destination_id = $2, destination_schema = $3, generation = generation + 1, updated_at = now()
where id = $1)";

constexpr const char* lock_destination = "select 1 from sluice.destinations where id = $1 for key share";

constexpr const char* confirm_draft = R"(
update sluice.integrations
set state = 'pending', confirmed_at = now(), updated_at = now()
where id = $1)";

constexpr const char* name_destination_tables = R"(
update sluice.integration_tables t
set destination_table = named.destination_table
from jsonb_to_recordset($2::jsonb) as named(table_name text, destination_table text)
where t.integration_id = $1 and t.table_name = named.table_name)";

constexpr const char* store_frequency = R"(
update sluice.integrations
set frequency = $2::bigint, cron = $3, time_zone = $4,
    next_run_at = case when num_nonnulls($2::bigint, $3::text) = 1 then next_run_at end,
    generation = generation + 1, updated_at = now()
where id = $1)";

constexpr const char* store_quiet_hours = R"(
update sluice.integrations set quiet_hours = $2::jsonb, generation = generation + 1, updated_at = now() where id = $1)";

constexpr const char* store_start_date = R"(
update sluice.integrations set start_date = $2::timestamptz, generation = generation + 1, updated_at = now()
where id = $1)";

constexpr const char* store_new_field_policy = R"(
update sluice.integrations set on_new_fields = $2, generation = generation + 1, updated_at = now() where id = $1)";

constexpr const char* store_pause = R"(
update sluice.integrations set paused = $2::boolean, pause_reason = $3, paused_until = $4::timestamptz, updated_at = now()
where id = $1)";

std::optional<std::string> expression_of(const Frequency& frequency) {
  return frequency.cron ? std::optional(frequency.cron->expression) : std::nullopt;
}
std::optional<std::string> zone_of(const Frequency& frequency) {
  return frequency.cron ? std::optional(frequency.cron->time_zone) : std::nullopt;
}

void expect(const Integration& integration, ExpectedGeneration expected) {
  if (expected && *expected != integration.generation) {
    throw Error(ErrorKind::conflict, "integration.changed", "the integration was changed meanwhile");
  }
}

Integration lock_living(Tx& tx, const IntegrationId& id) {
  Integration integration = lock_integration(tx, id);
  if (integration.state == IntegrationState::deleting) {
    throw Error(ErrorKind::conflict, "integration.deleting", "the integration is being deleted");
  }
  return integration;
}

Integration lock_draft(Tx& tx, const IntegrationId& id) {
  Integration integration = lock_living(tx, id);
  if (integration.state != IntegrationState::draft) {
    throw Error(ErrorKind::conflict, "integration.confirmed", "the integration is confirmed already");
  }
  return integration;
}

std::vector<Problem> missing_parts(const Integration& draft) {
  std::vector<Problem> missing;
  if (draft.account.empty()) missing.push_back({"/credentials", "missing", "authenticate first"});
  if (draft.selection.empty()) missing.push_back({"/selection", "missing", "select tables first"});
  if (!draft.destination) missing.push_back({"/destination", "missing", "choose a destination first"});
  return missing;
}

Error name_taken(const std::string& name) {
  return {ErrorKind::conflict, "integration.name_taken", "there is an integration named \"" + name + "\" already"};
}

}  // namespace

Integrations::Integrations(Database& database, const SecretBox& box) : database_(database), box_(box) {}

Integration Integrations::create(const std::string& name, const std::string& connector, const Frequency& frequency,
                                 std::optional<Time> start_date, const QuietHours& quiet_hours) {
  const auto id = IntegrationId::make(SystemClock().now());
  try {
    return in_transaction(database_, [&](Tx& tx) {
      tx.exec(insert_integration, id, name, connector, frequency.interval, expression_of(frequency), zone_of(frequency),
              start_date, to_json(quiet_hours));
      return get_integration(tx, id);
    });
  } catch (const Error& error) {
    if (error.code() == "database.duplicate") throw name_taken(name);
    throw;
  }
}

std::optional<Integration> Integrations::find(const std::string& id_or_name) {
  static const std::string by_either =
      select_integrations("where (i.id = $1 or lower(i.name) = lower($1)) and i.state <> 'deleted'");
  return in_transaction(database_, [&](Tx& tx) -> std::optional<Integration> {
    const auto rows = tx.exec(by_either.c_str(), id_or_name);
    if (rows.empty()) return std::nullopt;
    return read_integration(rows[0]);
  });
}

Listing<Integration> Integrations::list(const IntegrationFilter& filter, const PageRequest& page) {
  static const std::string filtered = select_integrations(list_conditions);
  return in_transaction(database_, [&](Tx& tx) {
    const auto rows =
        tx.exec(filtered.c_str(), comma_separated(filter.states), filter.paused, comma_separated(filter.healths),
                if_given(filter.connector), if_given(filter.search), page.after, rows_to_ask(page));
    return listing_of<Integration>(rows, page, read_integration, [](const Integration& last) { return last.id.str(); });
  });
}

Integration Integrations::set_destination(const IntegrationId& id, const DestinationId& destination,
                                          const std::string& schema, ExpectedGeneration expected) {
  return in_transaction(database_, [&](Tx& tx) {
    expect(lock_draft(tx, id), expected);
    if (tx.exec(lock_destination, destination).empty()) {
      throw Error(ErrorKind::missing, "destination.unknown", "there is no such destination");
    }
    tx.exec(store_destination, id, destination, schema);
    return get_integration(tx, id);
  });
}

Integration Integrations::confirm(const IntegrationId& id, const std::vector<std::string>& destination_tables) {
  return in_transaction(database_, [&](Tx& tx) {
    const Integration draft = lock_draft(tx, id);
    if (auto missing = missing_parts(draft); !missing.empty()) {
      throw Error(ErrorKind::conflict, "integration.incomplete", "the integration is not set up completely",
                  std::move(missing));
    }
    if (destination_tables.size() != draft.selection.size()) {
      // The selection is another one than the caller has read.
      throw Error(ErrorKind::conflict, "integration.changed", "the integration was changed meanwhile");
    }
    Json names = Json::array();
    for (std::size_t i = 0; i < destination_tables.size(); ++i) {
      names.push_back({{"table_name", draft.selection[i].name}, {"destination_table", destination_tables[i]}});
    }
    tx.exec(name_destination_tables, id, names);
    tx.exec(confirm_draft, id);
    plan_from_start(tx, draft);
    return get_integration(tx, id);
  });
}

Integration Integrations::change(const IntegrationId& id, const Changes& changes, ExpectedGeneration expected) {
  return in_transaction(database_, [&](Tx& tx) {
    expect(lock_living(tx, id), expected);
    if (const auto& wanted = changes.frequency) {
      tx.exec(store_frequency, id, wanted->interval, expression_of(*wanted), zone_of(*wanted));
    }
    if (changes.quiet_hours) tx.exec(store_quiet_hours, id, to_json(*changes.quiet_hours));
    if (changes.frequency) plan_changed(tx, get_integration(tx, id));
    if (changes.quiet_hours) plan_around_quiet_hours(tx, get_integration(tx, id));
    if (changes.start_date) tx.exec(store_start_date, id, *changes.start_date);
    if (changes.on_new_fields) tx.exec(store_new_field_policy, id, std::string(to_string(*changes.on_new_fields)));
    return get_integration(tx, id);
  });
}

Integration Integrations::pause(const IntegrationId& id, const std::string& reason, std::optional<Time> until,
                                PauseMode mode) {
  return in_transaction(database_, [&](Tx& tx) {
    if (lock_living(tx, id).state == IntegrationState::draft) {
      throw Error(ErrorKind::conflict, "integration.draft", "the integration is not confirmed yet");
    }
    tx.exec(store_pause, id, true, reason, until);
    if (mode == PauseMode::now) cancel_open_run(tx, id);
    return get_integration(tx, id);
  });
}

Integration Integrations::resume(const IntegrationId& id) {
  return in_transaction(database_, [&](Tx& tx) {
    if (lock_living(tx, id).state == IntegrationState::draft) {
      throw Error(ErrorKind::conflict, "integration.draft", "the integration is not confirmed yet");
    }
    tx.exec(store_pause, id, false, "", std::nullopt);
    return get_integration(tx, id);
  });
}

}  // namespace sluice
