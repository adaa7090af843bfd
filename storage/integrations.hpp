#pragma once
// Integrations and their tables in the control database. Changes of configuration raise the generation; each change of
// state is guarded by the state it starts from and throws Error{conflict, "integration.…"} when that is not so.

#include "storage/backfill.hpp"
#include "storage/database.hpp"
#include "storage/destination.hpp"
#include "storage/model.hpp"
#include "storage/secrets.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sluice {

struct Credentials;

struct IntegrationFilter {
  std::vector<IntegrationState> states;  // empty: all but deleted
  std::optional<bool> paused;
  std::vector<Health> healths;
  std::string connector;
  std::string search;  // in the name, without regard to case
};

/// What an If-Match demands; none: any generation. Another one is Error{conflict, "integration.changed"}
/// ("destination.changed" for destinations).
using ExpectedGeneration = std::optional<std::int64_t>;

/// Whatever takes an id throws Error{missing, "integration.unknown"} when there is none, and all but the two deletes
/// throw Error{conflict, "integration.deleting"} when it is on its way out.
class Integrations {
 public:
  Integrations(Database& database, const SecretBox& box);
  /// The same over another database, for a rehearsal.
  Integrations on(Database& other) const { return {other, box_}; }

  /// A draft. Throws Error{conflict, "integration.name_taken"}.
  Integration create(const std::string& name, const std::string& connector, const Frequency& frequency,
                     std::optional<Time> start_date, const QuietHours& quiet_hours = {});
  std::optional<Integration> find(const std::string& id_or_name);
  Listing<Integration> list(const IntegrationFilter& filter, const PageRequest& page);

  /// Seals and stores the credentials; ends auth_required, and what failed for those before runs again. Error{conflict,
  /// "integration.different_store"} when another account was stored before. `reference`: the credentials with
  /// references in the place of secrets, or null.
  Integration set_credentials(const IntegrationId& id, const std::string& account, const std::string& client_id,
                              const Secret& access_token, const Json& account_facts, const Json& reference = nullptr,
                              ExpectedGeneration expected = std::nullopt);
  /// Decrypted; Error{conflict, "integration.not_authenticated"} when there is none.
  Secret access_token(const IntegrationId& id);
  /// The token with whom it is for, and its version; throws like access_token.
  Credentials credentials(const IntegrationId& id);
  /// Rises with each set_credentials; 0: none yet.
  std::int64_t credentials_version(const IntegrationId& id);
  /// As set_credentials took it; null when there is none.
  Json credentials_reference(const IntegrationId& id);
  /// `backfill`: of the fields that tables get which were read before. Unless somebody says so, a column that is there
  /// is filled.
  Integration set_selection(const IntegrationId& id, const std::vector<SelectedTable>& tables,
                            ExpectedGeneration expected, Backfill backfill = Backfill::column);
  /// Error{missing, "table.unknown"} when it is not selected.
  Integration set_table_settings(const IntegrationId& id, const std::string& table, const TableSettings& settings,
                                 ExpectedGeneration expected);
  /// Only in a draft: Error{conflict, "integration.confirmed"}; Error{missing, "destination.unknown"}.
  Integration set_destination(const IntegrationId& id, const DestinationId& destination, const std::string& schema,
                              ExpectedGeneration expected);
  /// Error{conflict, "integration.confirmed"} or, naming what is missing, "integration.incomplete".
  /// draft -> pending, with its table rows (destination_tables: "schema.table" by selected table, same order); the
  /// first run is enqueued by the caller in JobQueue::trigger.
  Integration confirm(const IntegrationId& id, const std::vector<std::string>& destination_tables);
  struct Changes {
    std::optional<Frequency> frequency = {};
    std::optional<std::optional<Time>> start_date = {};
    std::optional<NewFieldPolicy> on_new_fields = {};
    std::optional<QuietHours> quiet_hours = {};
  };
  Integration change(const IntegrationId& id, const Changes& changes, ExpectedGeneration expected);
  /// Both idempotent; Error{conflict, "integration.draft"} before confirmation. `until`: when it resumes by itself
  /// (JobQueue::enqueue_due). Mode `now` ends the open run: its jobs are cancelled, and who runs them finds that the
  /// run is not his any more. What became due during a pause runs once behind it.
  Integration pause(const IntegrationId& id, const std::string& reason, std::optional<Time> until = {},
                    PauseMode mode = PauseMode::drain);
  Integration resume(const IntegrationId& id);
  /// any -> deleting; queued jobs are cancelled; an open run sees it at its next heartbeat. Idempotent.
  Integration begin_delete(const IntegrationId& id, ExpectedGeneration expected);
  /// deleting -> deleted: secrets are gone and the name is free again. Error{conflict, "integration.run_open"} while a
  /// run still holds a lease.
  void finish_delete(const IntegrationId& id);

  std::vector<TableStatus> tables(const IntegrationId& id);
  /// A paused table has no jobs; one that runs ends first. Idempotent. Error{missing, "table.unknown"}.
  void pause_table(const IntegrationId& id, const std::string& table, bool paused);
  /// What the destination says of a table, after it was changed there.
  void mirror(const IntegrationId& id, const std::string& table, const Checkpoint& checkpoint);
  /// A run has begun to read the table from its beginning, as `request` (SelectedTable::read_again) and all before it
  /// wanted. Idempotent.
  void note_reread(const IntegrationId& id, const std::string& table, std::int64_t request);

 private:
  Database& database_;
  const SecretBox& box_;
};

}  // namespace sluice
