#pragma once
// One transaction of the control database, and the connections behind it. Private to storage/*.cpp, because pqxx shows.

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/json.hpp"
#include "storage/database.hpp"

#include <pqxx/connection>
#include <pqxx/result>
#include <pqxx/transaction_base>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice {

/// A bound parameter, as the text PostgreSQL reads; without one it is null.
class Param {
 public:
  Param(std::nullopt_t) {}
  Param(std::string text) : text_(std::move(text)) {}
  Param(std::string_view text) : text_(text) {}
  Param(const char* text) : text_(text) {}
  Param(bool value) : text_(value ? "true" : "false") {}
  Param(int value) : text_(std::to_string(value)) {}
  Param(std::int64_t value) : text_(std::to_string(value)) {}
  Param(Duration value) : text_(std::to_string(value.count())) {}
  Param(Time value);
  Param(const Json& value);
  template <class Tag>
  Param(const Id<Tag>& id) : text_(id.str()) {}
  template <class T>
  Param(const std::optional<T>& value) {
    if (value) text_ = Param(*value).text_;
  }
  template <class Enum>
    requires std::is_enum_v<Enum>
  Param(Enum value) : text_(to_string(value)) {}

  const char* c_str() const noexcept { return text_ ? text_->c_str() : nullptr; }

 private:
  std::optional<std::string> text_;
};

class Tx {
 public:
  explicit Tx(pqxx::transaction_base& work) : work_(work) {}

  template <class... Args>
  pqxx::result exec(const char* statement, const Args&... args) {
    const std::vector<Param> params{Param(args)...};
    return run(statement, params);
  }
  /// Whether the statement touched (or returned) any row.
  template <class... Args>
  bool hits(const char* statement, const Args&... args) {
    return exec(statement, args...).affected_rows() > 0;
  }
  /// Several statements in one text, without parameters.
  void script(const std::string& statements) { work_.exec(statements); }

 private:
  pqxx::result run(const char* statement, const std::vector<Param>& params);
  pqxx::transaction_base& work_;
};

// Reading fields. Sessions speak UTC and ISO dates.
Time time_of(const pqxx::field& field);
std::optional<Time> optional_time(const pqxx::field& field);
std::string text_of(const pqxx::field& field);  // null is ""
std::optional<std::int64_t> optional_number(const pqxx::field& field);
Json json_of(const pqxx::field& field);  // null is null
std::string bytes_of(const pqxx::field& field);
/// The text of a bytea parameter.
std::string bytea_text(std::string_view bytes);

class Database::Connections {
 public:
  virtual ~Connections() = default;

  /// Runs `work` in a transaction and commits. Repeats it after a deadlock, a serialization failure, or when the server
  /// had closed the connection before: it must have no effect but through its Tx and what it assigns.
  virtual void run(const std::function<void(Tx&)>& work) = 0;
};

std::unique_ptr<Database::Connections> pooled_connections(const DatabaseSettings& settings);
/// See Database::rehearse. A transaction is a savepoint there.
std::unique_ptr<Database::Connections> rehearsal_connection(const DatabaseSettings& settings);

/// A session as all of storage expects it.
std::unique_ptr<pqxx::connection> open_connection(const DatabaseSettings& settings);
/// Error{transient, "database.unreachable"}.
Error unreachable(std::string_view message);

template <class Work>
std::invoke_result_t<Work&, Tx&> in_transaction(Database& database, Work work) {
  using Result = std::invoke_result_t<Work&, Tx&>;
  if constexpr (std::is_void_v<Result>) {
    database.connections().run([&work](Tx& tx) { work(tx); });
  } else {
    std::optional<Result> result;
    database.connections().run([&work, &result](Tx& tx) { result.emplace(work(tx)); });
    return std::move(*result);
  }
}

/// What a failure with this SQLSTATE means to us; `area` begins the code ("database.unreachable").
Error classify_sqlstate(std::string_view sqlstate, std::string_view message, std::string_view area);

}  // namespace sluice
