#include "storage/database.hpp"

#include "storage/tx.hpp"

namespace sluice {

Database::Database(DatabaseSettings settings) : connections_(std::make_unique<Connections>(std::move(settings))) {}

Database::~Database() = default;

void Database::ping() {
  connections_->run([](Tx& tx) { tx.exec("select 1"); });
}

}  // namespace sluice
