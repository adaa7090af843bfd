#include "storage/destination/bookkeeping.hpp"

#include "core/utf8.hpp"
#include "storage/destination/table_sql.hpp"

#include <array>
#include <map>

namespace sluice {
namespace {

constexpr const char* lock_sql = "select pg_advisory_xact_lock(7748632501936419)";

constexpr const char* has_relation_sql = R"(
  select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
                 where n.nspname = '_sluice' and c.relname = $1))";

constexpr const char* has_schema_sql = "select exists (select from pg_namespace where nspname = '_sluice')";

constexpr const char* create_schema_sql = R"(
  create schema _sluice;
  comment on schema _sluice is 'How far Sluice has come with the tables that it keeps. Do not change by hand.')";

struct Relation {
  const char* name;
  const char* sql;
};

constexpr std::array relations{
    Relation{"tables", R"(
  create table _sluice.tables (
    number bigint generated always as identity unique,
    schema_name text not null,
    name text not null,
    integration_id text not null,
    table_name text not null,
    table_oid oid not null,
    created_at timestamptz not null default now(),
    primary key (schema_name, name),
    unique (integration_id, table_name)
  );
  comment on table _sluice.tables is 'Whose tables are whose: Sluice writes to no table that is not listed here.')"},
    Relation{"checkpoint", R"(
  create table _sluice.checkpoint (
    integration_id text not null,
    table_name text not null,
    epoch bigint not null default 0,
    position jsonb,
    rows bigint not null default 0,
    pass_began_with bigint not null default 0,
    pass_lost bigint not null default 0,
    read bigint not null default 0,
    inserted bigint not null default 0,
    updated bigint not null default 0,
    unchanged bigint not null default 0,
    deleted bigint not null default 0,
    rejected bigint not null default 0,
    job_id text,
    before_job bigint[],
    updated_at timestamptz not null default now(),
    primary key (integration_id, table_name)
  );
  comment on table _sluice.checkpoint is 'How far each table has come; changes together with its rows.')"},
    Relation{"rejected", R"(
  create table _sluice.rejected (
    id bigint generated always as identity primary key,
    integration_id text not null,
    table_name text not null,
    job_id text not null,
    key text not null,
    field text not null,
    reason text not null,
    raw text not null,
    at timestamptz not null default now()
  );
  create index on _sluice.rejected (integration_id, table_name, key);
  comment on table _sluice.rejected is 'Records of the source that could not be stored, each with its reason.')"},
};

/// Of relations that an earlier Sluice made.
struct LaterColumn {
  const char* relation;
  const char* name;
  const char* sql;
};

constexpr std::array later_columns{
    LaterColumn{"checkpoint", "pass_lost",
                "alter table _sluice.checkpoint add column pass_lost bigint not null default 0"},
    LaterColumn{"checkpoint", "job_id", "alter table _sluice.checkpoint add column job_id text"},
    LaterColumn{"checkpoint", "before_job", "alter table _sluice.checkpoint add column before_job bigint[]"},
};

constexpr const char* has_column_sql = R"(
  select exists (select from pg_attribute a join pg_class c on c.oid = a.attrelid
                 join pg_namespace n on n.oid = c.relnamespace
                 where n.nspname = '_sluice' and c.relname = $1 and a.attname = $2 and not a.attisdropped))";

constexpr const char* registrations_sql = R"(
  select r.number, r.integration_id, r.table_name, r.table_oid::bigint
  from unnest($1::text[], $2::text[]) with ordinality as wanted(schema_name, name, place)
  left join _sluice.tables r on r.schema_name = wanted.schema_name and r.name = wanted.name
  order by wanted.place)";

constexpr const char* register_sql = R"(
  insert into _sluice.tables (schema_name, name, integration_id, table_name, table_oid)
  select $1::text, $2::text, $3, $4, c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1::text and c.relname = $2::text
  on conflict (schema_name, name) do update set table_oid = excluded.table_oid, created_at = now())";

constexpr const char* reset_checkpoint_sql = R"(
  insert into _sluice.checkpoint (integration_id, table_name) values ($1, $2)
  on conflict (integration_id, table_name) do update set position = null, rows = 0, pass_began_with = 0,
    pass_lost = 0, updated_at = now())";

constexpr const char* adopt_sql =
    "update _sluice.tables set table_oid = $3::bigint::oid where schema_name = $1 and name = $2";

constexpr const char* forget_registration_sql = "delete from _sluice.tables where number = $1";
constexpr const char* forget_checkpoint_sql =
    "delete from _sluice.checkpoint where integration_id = $1 and table_name = $2";
constexpr const char* forget_rejected_sql =
    "delete from _sluice.rejected where integration_id = $1 and table_name = $2";

// Locked in one order everywhere, so that two owners wait for each other and never both ways.
constexpr const char* raise_fence_sql = R"(
  with mine as (
    select integration_id, table_name from _sluice.checkpoint
    where integration_id = $1 and table_name = any($2::text[]) and epoch <= $3::bigint
    order by table_name for update
  )
  update _sluice.checkpoint c set epoch = $3::bigint from mine
  where c.integration_id = mine.integration_id and c.table_name = mine.table_name
  returning c.table_name, c.position::text, c.rows, c.job_id, c.read - c.before_job[1], c.inserted - c.before_job[2],
    c.updated - c.before_job[3], c.unchanged - c.before_job[4], c.deleted - c.before_job[5],
    c.rejected - c.before_job[6])";

