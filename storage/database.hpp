#pragma once
// The control database: a bounded set of connections and one way to use them, a transaction. pqxx shows only in
// storage/*.cpp (storage/tx.hpp). Everything here blocks; the io thread reaches it through BlockingPool.

#include "core/clock.hpp"
#include "core/secret.hpp"

#include <cstddef>
#include <memory>

namespace sluice {

struct DatabaseSettings {
  Secret url;  // libpq connection string or URL
  std::size_t connections = 8;
  Duration connect_timeout{10'000};  // unless the URL has one; whole seconds
  Duration statement_timeout{30'000};
  Duration lock_timeout{10'000};
  /// How long a transaction may wait for this process. One that is frozen keeps its locks as long.
  Duration idle_in_transaction{15'000};
};

class Database {
 public:
  explicit Database(DatabaseSettings settings);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  class Connections;
  Connections& connections() noexcept { return *connections_; }
  /// One round trip; throws Error{transient, "database.unreachable"}.
  void ping();
  /// This database for one who only wants to see what would happen: all that is done through it goes on in one
  /// transaction, which ends with it and is never committed. Used by one thread at a time, from the first use on with
  /// a connection of its own; Error{transient, "database.busy"} while too many are under way.
  std::unique_ptr<Database> rehearse();

 private:
  Database(DatabaseSettings settings, std::unique_ptr<Connections> connections);

  DatabaseSettings settings_;
  std::unique_ptr<Connections> connections_;
};

}  // namespace sluice
