#include "storage/tx.hpp"

#include "core/backoff.hpp"
#include "core/log.hpp"
#include "core/time.hpp"

#include <libpq-fe.h>
#include <pqxx/except>
#include <pqxx/prepared_statement>
#include <pqxx/transaction>

#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr Duration longest_wait_for_a_connection = 10s;
constexpr int most_attempts = 5;

struct SqlstateMeaning {
  std::string_view prefix;
  ErrorKind kind;
  std::string_view reason;
};

/// The first prefix that fits decides.
constexpr std::array sqlstate_meanings{
    SqlstateMeaning{"08", ErrorKind::transient, "unreachable"},
    SqlstateMeaning{"57014", ErrorKind::transient, "timeout"},
    SqlstateMeaning{"57", ErrorKind::transient, "unreachable"},
    SqlstateMeaning{"53100", ErrorKind::transient, "disk_full"},
    SqlstateMeaning{"53", ErrorKind::transient, "overloaded"},
    SqlstateMeaning{"55P03", ErrorKind::transient, "busy"},
    SqlstateMeaning{"55006", ErrorKind::transient, "busy"},
    SqlstateMeaning{"40", ErrorKind::transient, "busy"},
    SqlstateMeaning{"25P", ErrorKind::transient, "timeout"},
    SqlstateMeaning{"25006", ErrorKind::transient, "read_only"},
    SqlstateMeaning{"58", ErrorKind::transient, "server_trouble"},
    SqlstateMeaning{"28", ErrorKind::config, "auth_failed"},
    SqlstateMeaning{"3D", ErrorKind::config, "no_database"},
    SqlstateMeaning{"42501", ErrorKind::config, "no_right"},
    SqlstateMeaning{"23505", ErrorKind::conflict, "duplicate"},
    SqlstateMeaning{"22", ErrorKind::data, "bad_value"},
};

/// The connection is no use any more, whatever the server said last.
struct Lost {
  std::string message;
};
/// The same work may succeed if it is done again from the start.
struct Repeat {
  std::string message;
};

class PooledConnections final : public Database::Connections {
 public:
  explicit PooledConnections(DatabaseSettings settings) : settings_(std::move(settings)) {}

  void run(const std::function<void(Tx&)>& work) override;

 private:
  class Lease;
  void attempt(const std::function<void(Tx&)>& work);
  void drop_idle();

  const DatabaseSettings settings_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<pqxx::connection>> idle_;
  std::size_t lent_ = 0;
};

}  // namespace

Error unreachable(std::string_view message) {
  return {ErrorKind::transient, "database.unreachable",
          "the control database does not answer: " + quote_outside_text(scrub(message))};
}

Error classify_sqlstate(std::string_view sqlstate, std::string_view message, std::string_view area) {
  const std::string text = quote_outside_text(scrub(message)) + " (SQLSTATE " + std::string(sqlstate) + ")";
  for (const auto& [prefix, kind, reason] : sqlstate_meanings) {
    if (sqlstate.starts_with(prefix)) return {kind, std::string(area) + "." + std::string(reason), text};
  }
  return {ErrorKind::bug, std::string(area) + ".refused", text};
}

Param::Param(Time value) : text_(format_rfc3339(value)) {}

Param::Param(const Json& value) {
  if (!value.is_null()) text_ = value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

pqxx::result Tx::run(const char* statement, const std::vector<Param>& params) {
  std::vector<const char*> values;
  values.reserve(params.size());
  for (const Param& param : params) values.push_back(param.c_str());
  return work_.exec_params(statement, pqxx::prepare::make_dynamic_params(values));
}

Time time_of(const pqxx::field& field) {
  const std::string text = field.c_str();
  const auto time = parse_iso8601(text.ends_with("+00") ? text + ":00" : text);
  if (!time) throw Error(ErrorKind::bug, "database.bad_time", "a time of the control database reads \"" + text + "\"");
  return *time;
}

std::optional<Time> optional_time(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  return time_of(field);
}

std::string text_of(const pqxx::field& field) { return field.is_null() ? std::string() : field.as<std::string>(); }

std::optional<std::int64_t> optional_number(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  return field.as<std::int64_t>();
}

Json json_of(const pqxx::field& field) { return field.is_null() ? Json() : Json::parse(field.c_str()); }

std::string bytes_of(const pqxx::field& field) {
  const std::string_view hex = field.c_str();
  const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
  std::string bytes;
  for (std::size_t i = 2; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(digit(hex[i]) << 4U | digit(hex[i + 1])));
  }
  return bytes;
}

std::string bytea_text(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "\\x";
  for (const char c : bytes) {
    text.push_back(digits[static_cast<unsigned char>(c) >> 4U]);
    text.push_back(digits[static_cast<unsigned char>(c) & 15U]);
  }
  return text;
}

