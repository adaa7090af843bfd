// How fast encoded rows reach a destination table: a bare binary COPY into an empty table with its key in place, the
// batch writer into an empty prepared table, and the same rows once more, when nothing differs.
//   bench_load [--rows N] [PostgreSQL URL]     without a URL it starts a private server

#include "storage/destination/pg_connection.hpp"
#include "storage/destination/table_sql.hpp"
#include "tests/support/test_postgres.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

namespace sluice {
namespace {

constexpr std::size_t rows_per_page = 250;
constexpr std::size_t rows_per_batch = 10'000;
constexpr std::size_t columns = 86;

/// A table like a shop's orders: of 86 columns half are text, a quarter money, some numbers, dates and JSON.
Table orders_table() {
  constexpr std::array types{ColumnType::text,        ColumnType::numeric, ColumnType::text,    ColumnType::bigint,
                             ColumnType::text,        ColumnType::numeric, ColumnType::boolean, ColumnType::text,
                             ColumnType::timestamptz, ColumnType::text,    ColumnType::numeric, ColumnType::text};
  Table table;
  table.name = "orders";
  table.title = "Orders";
  table.key = {"id"};
  for (std::size_t i = 0; i < columns; ++i) {
    Field field;
    field.name = i == 0 ? "id" : "column_" + std::to_string(i);
    field.type = i == 0 ? ColumnType::bigint : i >= columns - 2 ? ColumnType::jsonb : types[i % types.size()];
    table.fields.push_back(field);
  }
  return table;
}

void put(CopyRows& rows, ColumnType type, std::size_t row, std::size_t column) {
  const std::size_t value = row * 31 + column * 7;
  switch (type) {
    case ColumnType::bigint:
      return rows.put_bigint(static_cast<std::int64_t>(value));
    case ColumnType::numeric:
      rows.put_numeric(std::to_string(value % 10'000) + "." + std::to_string(1000 + value % 9000));
      return;
    case ColumnType::boolean:
      return rows.put_boolean(value % 2 == 0);
    case ColumnType::timestamptz:
      return rows.put_timestamptz(1'700'000'000'000'000 + static_cast<std::int64_t>(value));
    case ColumnType::date:
      return rows.put_date(static_cast<std::int32_t>(value % 20'000));
    case ColumnType::jsonb:
      return rows.put_jsonb(R"([{"id":)" + std::to_string(value) + R"(,"name":"Coupon","amount":"1.10"}])");
    case ColumnType::text:
      return rows.put_text("value " + std::to_string(value) + " of a text");
  }
}

std::vector<RowBatch> encode(const Table& table, std::size_t count) {
  std::vector<RowBatch> pages;
  for (std::size_t row = 0; row < count; ++row) {
    if (row % rows_per_page == 0) pages.emplace_back();
    RowBatch& page = pages.back();
    page.rows.begin_row(static_cast<std::uint16_t>(columns));
    page.rows.put_bigint(static_cast<std::int64_t>(row));
    for (std::size_t i = 1; i < columns; ++i) put(page.rows, table.fields[i].type, row, i);
    page.rows.end_row();
    page.key_hashes.push_back(row * 0x9E3779B97F4A7C15U);
  }
  return pages;
}

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

DestinationTable destination_of(const Table& table) {
  DestinationTable destination{IntegrationId("int_bench"),
                               *Identifier::parse_schema("sluice_bench"),
                               *Identifier::parse("bench_orders"),
                               &table,
                               {}};
  for (const Field& field : table.fields) destination.fields.push_back(&field);
  return destination;
}

void copy_bare(PgConnection& connection, const DestinationTable& table, const std::vector<RowBatch>& pages) {
  std::string names;
  for (const Field* field : table.fields) names += (names.empty() ? "" : ", ") + quote_name(field->name);
  connection.begin_copy("copy sluice_bench.bare (" + names + ") from stdin (format binary)");
  for (const RowBatch& page : pages) connection.put_copy(page.rows.bytes());
  connection.end_copy();
}

Counters load(const DestinationAddress& address, const DestinationTable& table, const std::vector<RowBatch>& pages,
              std::int64_t epoch) {
  const auto connection = DestinationConnection::open(address);
  connection->take_over({table}, epoch);
  const auto writer = BatchWriter::make(*connection, {table}, {JobId("job_bench")}, epoch);
  Counters sum;
  std::int64_t page_number = 0;
  for (const RowBatch& page : pages) {
    writer->append({page});
    ++page_number;
    if (writer->rows_in_batch() < rows_per_batch) continue;
    sum += writer->commit({{{"page", page_number}}}).front().counters;
  }
  sum += writer->commit({{{"done", true}}}).front().counters;
  return sum;
}

void report(const char* name, double seconds, std::size_t rows, double bare, const Counters& done) {
  std::printf("%-32s %9.0f rows/s  %5.1f %%   inserted %lld, unchanged %lld\n", name,
              static_cast<double>(rows) / seconds, 100 * bare / seconds, static_cast<long long>(done.inserted),
              static_cast<long long>(done.unchanged));
}

void run(const std::string& url, std::size_t count) {
  const DestinationAddress address = parse_connection_url(Secret(url));
  const Table source = orders_table();
  const DestinationTable table = destination_of(source);
  const std::vector<RowBatch> pages = encode(source, count);
  std::size_t bytes = 0;
  for (const RowBatch& page : pages) bytes += page.rows.bytes().size();
  std::printf("%zu rows of %zu columns, %zu bytes each\n", count, columns, bytes / count);

  PgConnection connection(address);
  constexpr int rounds = 3;
  for (int round = 1; round <= rounds; ++round) {
    connection.exec("drop schema if exists sluice_bench cascade");
    DestinationConnection::open(address)->prepare({table});
    connection.exec(
        "create table sluice_bench.bare (like sluice_bench.bench_orders including all); "
        "alter table sluice_bench.bare alter _sluice_synced_at set default now(), alter _sluice_job_id set default "
        "'j'; checkpoint");
    const double bare = seconds_of([&] { copy_bare(connection, table, pages); });
    report("bare COPY", bare, count, bare, {});
    connection.exec("drop table sluice_bench.bare; checkpoint");
    Counters first;
    const double fresh = seconds_of([&] { first = load(address, table, pages, 2 * round); });
    report("batches into an empty table", fresh, count, bare, first);
    connection.exec("checkpoint");
    Counters second;
    const double again = seconds_of([&] { second = load(address, table, pages, 2 * round + 1); });
    report("the same again", again, count, bare, second);
  }
  DestinationConnection::open(address)->drop({table});
  connection.exec("drop schema sluice_bench cascade");
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
  std::size_t rows = 200'000;
  std::string url;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--rows" && i + 1 < argc) {
      rows = std::stoul(argv[++i]);
    } else {
      url = argument;
    }
  }
  try {
    if (url.empty()) url = sluice::TestPostgres::instance().fresh_database();
    sluice::run(url, rows);
  } catch (const std::exception& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
}
