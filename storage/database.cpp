#include "storage/database.hpp"

#include "storage/tx.hpp"

namespace sluice {

Database::Database(DatabaseSettings settings)
    : settings_(std::move(settings)), connections_(pooled_connections(settings_)) {}

Database::Database(DatabaseSettings settings, std::unique_ptr<Connections> connections)
    : settings_(std::move(settings)), connections_(std::move(connections)) {}

Database::~Database() = default;

void Database::ping() {
  connections_->run([](Tx& tx) { tx.exec("select 1"); });
}

std::unique_ptr<Database> Database::rehearse() {
  return std::unique_ptr<Database>(new Database(settings_, rehearsal_connection(settings_)));
}

}  // namespace sluice
