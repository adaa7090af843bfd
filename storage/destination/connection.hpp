#pragma once
// DestinationConnection over libpq.

#include "storage/destination/bookkeeping.hpp"
#include "storage/destination/pg_connection.hpp"

namespace sluice {

class PostgresDestination final : public DestinationConnection {
 public:
  explicit PostgresDestination(const DestinationAddress& address);

  DestinationCheck check(const Identifier& schema) override;
  void prepare(const std::vector<DestinationTable>& tables) override;
  void rehearse(const std::vector<DestinationTable>& tables) override;
  std::vector<Checkpoint> take_over(const std::vector<DestinationTable>& tables, std::int64_t epoch) override;
  void set_position(const DestinationTable& table, const Json& position, std::int64_t epoch) override;
  void replace(const DestinationTable& target, const DestinationTable& beside, std::int64_t epoch) override;
  std::optional<KeptGeneration> kept(const DestinationTable& target) override;
  void roll_back(const DestinationTable& target, std::int64_t epoch) override;
  int forget_kept(Time before) override;
  std::vector<std::string> references_to(const DestinationTable& target) override;
  std::vector<std::string> dependents(const DestinationTable& table, const std::string& column) override;
  void drop(const std::vector<DestinationTable>& tables) override;
  void cancel() noexcept override { connection_.cancel(); }

  PgConnection& connection() noexcept { return connection_; }

 private:
  /// Within a transaction. What is done by hand needs no run, and an older Sluice may have prepared the tables last.
  void renew_bookkeeping();

  PgConnection connection_;
  bool is_remote_;
};

/// Runs `work` in a transaction; whatever it throws ends that without a trace.
template <class Work>
auto in_transaction(PgConnection& connection, Work work) {
  connection.exec("begin");
  try {
    if constexpr (std::is_void_v<decltype(work())>) {
      work();
      connection.exec("commit");
    } else {
      auto result = work();
      connection.exec("commit");
      return result;
    }
  } catch (...) {
    connection.rollback();
    throw;
  }
}

}  // namespace sluice
