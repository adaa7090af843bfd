#pragma once
// A destination of its own for each test, two tables to fill, and rows by hand.

#include "core/error.hpp"
#include "storage/destination.hpp"
#include "tests/support/test_postgres.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

inline Field field(const std::string& name, ColumnType type, const std::string& meaning = "") {
  Field made;
  made.name = name;
  made.type = type;
  made.source = {name};
  made.meaning = meaning;
  return made;
}

/// `customers(id, email, spent, profile)`.
inline Table customers_table() {
  Table table;
  table.name = "customers";
  table.title = "Customers";
  table.meaning = "People who bought; the shop's \"own\" words";
  table.key = {"id"};
  table.fields = {field("id", ColumnType::bigint, "Key"), field("email", ColumnType::text, "It's the address"),
                  field("spent", ColumnType::numeric), field("profile", ColumnType::jsonb)};
  return table;
}

/// `customer_notes(id, customer_id, note)`, delivered inside of customers.
inline Table notes_table() {
  Table table;
  table.name = "customer_notes";
  table.title = "Notes";
  table.key = {"id"};
  table.fields = {field("id", ColumnType::bigint), field("customer_id", ColumnType::bigint),
                  field("note", ColumnType::text)};
  table.parent = Parent{"customers", ParentLink::embedded, "customer_id", {}, {{"notes"}}, ""};
  table.deletes = DeleteKind::with_parent;
  return table;
}

struct Customer {
  std::int64_t id;
  std::string email;
  std::string spent = "0";
  std::string profile = "{}";
};

inline RowBatch customers(const std::vector<Customer>& rows) {
  RowBatch batch;
  for (const Customer& customer : rows) {
    batch.rows.begin_row(4);
    batch.rows.put_bigint(customer.id);
    batch.rows.put_text(customer.email);
    if (!batch.rows.put_numeric(customer.spent)) batch.rows.put_null();
    batch.rows.put_jsonb(customer.profile);
    batch.rows.end_row();
    batch.key_hashes.push_back(static_cast<std::uint64_t>(customer.id) * 0x9E3779B97F4A7C15U);
  }
  return batch;
}

inline RowBatch customers_between(std::int64_t first, std::int64_t last, const std::string& email = "a@b.c") {
  std::vector<Customer> rows;
  for (std::int64_t id = first; id <= last; ++id) rows.push_back({id, email});
  return customers(rows);
}

struct Note {
  std::int64_t id;
  std::int64_t customer;
  std::string note;
};

inline RowBatch notes(const std::vector<Note>& rows, std::vector<std::int64_t> parents) {
  RowBatch batch;
  for (const Note& note : rows) {
    batch.rows.begin_row(3);
    batch.rows.put_bigint(note.id);
    batch.rows.put_bigint(note.customer);
    batch.rows.put_text(note.note);
    batch.rows.end_row();
    batch.key_hashes.push_back(static_cast<std::uint64_t>(note.id));
  }
  batch.parents = std::move(parents);
  return batch;
}

/// "kind code" of the Error that `act` throws, "nothing" when it throws none.
inline std::string error_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return std::string(to_string(error.kind())) + " " + error.code();
  }
  return "nothing";
}

inline std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

class DestinationFixture : public testing::Test {
 protected:
  DestinationTable destination_of(const Table& table, const std::string& integration = "int_a") {
    DestinationTable destination{IntegrationId(integration),
                                 *Identifier::parse_schema("shop"),
                                 *Identifier::parse("acme_" + table.name),
                                 &table,
                                 {}};
    for (const Field& field : table.fields) destination.fields.push_back(&field);
    return destination;
  }

  std::unique_ptr<DestinationConnection> open(const std::optional<SessionOwner>& owner = {}) {
    return DestinationConnection::open(parse_connection_url(Secret(url)), owner);
  }

  std::unique_ptr<BatchWriter> writer(DestinationConnection& connection, std::vector<DestinationTable> tables,
                                      std::int64_t epoch = 1) {
    const std::vector<JobId> jobs(tables.size(), JobId("job_1"));
    return BatchWriter::make(connection, std::move(tables), jobs, epoch);
  }

  /// One batch through a connection of its own.
  BatchWriter::Result load_into(const DestinationTable& table, const RowBatch& batch,
                                const BatchWriter::Commit& commit) {
    const auto connection = open();
    connection->prepare({table});
    connection->take_over({table}, 1);
    const auto loading = writer(*connection, {table});
    loading->append({batch});
    return loading->commit(commit).front();
  }
  /// Of customers.
  BatchWriter::Result load(const RowBatch& batch, const BatchWriter::Commit& commit = {{{"page", 1}}}) {
    return load_into(people, batch, commit);
  }

  /// The first column of the first row.
  std::string sql(const std::string& text) { return TestPostgres::execute(url, text); }

  const std::string url = TestPostgres::instance().fresh_database();
  const Table customers_source = customers_table();
  const Table notes_source = notes_table();
  const DestinationTable people = destination_of(customers_source);
  const DestinationTable remarks = destination_of(notes_source);
};

/// "inserted updated unchanged deleted, rows"
inline std::string summary(const BatchWriter::Result& result) {
  const Counters& done = result.counters;
  return std::to_string(done.inserted) + " " + std::to_string(done.updated) + " " + std::to_string(done.unchanged) +
         " " + std::to_string(done.deleted) + ", " + std::to_string(result.rows);
}

}  // namespace sluice
