#include "storage/destination/connection.hpp"

#include "storage/destination/generations.hpp"
#include "storage/destination/preparation.hpp"
#include "storage/destination/session_owner.hpp"

#include <algorithm>

namespace sluice {
namespace {

constexpr int oldest_server = 130000;

constexpr const char* check_sql = R"(
  select current_setting('server_version'), current_database(), current_user,
         coalesce((select has_schema_privilege(n.oid, 'usage') and has_schema_privilege(n.oid, 'create')
                   from pg_namespace n where n.nspname = $1),
                  has_database_privilege(current_database(), 'create')),
         coalesce((select has_schema_privilege(n.oid, 'usage') and has_schema_privilege(n.oid, 'create')
                   from pg_namespace n where n.nspname = '_sluice'),
                  has_database_privilege(current_database(), 'create')),
         has_database_privilege(current_database(), 'temporary'),
         (select rolsuper from pg_roles where rolname = current_user),
         pg_is_in_recovery(),
         current_setting('server_encoding'))";

}  // namespace

std::unique_ptr<DestinationConnection> DestinationConnection::open(const DestinationAddress& address,
                                                                   const std::optional<SessionOwner>& owner) {
  auto connection = std::make_unique<PostgresDestination>(address);
  if (owner) displace_earlier_owners(connection->connection(), *owner);
  return connection;
}

PostgresDestination::PostgresDestination(const DestinationAddress& address)
    : connection_(address),
      is_remote_(std::any_of(address.hosts.begin(), address.hosts.end(), [](const std::string& host) {
        return !host.starts_with('/') && host != "localhost" && !host.starts_with("127.") && host != "::1";
      })) {}

DestinationCheck PostgresDestination::check(const Identifier& schema) {
  const PgRows rows = connection_.exec(check_sql, {schema.str()});
  if (rows.text(0, 8) != "UTF8") {
    throw Error(ErrorKind::config, "destination.not_utf8",
                "the database " + rows.text(0, 1) + " has the encoding " + rows.text(0, 8) +
                    ", which cannot hold every text of a store: create one with encoding 'UTF8' template template0");
  }
  DestinationCheck check;
  check.server_version = rows.text(0, 0);
  check.database = rows.text(0, 1);
  check.user = rows.text(0, 2);
  check.can_create = rows.is_true(0, 3) && rows.is_true(0, 4) && rows.is_true(0, 5) && !rows.is_true(0, 7);
  const auto warn_if = [&check](bool is_so, const std::string& text) {
    if (is_so) check.warnings.push_back(text);
  };
  warn_if(!rows.is_true(0, 3), "the role cannot create tables in schema \"" + schema.str() + "\"");
  warn_if(!rows.is_true(0, 4), "the role cannot create Sluice's own schema \"_sluice\"");
  warn_if(!rows.is_true(0, 5), "the role cannot create temporary tables, which loading needs");
  warn_if(rows.is_true(0, 6), "the role is a superuser; one that owns its schemas is enough");
  warn_if(rows.is_true(0, 7), "the server is a standby and takes no writes");
  warn_if(is_remote_ && !connection_.is_encrypted(), "the connection to another host is not encrypted; set sslmode");
  warn_if(connection_.server_version() < oldest_server, "PostgreSQL before version 13 is not supported");
  return check;
}

void PostgresDestination::prepare(const std::vector<DestinationTable>& tables) {
  in_transaction(connection_, [&] { prepare_tables(connection_, tables); });
}

void PostgresDestination::rehearse(const std::vector<DestinationTable>& tables) {
  in_transaction(connection_, [&] {
    prepare_tables(connection_, tables);
    connection_.exec("rollback and chain");
  });
}

std::vector<Checkpoint> PostgresDestination::take_over(const std::vector<DestinationTable>& tables,
                                                       std::int64_t epoch) {
  return in_transaction(connection_, [&] { return raise_fence(connection_, tables, epoch); });
}

void PostgresDestination::set_position(const DestinationTable& table, const Json& position, std::int64_t epoch) {
  in_transaction(connection_, [&] {
    renew_bookkeeping();
    sluice::set_position(connection_, table, position, epoch);
  });
}

void PostgresDestination::renew_bookkeeping() {
  lock_preparation(connection_);
  ensure_bookkeeping(connection_);
}

void PostgresDestination::replace(const DestinationTable& target, const DestinationTable& beside, std::int64_t epoch) {
  in_transaction(connection_, [&] { replace_rows(connection_, target, beside, epoch); });
}

std::optional<KeptGeneration> PostgresDestination::kept(const DestinationTable& target) {
  return in_transaction(connection_, [&] { return find_kept(connection_, target); });
}

void PostgresDestination::roll_back(const DestinationTable& target, std::int64_t epoch) {
  in_transaction(connection_, [&] {
    renew_bookkeeping();
    restore_kept(connection_, target, epoch);
  });
}

int PostgresDestination::forget_kept(Time before) {
  return in_transaction(connection_, [&] { return drop_kept_before(connection_, before); });
}

std::vector<std::string> PostgresDestination::references_to(const DestinationTable& target) {
  return in_transaction(connection_, [&] { return sluice::references_to(connection_, target); });
}

std::vector<std::string> PostgresDestination::dependents(const DestinationTable& table, const std::string& column) {
  return dependents_of(connection_, table, column);
}

void PostgresDestination::drop(const std::vector<DestinationTable>& tables) {
  in_transaction(connection_, [&] { drop_tables(connection_, tables); });
}

}  // namespace sluice
