#include "storage/draft_parts.hpp"

#include "storage/integration_rows.hpp"
#include "storage/secret_rows.hpp"
#include "storage/tx.hpp"

namespace sluice {
namespace {

constexpr const char* forget_account = R"(
update sluice.integrations
set account = null, client_id = '', account_facts = null, authenticated_at = null
where id = $1)";

constexpr const char* forget_selection = "delete from sluice.integration_tables where integration_id = $1";

constexpr const char* forget_destination = R"(
update sluice.integrations set destination_id = null, destination_schema = null where id = $1)";

constexpr const char* raise_generation = R"(
update sluice.integrations set generation = generation + 1, updated_at = now() where id = $1)";

}  // namespace

Integration take_back(Database& database, const IntegrationId& id, const DraftParts& parts) {
  return in_transaction(database, [&](Tx& tx) {
    if (lock_integration(tx, id).state != IntegrationState::draft) {
      throw Error(ErrorKind::conflict, "integration.confirmed", "the integration is confirmed already");
    }
    if (parts.credentials) {
      forget_secrets(tx, id.str());
      tx.exec(forget_account, id);
    }
    if (parts.selection) tx.exec(forget_selection, id);
    if (parts.destination) tx.exec(forget_destination, id);
    tx.exec(raise_generation, id);
    return get_integration(tx, id);
  });
}

}  // namespace sluice
