#pragma once
// A source that answers what the test scripted, with a catalogue of four tables.

#include "connectors/connector.hpp"

#include <algorithm>
#include <functional>
#include <stdexcept>

namespace sluice {

inline Field make_field(std::string name, ColumnType type) {
  Field field;
  field.name = name;
  field.type = type;
  field.source = {std::move(name)};
  field.meaning = "a column";
  return field;
}

inline Table make_table(std::string name, std::vector<Field> fields, std::string scope) {
  Table table;
  table.name = std::move(name);
  table.title = table.name;
  table.meaning = "rows";
  table.path = "/" + table.name;
  table.key = {"id"};
  table.fields = std::move(fields);
  table.scopes = {std::move(scope)};
  return table;
}

inline Catalogue make_catalogue() {
  const auto id = make_field("id", ColumnType::bigint);
  Table orders = make_table(
      "orders", {id, make_field("total", ColumnType::numeric), make_field("date_modified", ColumnType::timestamptz)},
      "store_v2_orders");
  orders.increment = Increment{};
  orders.increment->field = "date_modified";
  orders.aliases = {"sales"};
  Table lines = make_table("order_products",
                           {id, make_field("order_id", ColumnType::bigint), make_field("sku", ColumnType::text)},
                           "store_v2_orders");
  lines.parent = Parent{};
  lines.parent->table = "orders";
  lines.parent->key_field = "order_id";
  Table brands = make_table("brands", {id, make_field("name", ColumnType::text)}, "store_v2_products");
  brands.recommended = false;
  return Catalogue({std::move(orders), std::move(lines),
                    make_table("customers", {id, make_field("email", ColumnType::text)}, "store_v2_customers"),
                    std::move(brands)});
}

class FakeConnector final : public Connector {
 public:
  FakeConnector() : catalogue_(make_catalogue()) {
    info_.name = "shop";
    info_.title = "A shop";
    info_.version = "1";
    info_.meaning = "for tests";
    info_.credentials_schema = {
        {"type", "object"}, {"properties", {{"store_hash", Json::object()}, {"access_token", {{"writeOnly", true}}}}}};
    info_.scopes = {"store_v2_orders"};
  }

  const ConnectorInfo& info() const override { return info_; }
  const Catalogue& catalogue() const override { return catalogue_; }
  Credentials parse_credentials(const Json& body) const override {
    std::vector<Problem> problems;
    for (const char* name : {"store_hash", "access_token"}) {
      if (!body.contains(name)) problems.push_back({std::string("/") + name, "credentials.missing", "is required"});
    }
    if (!problems.empty())
      throw Error(ErrorKind::config, "credentials.invalid", "the credentials are not complete", problems);
    return {body["store_hash"], body.value("client_id", ""), Secret(body["access_token"].get<std::string>())};
  }
  Task<Account> authenticate(const Credentials& credentials) override {
    ++logins;
    if (on_login) on_login();
    if (is_down) throw Error(ErrorKind::transient, "source.unreachable", "connection refused");
    if (!credentials.access_token.equals("good-token-of-the-shop"))
      throw Error(ErrorKind::auth, "source.auth_failed", "401 upstream-body");
    Account account{"Acme", "standard", "UTC", "USD", {}};
    for (const Table& table : catalogue_.tables()) {
      const bool denied = std::find(denied_tables.begin(), denied_tables.end(), table.name) != denied_tables.end();
      account.tables.push_back(
          {table.name, denied ? Access::denied : Access::granted, denied ? table.scopes.front() : "", ""});
    }
    co_return account;
  }
  std::unique_ptr<Source> open(std::shared_ptr<CurrentCredentials>, const Log&) override {
    throw std::logic_error("nothing is read here");
  }

  bool is_down = false;
  int logins = 0;
  std::function<void()> on_login;  // what happens meanwhile
  std::vector<std::string> denied_tables;

 private:
  ConnectorInfo info_;
  Catalogue catalogue_;
};

}  // namespace sluice
