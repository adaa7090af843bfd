// The credentials of an integration: stored, exchanged, and what is begun again with new ones.

#include "storage/integrations.hpp"

#include "connectors/connector.hpp"
#include "storage/integration_rows.hpp"
#include "storage/secret_rows.hpp"
#include "storage/tx.hpp"

namespace sluice {
namespace {

constexpr const char* store_account = R"(
update sluice.integrations
set account = $2, client_id = $3, account_facts = $4::jsonb, authenticated_at = now(),
    health = case when health = 'auth_required' then sluice.health_of(id) else health end,
    generation = generation + 1, updated_at = now()
where id = $1)";

// Those that the credentials before made fail, and that these may read.
constexpr const char* ask_for_runs = R"(
update sluice.integration_tables t
set run_asked = true
where t.integration_id = $1 and t.state = 'failing'
  and (t.last_error_kind = 'auth' or t.last_error_code = 'source.scope_missing')
  and not exists (
    select from sluice.integrations i,
                jsonb_array_elements(case when jsonb_typeof(i.account_facts -> 'tables') = 'array'
                                          then i.account_facts -> 'tables' else '[]' end) as known
    where i.id = t.integration_id and known ->> 'table' = t.table_name and known ->> 'access' = 'denied'))";

constexpr const char* read_account = "select account, client_id from sluice.integrations where id = $1";

Error not_authenticated() {
  return {ErrorKind::conflict, "integration.not_authenticated", "the integration has no credentials"};
}

}  // namespace

Integration Integrations::set_credentials(const IntegrationId& id, const std::string& account,
                                          const std::string& client_id, const Secret& access_token,
                                          const Json& account_facts, const Json& reference,
                                          ExpectedGeneration expected) {
  return in_transaction(database_, [&](Tx& tx) {
    const Integration before = lock_integration(tx, id);
    check_may_change(before, expected);
    if (!before.account.empty() && before.account != account) {
      throw Error(ErrorKind::conflict, "integration.different_store",
                  "these credentials belong to \"" + account + "\", the integration to \"" + before.account + "\"");
    }
    keep_secret(tx, box_, id.str(), token_name, access_token, reference);
    tx.exec(store_account, id, account, client_id, account_facts);
    tx.exec(ask_for_runs, id);
    return get_integration(tx, id);
  });
}

Secret Integrations::access_token(const IntegrationId& id) {
  return in_transaction(database_, [&](Tx& tx) {
    auto token = kept_secret(tx, box_, id.str(), token_name);
    if (!token) throw not_authenticated();
    return *std::move(token);
  });
}

Credentials Integrations::credentials(const IntegrationId& id) {
  return in_transaction(database_, [&](Tx& tx) {
    // Who exchanges them holds the integration's row while he does.
    lock_integration(tx, id);
    auto token = kept_secret(tx, box_, id.str(), token_name);
    if (!token) throw not_authenticated();
    const auto row = tx.exec(read_account, id)[0];
    return Credentials{text_of(row["account"]), text_of(row["client_id"]), *std::move(token),
                       kept_version(tx, id.str(), token_name)};
  });
}

std::int64_t Integrations::credentials_version(const IntegrationId& id) {
  return in_transaction(database_, [&](Tx& tx) { return kept_version(tx, id.str(), token_name); });
}

Json Integrations::credentials_reference(const IntegrationId& id) {
  return in_transaction(database_, [&](Tx& tx) { return kept_reference(tx, id.str(), token_name); });
}

}  // namespace sluice