constexpr const char* hold_fence_sql = R"(
  select table_name, rows, pass_began_with, pass_lost, position is not null from _sluice.checkpoint
  where integration_id = $1 and table_name = any($2::text[]) and epoch <= $3::bigint
  order by table_name for update)";

constexpr const char* advance_sql = R"(
  update _sluice.checkpoint c
  set position = $3::jsonb, rows = done.rows, pass_began_with = done.pass_began_with,
      pass_lost = done.pass_lost, read = c.read + done.read,
      inserted = c.inserted + done.inserted, updated = c.updated + done.updated, unchanged = c.unchanged + done.unchanged,
      deleted = c.deleted + done.deleted, rejected = c.rejected + done.rejected, updated_at = statement_timestamp(),
      job_id = done.job_id,
      before_job = case when c.job_id = done.job_id then c.before_job
                        else array[c.read, c.inserted, c.updated, c.unchanged, c.deleted, c.rejected] end
  from unnest($2::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
              $10::bigint[], $11::bigint[], $12::bigint[], $13::text[])
    as done(table_name, rows, pass_began_with, pass_lost, read, inserted, updated, unchanged, deleted, rejected,
            job_id)
  where c.integration_id = $1 and c.table_name = done.table_name)";

constexpr const char* set_position_sql = R"(
  update _sluice.checkpoint set position = $3::jsonb, pass_began_with = 0, pass_lost = 0, updated_at = statement_timestamp()
  where integration_id = $1 and table_name = $2)";

constexpr const char* drop_old_rejects_sql = R"(
  delete from _sluice.rejected
  where integration_id = $1 and table_name = $2 and key = any($3::text[]) and (key <> '' or raw = any($4::text[])))";

constexpr const char* quarantine_sql = R"(
  insert into _sluice.rejected (integration_id, table_name, job_id, key, field, reason, raw)
  select $1::text, $2::text, $3::text, r.key, r.field, r.reason, r.raw
  from unnest($4::text[], $5::text[], $6::text[], $7::text[]) as r(key, field, reason, raw))";

std::string source_names(const std::vector<DestinationTable>& tables) {
  std::vector<std::string> names;
  for (const DestinationTable& table : tables) names.push_back(table.registered_name());
  return pg_array(names);
}

/// The row of each table, in the order of the tables. One that did not match belongs to somebody newer.
std::vector<int> rows_of(const PgRows& rows, const std::vector<DestinationTable>& tables) {
  std::map<std::string, int, std::less<>> by_name;
  for (int row = 0; row < rows.size(); ++row) by_name.emplace(rows.text(row, 0), row);
  std::vector<int> found;
  for (const DestinationTable& table : tables) {
    const auto row = by_name.find(table.registered_name());
    if (row == by_name.end()) {
      throw Error(ErrorKind::conflict, "destination.fenced",
                  "a newer run took over the destination table " + table.schema.str() + "." + table.name.str());
    }
    found.push_back(row->second);
  }
  return found;
}

}  // namespace

void lock_preparation(PgConnection& connection) { connection.exec(lock_sql); }

bool has_bookkeeping(PgConnection& connection) {
  for (const Relation& relation : relations) {
    if (!connection.exec(has_relation_sql, {relation.name}).is_true(0, 0)) return false;
  }
  return true;
}

void ensure_bookkeeping(PgConnection& connection) {
  // "if not exists" would ask for the right to create even where there is nothing left to do.
  if (!connection.exec(has_schema_sql).is_true(0, 0)) connection.exec(create_schema_sql);
  for (const Relation& relation : relations) {
    if (!connection.exec(has_relation_sql, {relation.name}).is_true(0, 0)) connection.exec(relation.sql);
  }
  for (const LaterColumn& column : later_columns) {
    if (!connection.exec(has_column_sql, {column.relation, column.name}).is_true(0, 0)) connection.exec(column.sql);
  }
}

std::string seen_table_name(std::int64_t number) { return "_sluice.seen_" + std::to_string(number); }

std::vector<std::optional<Registration>> find_registrations(PgConnection& connection,
                                                            const std::vector<DestinationTable>& tables) {
  std::vector<std::string> schemas;
  std::vector<std::string> names;
  for (const DestinationTable& table : tables) {
    schemas.push_back(table.schema.str());
    names.push_back(table.name.str());
  }
  const PgRows rows = connection.exec(registrations_sql, {pg_array(schemas), pg_array(names)});
  std::vector<std::optional<Registration>> found(tables.size());
  for (int row = 0; row < rows.size(); ++row) {
    if (rows.is_null(row, 0)) continue;
    found[static_cast<std::size_t>(row)] =
        Registration{rows.number(row, 0), rows.text(row, 1), rows.text(row, 2), rows.number(row, 3)};
  }
  return found;
}

