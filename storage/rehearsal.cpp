#include "storage/tx.hpp"

#include "core/log.hpp"

#include <pqxx/except>
#include <pqxx/subtransaction>
#include <pqxx/transaction>

#include <atomic>

namespace sluice {
namespace {

// Each holds row locks until it ends, and may wait for a source meanwhile.
constexpr int most_rehearsals = 2;
constexpr Duration longest_rehearsal_pause{60'000};
std::atomic<int> rehearsals = 0;

class Rehearsal final : public Database::Connections {
 public:
  explicit Rehearsal(DatabaseSettings settings) : settings_(std::move(settings)) {
    settings_.idle_in_transaction = longest_rehearsal_pause;
    if (++rehearsals <= most_rehearsals) return;
    --rehearsals;
    throw Error(ErrorKind::transient, "database.busy", "too many dry runs are under way at the same time");
  }
  ~Rehearsal() override { --rehearsals; }
  Rehearsal(const Rehearsal&) = delete;
  Rehearsal& operator=(const Rehearsal&) = delete;

  void run(const std::function<void(Tx&)>& work) override {
    try {
      if (!connection_) {
        connection_ = open_connection(settings_);
        never_committed_ = std::make_unique<pqxx::work>(*connection_);
      }
      pqxx::subtransaction step(*never_committed_);
      Tx tx(step);
      work(tx);
      step.commit();
    } catch (const pqxx::transaction_rollback& failure) {
      // A savepoint cannot be repeated alone: what it saw was from before.
      throw Error(ErrorKind::transient, "database.busy", quote_outside_text(failure.what()));
    } catch (const pqxx::broken_connection& failure) {
      throw unreachable(failure.what());
    } catch (const pqxx::sql_error& failure) {
      throw classify_sqlstate(failure.sqlstate(), failure.what(), "database");
    } catch (const pqxx::failure& failure) {
      throw unreachable(failure.what());
    }
  }

 private:
  DatabaseSettings settings_;
  std::unique_ptr<pqxx::connection> connection_;
  std::unique_ptr<pqxx::work> never_committed_;  // ends before its connection does
};

}  // namespace

std::unique_ptr<Database::Connections> rehearsal_connection(const DatabaseSettings& settings) {
  return std::make_unique<Rehearsal>(settings);
}

}  // namespace sluice
