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
  Duration statement_timeout{30'000};
  Duration lock_timeout{10'000};
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

 private:
  std::unique_ptr<Connections> connections_;
};

}  // namespace sluice
