#include "storage/migrations.hpp"

#include "core/embedded_file.hpp"
#include "storage/tx.hpp"

#include <charconv>
#include <span>

namespace sluice {

extern const std::span<const EmbeddedFile> migration_files;  // in order; "0001_what.sql" is step 1

namespace {

constexpr const char* lock_migrations = "select pg_advisory_xact_lock(hashtextextended('sluice migrations', 0))";

constexpr const char* create_ledger = R"(
create schema if not exists sluice;
create table if not exists sluice.migrations (
  number integer primary key check (number >= 1),
  name text not null,
  applied_at timestamptz not null default now()
))";

// Not to_regclass: that may answer from what this session had cached before it waited for the lock.
constexpr const char* has_ledger =
    "select exists (select from pg_catalog.pg_tables where schemaname = 'sluice' and tablename = 'migrations')";
constexpr const char* newest_applied = "select coalesce(max(number), 0) from sluice.migrations";
constexpr const char* note_applied = "insert into sluice.migrations (number, name) values ($1::integer, $2)";

int number_of(const EmbeddedFile& file) {
  int number = 0;
  std::from_chars(file.name.data(), file.name.data() + file.name.size(), number);
  return number;
}

int applied(Tx& tx) {
  if (!tx.exec(has_ledger)[0][0].as<bool>()) return 0;
  return tx.exec(newest_applied)[0][0].as<int>();
}

}  // namespace

int known_schema_version() { return number_of(migration_files.back()); }

int schema_version(Database& database) {
  return in_transaction(database, [](Tx& tx) { return applied(tx); });
}

MigrationReport migrate(Database& database) {
  MigrationReport report;
  report.before = schema_version(database);
  report.after = report.before;
  if (report.before > known_schema_version()) {
    throw Error(ErrorKind::config, "database.schema_newer",
                "the control database is at schema version " + std::to_string(report.before) + ", this Sluice knows " +
                    std::to_string(known_schema_version()) + ": run a newer Sluice");
  }
  for (const EmbeddedFile& file : migration_files) {
    const int number = number_of(file);
    if (number <= report.before) continue;
    in_transaction(database, [&](Tx& tx) {
      tx.exec(lock_migrations);
      // Another daemon may have been here while we waited for the lock.
      if (applied(tx) >= number) return;
      if (number == 1) tx.script(create_ledger);
      tx.script(std::string(file.text));
      tx.exec(note_applied, number, file.name);
    });
    report.after = number;
  }
  return report;
}

}  // namespace sluice
