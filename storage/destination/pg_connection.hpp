#pragma once
// One libpq connection to a destination: bound parameters, prepared statements, binary COPY and cancelling. Every
// failure becomes an Error here, by its SQLSTATE and with what to do about it; nobody else looks at either.

#include "core/error.hpp"
#include "storage/destination/endpoints.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct pg_conn;
struct pg_result;
struct pg_cancel;

namespace sluice {

/// Values as the text PostgreSQL reads; without one it is null.
using PgParams = std::vector<std::optional<std::string>>;

/// The text of an array parameter.
std::string pg_array(const std::vector<std::string>& items);
std::string pg_array(const std::vector<std::int64_t>& items);

/// The rows of one statement, as text.
class PgRows {
 public:
  explicit PgRows(pg_result* result);

  int size() const;
  bool is_null(int row, int column) const;
  std::string text(int row, int column) const;     // null is ""
  std::int64_t number(int row, int column) const;  // null is 0
  bool is_true(int row, int column) const;
  /// How many rows the statement inserted, updated or deleted.
  std::int64_t affected() const;

 private:
  struct Clear {
    void operator()(pg_result* result) const noexcept;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

class PgConnection {
 public:
  /// Connects and prepares the session. See DestinationConnection::open for what it throws.
  explicit PgConnection(const DestinationAddress& address);
  /// The same, with names looked up in another way than the system's.
  PgConnection(const DestinationAddress& address, const HostLookup& look_up);
  ~PgConnection();
  PgConnection(const PgConnection&) = delete;
  PgConnection& operator=(const PgConnection&) = delete;

  /// One or more statements without parameters.
  PgRows exec(const std::string& statements);
  PgRows exec(const std::string& statement, const PgParams& params);
  void prepare(const std::string& name, const std::string& statement);
  PgRows exec_prepared(const std::string& name, const PgParams& params);

  /// Between these two nothing but put_copy may be called. The stream's header and trailer are added here.
  void begin_copy(const std::string& statement);
  void put_copy(std::string_view rows);
  /// How many rows the server took.
  std::int64_t end_copy();

  /// Ends whatever transaction is open, also in the middle of a COPY; a dead connection has none.
  void rollback() noexcept;
  /// From any thread: ends the statement at hand; all that follows on this connection fails as cancelled.
  void cancel() noexcept;

  bool is_encrypted() const;
  int server_version() const;  // 150004

 private:
  struct Finish {
    void operator()(pg_conn* connection) const noexcept;
  };
  struct FreeCancel {
    void operator()(pg_cancel* cancel) const noexcept;
  };

  void connect(const DestinationAddress& address, const std::vector<DestinationEndpoint>& endpoints);
  /// Why there is no connection to this one; nothing when there is.
  std::optional<Error> try_endpoint(const DestinationAddress& address, const DestinationEndpoint& endpoint,
                                    std::chrono::steady_clock::time_point deadline);
  void refuse_if_cancelled() const;
  PgRows checked(pg_result* result);
  Error failure(const pg_result* result) const;

  std::string database_;
  std::string user_;
  std::unique_ptr<pg_conn, Finish> connection_;
  std::unique_ptr<pg_cancel, FreeCancel> canceller_;
  std::atomic<bool> cancelled_{false};
};

}  // namespace sluice
