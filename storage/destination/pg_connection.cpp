#include "storage/destination/pg_connection.hpp"

#include "storage/destination/pg_errors.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstring>
#include <utility>

namespace sluice {
namespace {

using namespace std::chrono_literals;

/// temp_buffers counts from the first temporary table on. JIT would compile plans that run for a tenth of a second, and
/// a plan that is kept from when a table was empty is the wrong one when it is not.
constexpr const char* session_settings = R"(
  set search_path = '';
  set client_encoding = 'UTF8';
  set client_min_messages = 'warning';
  set timezone = 'UTC';
  set statement_timeout = '10min';
  set lock_timeout = '10s';
  set idle_in_transaction_session_timeout = '5min';
  set temp_buffers = '64MB';
  set work_mem = '32MB';
  set jit = off;
  set plan_cache_mode = 'force_custom_plan')";

constexpr std::string_view copy_header{
    "PGCOPY\n\377\r\n\0"
    "\0\0\0\0"
    "\0\0\0\0",
    19};
constexpr std::string_view copy_trailer{"\377\377", 2};
/// libpq copies what it is given; slices keep that copy small.
constexpr std::size_t copy_slice = 256 * 1024;

bool wait_for(int socket, bool for_reading, std::chrono::steady_clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<Duration>(deadline - std::chrono::steady_clock::now());
  pollfd descriptor{socket, static_cast<short>(for_reading ? POLLIN : POLLOUT), 0};
  return left > 0ms && poll(&descriptor, 1, static_cast<int>(left.count())) > 0;
}

}  // namespace

std::string pg_array(const std::vector<std::string>& items) {
  std::string text = "{";
  for (const std::string& item : items) {
    text += text.size() > 1 ? ",\"" : "\"";
    for (const char c : item) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text + "}";
}

std::string pg_array(const std::vector<std::int64_t>& items) {
  std::string text = "{";
  for (const std::int64_t item : items) {
    if (text.size() > 1) text += ',';
    text += std::to_string(item);
  }
  return text + "}";
}

PgRows::PgRows(pg_result* result) : result_(result) {}
void PgRows::Clear::operator()(pg_result* result) const noexcept { PQclear(result); }
int PgRows::size() const { return PQntuples(result_.get()); }
bool PgRows::is_null(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }
std::string PgRows::text(int row, int column) const { return PQgetvalue(result_.get(), row, column); }
bool PgRows::is_true(int row, int column) const { return text(row, column) == "t"; }

std::int64_t PgRows::number(int row, int column) const {
  const char* text = PQgetvalue(result_.get(), row, column);
  std::int64_t value = 0;
  std::from_chars(text, text + std::strlen(text), value);
  return value;
}

std::int64_t PgRows::affected() const {
  const std::string text = PQcmdTuples(result_.get());
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

void PgConnection::Finish::operator()(pg_conn* connection) const noexcept { PQfinish(connection); }
void PgConnection::FreeCancel::operator()(pg_cancel* cancel) const noexcept { PQfreeCancel(cancel); }

PgConnection::PgConnection(const DestinationAddress& address) : PgConnection(address, look_up_host) {}

PgConnection::PgConnection(const DestinationAddress& address, const HostLookup& look_up)
    : database_(address.database), user_(address.user) {
  connect(address, find_endpoints(address, look_up));
  PQsetErrorVerbosity(connection_.get(), PQERRORS_DEFAULT);
  PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
  database_ = PQdb(connection_.get());
  user_ = PQuser(connection_.get());
  canceller_.reset(PQgetCancel(connection_.get()));
  exec(session_settings);
}

PgConnection::~PgConnection() = default;

void PgConnection::connect(const DestinationAddress& address, const std::vector<DestinationEndpoint>& endpoints) {
  const auto deadline = std::chrono::steady_clock::now() + address.connect_timeout;
  std::string failures;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const auto now = std::chrono::steady_clock::now();
    // One that does not answer leaves time for the others.
    const auto share = now + (deadline - now) / static_cast<int>(endpoints.size() - i);
    const auto failure = try_endpoint(address, endpoints[i], share);
    if (!failure) return;
    const bool is_last = i + 1 == endpoints.size();
    if (failure->kind() != ErrorKind::transient || (is_last && address.hosts.size() <= 1)) throw *failure;
    if (!failures.empty()) failures += "; ";
    failures += endpoints[i].host + ":" + std::to_string(endpoints[i].port) + ": " + failure->message();
  }
  throw Error(ErrorKind::transient, "destination.unreachable",
              "no server of the destination takes writes: " + failures);
}

std::optional<Error> PgConnection::try_endpoint(const DestinationAddress& address, const DestinationEndpoint& endpoint,
                                                std::chrono::steady_clock::time_point deadline) {
  std::vector<std::pair<const char*, std::string>> settings{
      {"port", std::to_string(endpoint.port)},
      {"sslmode", address.sslmode},
      {"gssencmode", "disable"},
      {"application_name", "sluice"},
      // A peer that vanished is noticed within two minutes, also in the middle of a COPY.
      {"keepalives_idle", "30"},
      {"keepalives_interval", "10"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", "120000"},
  };
  const auto add = [&settings](const char* key, const std::string& value) {
    if (!value.empty()) settings.emplace_back(key, value);
  };
  add("host", endpoint.host);
  add("hostaddr", endpoint.address);
  // A standby is passed over; when it is all there is, the check of the destination says so better.
  if (address.hosts.size() > 1) add("target_session_attrs", "read-write");
  add("dbname", address.database);
  add("user", address.user);
  add("password", address.password.reveal());
  add("sslrootcert", address.sslrootcert);
  std::vector<const char*> keys;
  std::vector<const char*> values;
  for (const auto& [key, value] : settings) {
    keys.push_back(key);
    values.push_back(value.c_str());
  }
  keys.push_back(nullptr);
  values.push_back(nullptr);

  // Not expanding dbname: a database name is never a connection string.
  connection_.reset(PQconnectStartParams(keys.data(), values.data(), 0));
  std::fill(settings.begin(), settings.end(), std::pair<const char*, std::string>{});
  pg_conn* connection = connection_.get();
  if (connection == nullptr) throw Error(ErrorKind::transient, "destination.unreachable", "no memory to connect with");
  // The only way to learn the SQLSTATE of a refused connection is libpq's verbose message.
  PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);
  auto state = PQstatus(connection) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (state == PGRES_POLLING_READING || state == PGRES_POLLING_WRITING) {
    if (!wait_for(PQsocket(connection), state == PGRES_POLLING_READING, deadline)) {
      return connect_failure("no answer from " + endpoint.host + " in time (connect_timeout is " +
                                 std::to_string(address.connect_timeout.count()) + " ms)",
                             false, {database_, user_});
    }
    state = PQconnectPoll(connection);
  }
  if (state == PGRES_POLLING_OK) return std::nullopt;
  const bool needs_password = PQconnectionNeedsPassword(connection) != 0;
  return connect_failure(PQerrorMessage(connection), needs_password, {database_, user_});
}

void PgConnection::refuse_if_cancelled() const {
  if (cancelled_) throw Error(ErrorKind::cancelled, "destination.cancelled", "the load was cancelled");
}

Error PgConnection::failure(const pg_result* result) const {
  const char* sqlstate = result != nullptr ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : nullptr;
  const char* primary = result != nullptr ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : nullptr;
  // The detail may quote a row, so it stays out.
  return statement_failure(sqlstate != nullptr ? sqlstate : "",
                           primary != nullptr ? primary : PQerrorMessage(connection_.get()), {database_, user_},
                           cancelled_);
}

PgRows PgConnection::checked(pg_result* result) {
  PgRows rows(result);
  const ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_COPY_IN) throw failure(result);
  return rows;
}

