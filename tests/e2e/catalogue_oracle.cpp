#include "tests/e2e/catalogue_oracle.hpp"

#include "connectors/bigcommerce/bigcommerce_tables.hpp"
#include "connectors/column_value.hpp"
#include "connectors/http/client.hpp"
#include "core/http.hpp"
#include "core/time.hpp"
#include "tests/e2e/oracle.hpp"
#include "tests/support/run_to_end.hpp"

#include <boost/asio/this_coro.hpp>

#include <charconv>
#include <map>
#include <optional>
#include <vector>

namespace sluice {
namespace {

using sample_store::SampleStore;

/// A record of the store, with the keys that stand in its path.
struct Truth {
  Json record;
  std::vector<Json> above;  // innermost first
};

/// nullopt when the store does not know a table of that name.
std::optional<std::vector<Truth>> truth_of(SampleStore& store, const std::string& table) {
  return run_to_end([](std::string base, std::string name) -> Task<std::optional<std::vector<Truth>>> {
    HttpClientSettings settings;
    settings.base_url = base;
    const auto client = make_http_client(co_await boost::asio::this_coro::executor, settings);
    std::vector<Truth> rows;
    Json after = -1;
    while (!after.is_null()) {
      HttpRequest request;
      request.target = "/_control/rows?table=" + name + "&after=" + after.dump() + "&limit=5000";
      const HttpResponse response = co_await client->send(std::move(request));
      if (response.status != 200) co_return std::nullopt;
      const Json page = Json::parse(response.body);
      for (std::size_t i = 0; i < page.at("rows").size(); ++i) {
        Truth row{page["rows"][i], {}};
        if (page.contains("parents")) {
          for (const auto& [hole, key] : page["parents"][i].items()) row.above.push_back(key);
        }
        rows.push_back(std::move(row));
      }
      after = page.value("next_after", Json());
    }
    co_return rows;
  }(store.base_url(), table));
}

Json member_at(const Json& record, const std::vector<std::string>& path) {
  const Json* at = &record;
  for (const std::string& name : path) {
    if (!at->is_object() || !at->contains(name)) return nullptr;
    at = &at->at(name);
  }
  return *at;
}

struct Source {
  const Truth& truth;
  const std::string& account;
};

/// The value that the column should hold; nullopt when the truth does not tell.
std::optional<Json> value_of(const Field& field, const Source& source) {
  const std::string& first = field.source.front();
  if (first == "@") return source.account;
  if (first != "^" && first != "~") {
    // Members that a list shows only when asked to include them are not in the truth.
    if (!source.truth.record.contains(first)) return std::nullopt;
    return member_at(source.truth.record, field.source);
  }
  // Some records name their parent themselves.
  if (source.truth.record.contains(field.name)) return source.truth.record[field.name];
  const bool is_key = field.source.back() == "id" || field.source.back().ends_with("_id");
  if (!is_key || source.truth.above.empty()) return std::nullopt;
  return first == "^" ? source.truth.above.back() : source.truth.above.front();
}

std::string plain(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

std::string number_text(const std::string& text) {
  double number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc{} && end == text.data() + text.size() ? Json(number).dump() : text;
}

std::string seconds_text(const std::string& text, DateForm form) {
  const auto time = to_time(text, form);
  return time ? format_rfc3339(std::chrono::floor<std::chrono::seconds>(*time)) : "null";
}

/// Both sides in one spelling.
std::string spelled(const Json& value, const Field& field) {
  if (value.is_null()) return "null";
  const std::string text = plain(value);
  switch (field.type) {
    case ColumnType::bigint:
    case ColumnType::numeric:
      return text.empty() ? "null" : number_text(text);
    case ColumnType::boolean:
      if (text.empty()) return "null";
      return text == "1" || text == "true" ? "true" : "false";
    case ColumnType::timestamptz:
      return seconds_text(text, field.date_form);
    case ColumnType::date:
      return seconds_text(text, field.date_form).substr(0, 10);
    case ColumnType::jsonb:
      return text.empty() ? "null" : value.dump();
    case ColumnType::text:
      break;
  }
  if (!value.is_structured()) return text;
  return value.dump();
}

/// Text columns may hold JSON; jsonb has its own order of members.
std::string in_one_order(const std::string& text) {
  if (text.empty() || (text.front() != '{' && text.front() != '[')) return text;
  const auto json = nlohmann::json::parse(text, nullptr, false);
  return json.is_discarded() ? text : json.dump();
}

/// The store shows a link there, the list that is read the things themselves, which are compared as tables.
bool is_shown_in_another_way(const Table& table, const Field& field) {
  return (table.name == "orders" && (field.name == "consignments" || field.name == "fees")) ||
         (table.name == "order_consignments" && field.type == ColumnType::jsonb);
}

/// Rows that the store keeps in another shape than its list shows them.
bool is_kept_in_another_shape(const std::string& table) {
  static const std::set<std::string> tables{"inventory_items", "store_time"};
  return tables.contains(table);
}

using Row = std::map<std::string, std::string>;

std::string key_of(const Row& row, const Table& table) {
  std::string key;
  for (const std::string& name : table.key) key += (row.contains(name) ? row.at(name) : "?") + "/";
  return key;
}

std::map<std::string, Row> expected_rows(const Table& table, const std::vector<Truth>& truths,
                                         const std::string& account) {
  std::map<std::string, Row> rows;
  for (const Truth& truth : truths) {
    Row row;
    for (const Field& field : table.fields) {
      if (is_shown_in_another_way(table, field)) continue;
      if (const auto value = value_of(field, {truth, account})) row[field.name] = in_one_order(spelled(*value, field));
    }
    rows[key_of(row, table)] = std::move(row);
  }
  return rows;
}

std::map<std::string, Row> found_rows(const Table& table, const std::string& url, const std::string& name) {
  std::map<std::string, Row> rows;
  for (const std::string& text :
       query(url, "select to_jsonb(t) from public." + name + " t where _sluice_deleted_at is null")) {
    const Json json = Json::parse(text);
    Row row;
    for (const Field& field : table.fields)
      row[field.name] = in_one_order(spelled(json.value(field.name, Json()), field));
    rows[key_of(row, table)] = std::move(row);
  }
  return rows;
}

std::string difference(const std::map<std::string, Row>& expected, const std::map<std::string, Row>& found) {
  for (const auto& [key, row] : expected) {
    const auto there = found.find(key);
    if (there == found.end()) return "row " + key + " is missing";
    for (const auto& [column, value] : row) {
      if (there->second.at(column) != value)
        return "row " + key + ", " + column + ": " + there->second.at(column) + " instead of " + value;
    }
  }
  for (const auto& [key, row] : found) {
    if (!expected.contains(key)) return "row " + key + " should not be there";
  }
  return "";
}

}  // namespace

Comparison compare_catalogue(SampleStore& store, const std::string& url, const std::string& integration,
                             const std::string& account) {
  Comparison comparison;
  for (const Table& table : bigcommerce_tables().tables()) {
    const std::string name = integration + "_" + table.name;
    if (query_one(url, "select to_regclass('public." + name + "')").empty()) continue;
    const auto truths = is_kept_in_another_shape(table.name) ? std::nullopt : truth_of(store, table.name);
    if (!truths) continue;
    comparison.compared.insert(table.name);
    const std::string found = difference(expected_rows(table, *truths, account), found_rows(table, url, name));
    if (!found.empty()) comparison.differences += table.name + ": " + found + "\n";
  }
  return comparison;
}

}  // namespace sluice