/// A connection on loan; it comes back only if its transaction ended cleanly.
class PooledConnections::Lease {
 public:
  explicit Lease(PooledConnections& owner) : owner_(owner) {
    std::unique_lock lock(owner_.mutex_);
    const auto has_room = [this] { return owner_.lent_ < owner_.settings_.connections; };
    if (!owner_.returned_.wait_for(lock, longest_wait_for_a_connection, has_room)) {
      throw Error(ErrorKind::transient, "database.busy", "all connections to the control database are in use");
    }
    ++owner_.lent_;
    if (owner_.idle_.empty()) return;
    connection_ = std::move(owner_.idle_.back());
    owner_.idle_.pop_back();
  }
  ~Lease() {
    {
      const std::scoped_lock lock(owner_.mutex_);
      --owner_.lent_;
      if (connection_ && clean_) owner_.idle_.push_back(std::move(connection_));
    }
    owner_.returned_.notify_one();
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  pqxx::connection& get() {
    if (!connection_) connection_ = open_connection(owner_.settings_);
    return *connection_;
  }
  void mark_clean() noexcept { clean_ = true; }

 private:
  PooledConnections& owner_;
  std::unique_ptr<pqxx::connection> connection_;
  bool clean_ = false;
};

namespace {

/// libpq by itself waits for ever for a server that takes the connection and says nothing.
std::string connection_string(const DatabaseSettings& settings) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(settings.url.reveal().c_str(), nullptr), PQconninfoFree);
  if (!options) return settings.url.reveal();  // its complaint comes when it is used
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(settings.connect_timeout).count();
  // Of one that is given twice the later one counts.
  std::string text = "connect_timeout=" + std::to_string(seconds);
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    text += " " + std::string(option->keyword) + "='";
    for (const char c : std::string_view(option->val)) {
      if (c == '\'' || c == '\\') text += '\\';
      text += c;
    }
    text += "'";
  }
  return text;
}

}  // namespace

std::unique_ptr<pqxx::connection> open_connection(const DatabaseSettings& settings) {
  const auto milliseconds = [](Duration duration) { return std::to_string(duration.count()); };
  try {
    auto connection = std::make_unique<pqxx::connection>(connection_string(settings));
    // A silently reopened connection would have lost these settings. Deprecated, because version 7 always behaves so.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
    connection->inhibit_reactivation(true);
#pragma clang diagnostic pop
    pqxx::work work(*connection);
    work.exec(
        "set application_name = 'sluice'; set search_path = ''; set timezone = 'UTC'; set datestyle = 'ISO';"
        "set bytea_output = 'hex'; set client_encoding = 'UTF8'; set client_min_messages = 'warning';"
        "set statement_timeout = " +
        milliseconds(settings.statement_timeout) + "; set lock_timeout = " + milliseconds(settings.lock_timeout) +
        "; set idle_in_transaction_session_timeout = " + milliseconds(settings.idle_in_transaction));
    work.commit();
    return connection;
  } catch (const pqxx::failure& failure) {
    throw unreachable(failure.what());
  }
}

void PooledConnections::attempt(const std::function<void(Tx&)>& work) {
  Lease lease(*this);
  pqxx::connection& connection = lease.get();
  try {
    {
      pqxx::work transaction(connection);
      Tx tx(transaction);
      try {
        work(tx);
      } catch (const Error&) {
        transaction.abort();
        lease.mark_clean();
        throw;
      }
      transaction.commit();
    }
    lease.mark_clean();
  } catch (const pqxx::in_doubt_error& failure) {
    throw Error(ErrorKind::transient, "database.in_doubt",
                "the connection broke while committing: " + quote_outside_text(failure.what()));
  } catch (const pqxx::transaction_rollback& failure) {
    lease.mark_clean();
    throw Repeat{failure.what()};
  } catch (const pqxx::broken_connection& failure) {
    throw Lost{failure.what()};
  } catch (const pqxx::sql_error& failure) {
    if (!connection.is_open()) throw Lost{failure.what()};
    lease.mark_clean();
    throw classify_sqlstate(failure.sqlstate(), failure.what(), "database");
  } catch (const pqxx::failure& failure) {
    throw Lost{failure.what()};
  }
}

void PooledConnections::drop_idle() {
  std::vector<std::unique_ptr<pqxx::connection>> dropped;
  const std::scoped_lock lock(mutex_);
  dropped.swap(idle_);
}

void PooledConnections::run(const std::function<void(Tx&)>& work) {
  bool lost_before = false;
  for (int tries = 1;; ++tries) {
    try {
      return attempt(work);
    } catch (const Repeat& repeat) {
      if (tries == most_attempts)
        throw Error(ErrorKind::transient, "database.busy", quote_outside_text(repeat.message));
      std::this_thread::sleep_for(backoff_delay({10ms, 200ms}, tries, random_unit()));
    } catch (const Lost& lost) {
      // Most often the server was restarted since; then every idle connection is dead, and a new one is not.
      if (lost_before) throw unreachable(lost.message);
      lost_before = true;
      drop_idle();
    }
  }
}

std::unique_ptr<Database::Connections> pooled_connections(const DatabaseSettings& settings) {
  return std::make_unique<PooledConnections>(settings);
}

}  // namespace sluice