PgRows PgConnection::exec(const std::string& statements) {
  refuse_if_cancelled();
  return checked(PQexec(connection_.get(), statements.c_str()));
}

PgRows PgConnection::exec(const std::string& statement, const PgParams& params) {
  refuse_if_cancelled();
  std::vector<const char*> values;
  for (const auto& param : params) values.push_back(param ? param->c_str() : nullptr);
  return checked(PQexecParams(connection_.get(), statement.c_str(), static_cast<int>(values.size()), nullptr,
                              values.data(), nullptr, nullptr, 0));
}

void PgConnection::prepare(const std::string& name, const std::string& statement) {
  refuse_if_cancelled();
  checked(PQprepare(connection_.get(), name.c_str(), statement.c_str(), 0, nullptr));
}

PgRows PgConnection::exec_prepared(const std::string& name, const PgParams& params) {
  refuse_if_cancelled();
  std::vector<const char*> values;
  for (const auto& param : params) values.push_back(param ? param->c_str() : nullptr);
  return checked(PQexecPrepared(connection_.get(), name.c_str(), static_cast<int>(values.size()), values.data(),
                                nullptr, nullptr, 0));
}

void PgConnection::begin_copy(const std::string& statement) {
  exec(statement);
  put_copy(copy_header);
}

void PgConnection::put_copy(std::string_view rows) {
  refuse_if_cancelled();
  while (!rows.empty()) {
    const std::string_view slice = rows.substr(0, copy_slice);
    if (PQputCopyData(connection_.get(), slice.data(), static_cast<int>(slice.size())) != 1) throw failure(nullptr);
    rows.remove_prefix(slice.size());
  }
}

std::int64_t PgConnection::end_copy() {
  put_copy(copy_trailer);
  if (PQputCopyEnd(connection_.get(), nullptr) != 1) throw failure(nullptr);
  const PgRows rows = checked(PQgetResult(connection_.get()));
  const std::int64_t taken = rows.affected();
  // Only a null result says that the connection is free again.
  while (pg_result* rest = PQgetResult(connection_.get())) PQclear(rest);
  return taken;
}

void PgConnection::rollback() noexcept {
  pg_conn* connection = connection_.get();
  if (PQstatus(connection) != CONNECTION_OK) return;
  if (PQtransactionStatus(connection) == PQTRANS_ACTIVE) {
    PQputCopyEnd(connection, "given up");
    while (pg_result* rest = PQgetResult(connection)) PQclear(rest);
  }
  if (PQtransactionStatus(connection) != PQTRANS_IDLE) PQclear(PQexec(connection, "rollback"));
}

void PgConnection::cancel() noexcept {
  cancelled_ = true;
  std::array<char, 256> ignored{};
  if (canceller_) PQcancel(canceller_.get(), ignored.data(), static_cast<int>(ignored.size()));
}

bool PgConnection::is_encrypted() const { return PQsslInUse(connection_.get()) != 0; }
int PgConnection::server_version() const { return PQserverVersion(connection_.get()); }

}  // namespace sluice
