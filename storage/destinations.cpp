#include "storage/destinations.hpp"

#include "storage/listing.hpp"
#include "storage/secret_rows.hpp"
#include "storage/tx.hpp"

namespace sluice {
namespace {

constexpr const char* password_name = "password";
constexpr const char* embedded_name = "embedded";

constexpr const char* destination_columns = R"(
select d.id, d.name, d.kind, d.embedded, d.parameters, d.generation, d.created_at, d.updated_at,
       exists (select from sluice.secrets s where s.owner = d.id and s.name = 'password') as has_password
from sluice.destinations d )";

// Generations begin as those of integrations do: behind those of a namesake that is gone.
constexpr const char* insert_destination = R"(
insert into sluice.destinations (id, name, parameters, generation)
values ($1, $2, $3::jsonb, (extract(epoch from clock_timestamp()) * 1000000)::bigint))";

constexpr const char* insert_embedded = R"(
insert into sluice.destinations (id, name, embedded) values ($1, $2, true)
on conflict do nothing)";

constexpr const char* list_conditions = R"(
where $1::text is null or d.id > $1
order by d.id
limit $2::bigint)";

constexpr const char* store_parameters = R"(
update sluice.destinations set parameters = $2::jsonb, generation = generation + 1, updated_at = now() where id = $1)";

constexpr const char* users_of = R"(
select string_agg(name, ', ' order by name) from sluice.integrations where destination_id = $1 and state <> 'deleted')";

constexpr const char* delete_destination = "delete from sluice.destinations where id = $1";

std::string select_destinations(const std::string& conditions) { return destination_columns + conditions; }

DestinationRecord read_destination(const pqxx::row& row) {
  DestinationRecord record;
  record.id = DestinationId(text_of(row["id"]));
  record.name = text_of(row["name"]);
  record.kind = text_of(row["kind"]);
  record.embedded = row["embedded"].as<bool>();
  record.parameters = json_of(row["parameters"]);
  record.has_password = row["has_password"].as<bool>();
  record.generation = row["generation"].as<std::int64_t>();
  record.created_at = time_of(row["created_at"]);
  record.updated_at = time_of(row["updated_at"]);
  return record;
}

Error unknown_destination() { return {ErrorKind::missing, "destination.unknown", "there is no such destination"}; }

DestinationRecord get_destination(Tx& tx, const DestinationId& id) {
  static const std::string by_id = select_destinations("where d.id = $1");
  const auto rows = tx.exec(by_id.c_str(), id);
  if (rows.empty()) throw unknown_destination();
  return read_destination(rows[0]);
}

/// Locked until the transaction ends, so that no integration takes it up meanwhile.
DestinationRecord lock_changeable(Tx& tx, const DestinationId& id, ExpectedGeneration expected) {
  static const std::string locking = select_destinations("where d.id = $1 for update of d");
  const auto rows = tx.exec(locking.c_str(), id);
  if (rows.empty()) throw unknown_destination();
  DestinationRecord record = read_destination(rows[0]);
  if (record.embedded) {
    throw Error(ErrorKind::conflict, "destination.embedded",
                "the daemon's own destination cannot be changed or removed");
  }
  if (expected && *expected != record.generation) {
    throw Error(ErrorKind::conflict, "destination.changed", "the destination was changed meanwhile");
  }
  return record;
}

}  // namespace

Destinations::Destinations(Database& database, const SecretBox& box) : database_(database), box_(box) {}

DestinationRecord Destinations::create(const std::string& name, const Json& parameters, const Secret& password,
                                       const Json& reference) {
  const auto id = DestinationId::make(SystemClock().now());
  try {
    return in_transaction(database_, [&](Tx& tx) {
      tx.exec(insert_destination, id, name, parameters);
      if (!password.empty()) keep_secret(tx, box_, id.str(), password_name, password, reference);
      return get_destination(tx, id);
    });
  } catch (const Error& error) {
    if (error.code() != "database.duplicate") throw;
    throw Error(ErrorKind::conflict, "destination.name_taken", "there is a destination named \"" + name + "\" already");
  }
}

DestinationRecord Destinations::ensure_embedded() {
  static const std::string embedded = select_destinations("where d.embedded");
  return in_transaction(database_, [](Tx& tx) {
    tx.exec(insert_embedded, DestinationId::make(SystemClock().now()), embedded_name);
    const auto rows = tx.exec(embedded.c_str());
    if (rows.empty()) {
      throw Error(ErrorKind::config, "destination.name_taken",
                  "a destination named \"embedded\" is in the way of the daemon's own: remove it");
    }
    return read_destination(rows[0]);
  });
}

std::optional<DestinationRecord> Destinations::find(const std::string& id_or_name) {
  static const std::string by_either = select_destinations("where d.id = $1 or lower(d.name) = lower($1)");
  return in_transaction(database_, [&](Tx& tx) -> std::optional<DestinationRecord> {
    const auto rows = tx.exec(by_either.c_str(), id_or_name);
    if (rows.empty()) return std::nullopt;
    return read_destination(rows[0]);
  });
}

Listing<DestinationRecord> Destinations::list(const PageRequest& page) {
  static const std::string all = select_destinations(list_conditions);
  return in_transaction(database_, [&](Tx& tx) {
    const auto rows = tx.exec(all.c_str(), page.after, rows_to_ask(page));
    return listing_of<DestinationRecord>(rows, page, read_destination,
                                         [](const DestinationRecord& last) { return last.id.str(); });
  });
}

DestinationRecord Destinations::change(const DestinationId& id, const Json& parameters,
                                       const std::optional<Secret>& password, ExpectedGeneration expected,
                                       const Json& reference) {
  return in_transaction(database_, [&](Tx& tx) {
    lock_changeable(tx, id, expected);
    tx.exec(store_parameters, id, parameters);
    if (password) {
      if (password->empty()) {
        forget_secrets(tx, id.str());
      } else {
        keep_secret(tx, box_, id.str(), password_name, *password, reference);
      }
    }
    return get_destination(tx, id);
  });
}

void Destinations::remove(const DestinationId& id, ExpectedGeneration expected) {
  in_transaction(database_, [&](Tx& tx) {
    lock_changeable(tx, id, expected);
    if (const auto users = tx.exec(users_of, id)[0][0]; !users.is_null()) {
      throw Error(ErrorKind::conflict, "destination.in_use", "the destination is used by " + text_of(users));
    }
    forget_secrets(tx, id.str());
    tx.exec(delete_destination, id);
  });
}

Secret Destinations::password(const DestinationId& id) {
  return in_transaction(database_, [&](Tx& tx) {
    get_destination(tx, id);
    return kept_secret(tx, box_, id.str(), password_name).value_or(Secret());
  });
}

Json Destinations::password_reference(const DestinationId& id) {
  return in_transaction(database_, [&](Tx& tx) { return kept_reference(tx, id.str(), password_name); });
}

}  // namespace sluice