void register_table(PgConnection& connection, const DestinationTable& table) {
  connection.exec(register_sql,
                  {table.schema.str(), table.name.str(), table.integration.str(), table.registered_name()});
  connection.exec(reset_checkpoint_sql, {table.integration.str(), table.registered_name()});
}

void adopt_table(PgConnection& connection, const DestinationTable& table, std::int64_t oid) {
  connection.exec(adopt_sql, {table.schema.str(), table.name.str(), std::to_string(oid)});
}

void forget_table(PgConnection& connection, const DestinationTable& table, const Registration& registration) {
  connection.exec("drop table if exists " + seen_table_name(registration.number));
  connection.exec(forget_registration_sql, {std::to_string(registration.number)});
  connection.exec(forget_checkpoint_sql, {table.integration.str(), table.registered_name()});
  connection.exec(forget_rejected_sql, {table.integration.str(), table.registered_name()});
}

std::vector<Checkpoint> raise_fence(PgConnection& connection, const std::vector<DestinationTable>& tables,
                                    std::int64_t epoch) {
  if (tables.empty()) return {};
  const PgRows rows =
      connection.exec(raise_fence_sql, {tables.front().integration.str(), source_names(tables), std::to_string(epoch)});
  std::vector<Checkpoint> checkpoints;
  for (const int row : rows_of(rows, tables)) {
    checkpoints.push_back({rows.is_null(row, 1) ? Json() : Json::parse(rows.text(row, 1)), rows.number(row, 2)});
    if (rows.is_null(row, 3)) continue;
    checkpoints.back().last_job = JobId(rows.text(row, 3));
    Counters& written = checkpoints.back().last_job_wrote;
    written.read = rows.number(row, 4);
    written.inserted = rows.number(row, 5);
    written.updated = rows.number(row, 6);
    written.unchanged = rows.number(row, 7);
    written.deleted = rows.number(row, 8);
    written.rejected = rows.number(row, 9);
  }
  return checkpoints;
}

void set_position(PgConnection& connection, const DestinationTable& table, const Json& position, std::int64_t epoch) {
  hold_fence(connection, {table}, epoch);
  const auto text = position.is_null() ? std::nullopt : std::optional(position.dump());
  connection.exec(set_position_sql, {table.integration.str(), table.registered_name(), text});
}

std::vector<TableStanding> hold_fence(PgConnection& connection, const std::vector<DestinationTable>& tables,
                                      std::int64_t epoch) {
  const PgRows rows =
      connection.exec(hold_fence_sql, {tables.front().integration.str(), source_names(tables), std::to_string(epoch)});
  std::vector<TableStanding> standings;
  for (const int row : rows_of(rows, tables)) {
    standings.push_back({rows.number(row, 1), rows.number(row, 2), rows.number(row, 3), rows.is_true(row, 4)});
  }
  return standings;
}

void advance_checkpoints(PgConnection& connection, const std::vector<DestinationTable>& tables, const Json& position,
                         const std::vector<TableAdvance>& advances) {
  PgParams params{tables.front().integration.str(), source_names(tables), std::nullopt};
  if (!position.is_null()) params.back() = position.dump(-1, ' ', false, Json::error_handler_t::replace);
  const auto add = [&params, &advances](auto value_of) {
    std::vector<std::int64_t> values;
    for (const TableAdvance& advance : advances) values.push_back(value_of(advance));
    params.emplace_back(pg_array(values));
  };
  add([](const TableAdvance& advance) { return advance.rows; });
  add([](const TableAdvance& advance) { return advance.pass_began_with; });
  add([](const TableAdvance& advance) { return advance.pass_lost; });
  add([](const TableAdvance& advance) { return advance.counters.read; });
  add([](const TableAdvance& advance) { return advance.counters.inserted; });
  add([](const TableAdvance& advance) { return advance.counters.updated; });
  add([](const TableAdvance& advance) { return advance.counters.unchanged; });
  add([](const TableAdvance& advance) { return advance.counters.deleted; });
  add([](const TableAdvance& advance) { return advance.counters.rejected; });
  std::vector<std::string> jobs;
  for (const TableAdvance& advance : advances) jobs.push_back(advance.job.str());
  params.emplace_back(pg_array(jobs));
  connection.exec(advance_sql, params);
}

void quarantine(PgConnection& connection, const DestinationTable& table, const JobId& job,
                const std::vector<Reject>& rejects) {
  if (rejects.empty()) return;
  // A record is in the quarantine because it is odd: even its text may be no text.
  const auto column = [&rejects](auto member) {
    std::vector<std::string> values;
    for (const Reject& reject : rejects) values.push_back(valid_utf8(reject.*member));
    return pg_array(values);
  };
  const std::string keys = column(&Reject::key);
  const std::string raws = column(&Reject::raw);
  connection.exec(drop_old_rejects_sql, {table.integration.str(), table.registered_name(), keys, raws});
  connection.exec(quarantine_sql, {table.integration.str(), table.registered_name(), job.str(), keys,
                                   column(&Reject::field), column(&Reject::reason), raws});
}

}  // namespace sluice
