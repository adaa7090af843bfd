#include "tests/e2e/oracle.hpp"

#include "connectors/http/client.hpp"
#include "core/time.hpp"
#include "tests/support/run_to_end.hpp"

#include <boost/asio/this_coro.hpp>

#include <libpq-fe.h>

#include <memory>
#include <stdexcept>

namespace sluice {
namespace {

using sample_store::SampleStore;

/// How a member of the store's JSON reads as the text of a column.
enum class Form { text, number, decimal, rfc2822, iso8601, flag };

struct Column {
  const char* member;
  const char* sql;
  Form form;
};

struct ComparedTable {
  const char* name;
  const char* key;
  std::vector<Column> columns;
};

const char* const utc = "YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"";

std::string date_sql(const char* column) {
  return "to_char(" + std::string(column) + " at time zone 'UTC', '" + utc + "')";
}

const std::vector<ComparedTable>& compared_tables() {
  static const std::vector<ComparedTable> tables{
      {"orders",
       "id",
       {{"id", "id", Form::number},
        {"status_id", "status_id", Form::number},
        {"total_inc_tax", "total_inc_tax", Form::decimal},
        {"customer_id", "customer_id", Form::number},
        {"is_deleted", "is_deleted", Form::flag},
        {"date_modified", "date_modified", Form::rfc2822},
        {"staff_notes", "staff_notes", Form::text}}},
      {"order_products",
       "id",
       {{"id", "id", Form::number},
        {"product_id", "product_id", Form::number},
        {"quantity", "quantity", Form::number},
        {"total_inc_tax", "total_inc_tax", Form::decimal},
        {"name", "name", Form::text}}},
      {"products",
       "id",
       {{"id", "id", Form::number}, {"name", "name", Form::text}, {"date_modified", "date_modified", Form::iso8601}}},
      {"customers",
       "id",
       {{"id", "id", Form::number},
        {"email", "email", Form::text},
        {"last_name", "last_name", Form::text},
        {"date_modified", "date_modified", Form::iso8601}}}};
  return tables;
}

std::string text_of(const Json& value, Form form) {
  if (value.is_null()) return "";
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  switch (form) {
    case Form::rfc2822: {
      const auto time = parse_rfc2822(text);
      return time ? format_rfc3339(*time) : "";
    }
    case Form::iso8601: {
      const auto time = parse_iso8601(text);
      return time ? format_rfc3339(*time) : "";
    }
    case Form::flag:
      return text == "true" ? "t" : "f";
    case Form::text:
    case Form::number:
    case Form::decimal:
      return text;
  }
  return text;
}

std::string expected_row(const Json& record, const std::vector<Column>& columns) {
  std::string row;
  for (const Column& column : columns) {
    if (&column != &columns.front()) row += '|';
    row += text_of(record.value(column.member, Json()), column.form);
  }
  return row;
}

std::string select_rows(const ComparedTable& table, const std::string& name) {
  std::string list;
  for (const Column& column : table.columns) {
    if (!list.empty()) list += ", ";
    list += column.form == Form::rfc2822 || column.form == Form::iso8601 ? date_sql(column.sql) : column.sql;
  }
  return "select " + list + " from public." + name + " where _sluice_deleted_at is null order by " + table.key;
}

/// The truth, page by page, from the store's own interface.
std::vector<std::string> store_rows(SampleStore& store, const ComparedTable& table) {
  return run_to_end([](std::string base, const ComparedTable& compared) -> Task<std::vector<std::string>> {
    const auto client = make_http_client(co_await boost::asio::this_coro::executor, [&] {
      HttpClientSettings settings;
      settings.base_url = base;
      return settings;
    }());
    std::vector<std::string> rows;
    std::int64_t after = 0;
    while (true) {
      HttpRequest request;
      request.target =
          "/_control/rows?table=" + std::string(compared.name) + "&after=" + std::to_string(after) + "&limit=5000";
      const HttpResponse response = co_await client->send(std::move(request));
      const Json page = Json::parse(response.body).at("rows");
      if (page.empty()) co_return rows;
      for (const Json& record : page) rows.push_back(expected_row(record, compared.columns));
      after = page.back().at(compared.key).get<std::int64_t>();
    }
  }(store.base_url(), table));
}

}  // namespace

std::vector<std::string> query(const std::string& url, const std::string& sql) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url.c_str()), &PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()), &PQclear);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    throw std::runtime_error(sql + ": " + PQerrorMessage(connection.get()));
  }
  std::vector<std::string> rows;
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    std::string text;
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      if (column > 0) text += '|';
      text += PQgetvalue(result.get(), row, column);
    }
    rows.push_back(std::move(text));
  }
  return rows;
}

std::string query_one(const std::string& url, const std::string& sql) {
  const auto rows = query(url, sql);
  return rows.empty() ? "" : rows.front();
}

std::string count_differences(SampleStore& store, const std::string& url, const std::string& integration) {
  std::string differences;
  const Json counts = store.counts();
  for (const auto& [table, expected] : counts.items()) {
    const std::string name = integration + "_" + table;
    if (query_one(url, "select to_regclass('public." + name + "')").empty()) continue;
    const auto found = query_one(url, "select count(*) from public." + name + " where _sluice_deleted_at is null");
    if (found != expected.dump()) differences += table + ": " + found + " rows instead of " + expected.dump() + "\n";
  }
  return differences;
}

std::string content_differences(SampleStore& store, const std::string& url, const std::string& integration) {
  std::string differences;
  for (const ComparedTable& table : compared_tables()) {
    const auto expected = store_rows(store, table);
    const auto found = query(url, select_rows(table, integration + "_" + table.name));
    if (expected.size() != found.size()) {
      differences += std::string(table.name) + ": " + std::to_string(found.size()) + " rows instead of " +
                     std::to_string(expected.size()) + "\n";
      continue;
    }
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (expected[i] == found[i]) continue;
      differences += std::string(table.name) + ": " + found[i] + " instead of " + expected[i] + "\n";
      break;
    }
  }
  return differences;
}

}  // namespace sluice
