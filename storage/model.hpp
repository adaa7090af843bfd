#pragma once
// What the control database keeps, as values. Facts that answer different questions are different members.

#include "core/clock.hpp"
#include "core/copy_rows.hpp"
#include "core/date_window.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/json.hpp"
#include "core/log.hpp"
#include "core/quiet_hours.hpp"
#include "core/schedule.hpp"
#include "core/secret.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

enum class IntegrationState { draft, pending, active, deleting, deleted };
enum class Health { ok, degraded, failing, auth_required, unknown };
enum class TableState { pending, loading, active, reloading, paused, failing, blocked, removed };
enum class RunTrigger { confirm, schedule, manual };
enum class RunResult { succeeded, partial, failed, cancelled };
enum class JobKind { initial, incremental, reload, backfill, delete_sweep, verify };
/// How a table is read anew.
enum class ReloadMode {
  swap,  // beside what is there, which is replaced at the end, in one transaction
  merge  // into what is there: rows change one by one, those that are not shown are gone at the end
};
enum class JobState { queued, running, waiting_retry, succeeded, failed, cancelled, skipped };
/// How one attempt of a job stands.
enum class AttemptState {
  running,
  succeeded,
  failed,
  cancelled,
  skipped,
  given_back,  // its daemon stopped; it does not count
  lost         // its daemon died, or lost hold of it, before it could say how it ended
};

// Each enum prints and parses as its names above; parse is false for anything else.
std::string_view to_string(IntegrationState);
std::string_view to_string(Health);
std::string_view to_string(TableState);
std::string_view to_string(RunTrigger);
std::string_view to_string(RunResult);
std::string_view to_string(JobKind);
std::string_view to_string(JobState);
std::string_view to_string(ReloadMode);
std::string_view to_string(AttemptState);
bool parse(std::string_view, IntegrationState&);
bool parse(std::string_view, Health&);
bool parse(std::string_view, TableState&);
bool parse(std::string_view, RunTrigger&);
bool parse(std::string_view, RunResult&);
bool parse(std::string_view, JobKind&);
bool parse(std::string_view, JobState&);
bool parse(std::string_view, ReloadMode&);
bool parse(std::string_view, AttemptState&);
bool is_final(JobState state);

/// How often an integration or a table of it runs: one of the offered intervals, by cron, or only when asked
/// ("manual").
using Frequency = Schedule;
inline constexpr Duration shortest_interval = std::chrono::minutes(15);
/// "15m" "30m" "1h" "2h" "3h" "6h" "8h" "12h" "24h" "manual", or an ISO 8601 duration of 15 minutes to 24 hours.
std::optional<Frequency> parse_frequency(std::string_view text);
std::string to_string(const Frequency& frequency);  // a cron as its expression and zone; as JSON: storage/frequency.hpp
const std::vector<std::string>& offered_frequencies();

/// A column that the connector's table does not know: it was seen in the source's records.
struct AddedField {
  std::string name;
  ColumnType type = ColumnType::text;
};

/// What happens to members of the source's records that the table does not know.
enum class NewFieldPolicy { ask, add, ignore };

std::string_view to_string(NewFieldPolicy policy);
bool parse(std::string_view text, NewFieldPolicy& policy);

/// What becomes of rows that the source no longer has.
enum class DeletePolicy {
  soft,  // they stay, marked
  hard,  // they go
  off    // nobody looks
};

std::string_view to_string(DeletePolicy policy);
bool parse(std::string_view text, DeletePolicy& policy);

/// How one table differs from the rest of its integration.
struct TableSettings {
  std::optional<NewFieldPolicy> on_new_fields = {};  // none: the integration's
  DeletePolicy deletes = DeletePolicy::soft;
  std::optional<Duration> sweep_interval = {};  // how often it is looked at as a whole; none: the connector's
  std::optional<Frequency> frequency = {};      // none: it runs with the integration
  bool operator==(const TableSettings&) const = default;
};

struct SelectedTable {
  std::string name;
  std::vector<std::string> fields;  // column names in catalogue order, required ones included
  TableSettings settings = {};
  std::vector<AddedField> added = {};
  std::vector<AddedField> widened = {};  // columns whose type is wider than the connector's
  std::int64_t read_again = 0;           // request to read it from its beginning that no run has begun; 0: none
};

/// What a pause does with the run that is open: lets it end, or cancels it.
enum class PauseMode { drain, now };

std::string_view to_string(PauseMode mode);
bool parse(std::string_view text, PauseMode& mode);

/// What becomes of the tables at the destination when their integration is deleted.
enum class TablesLeft { kept, dropped };

std::string_view to_string(TablesLeft tables);
bool parse(std::string_view text, TablesLeft& tables);

/// A deletion that has been begun.
struct Deletion {
  TablesLeft tables = TablesLeft::kept;
  Time asked_at{};
  int attempts = 0;  // that failed
  Time due_at{};     // when it is looked at next
  std::string error_code;
  std::string error;
};

struct Integration {
  IntegrationId id;
  std::string name;
  std::string connector;
  IntegrationState state = IntegrationState::draft;
  bool paused = false;
  std::string pause_reason;
  std::optional<Time> paused_until;  // when it resumes by itself
  Health health = Health::unknown;
  Json health_reasons = Json::array();  // [{"table", "code", "detail"}]: what stands against it
  Frequency frequency;
  QuietHours quiet_hours;
  std::optional<Time> start_date;
  NewFieldPolicy on_new_fields = NewFieldPolicy::ask;
  std::string account;  // "" before authentication
  std::string client_id;
  std::optional<Time> authenticated_at;
  Json account_facts;  // name, plan, time_zone, currency, per-table access; null before authentication
  std::vector<SelectedTable> selection;  // empty before tables were chosen
  std::optional<DestinationId> destination;
  std::string schema;  // at the destination
  std::optional<Time> confirmed_at;
  std::optional<Time> next_run_at;
  std::optional<Deletion> deletion = {};  // while it is being deleted
  std::int64_t generation = 1;            // of the configuration: the ETag
  Time created_at{};
  Time updated_at{};
};

struct DestinationRecord {
  DestinationId id;
  std::string name;
  std::string kind = "postgresql";
  bool embedded = false;  // the daemon's own cluster; has no parameters
  Json parameters;        // host, port, database, user, sslmode, …; never the password
  bool has_password = false;
  std::int64_t generation = 1;
  Time created_at{};
  Time updated_at{};
};

struct Counters {
  std::int64_t read = 0;
  std::int64_t inserted = 0;
  std::int64_t updated = 0;
  std::int64_t unchanged = 0;
  std::int64_t deleted = 0;
  std::int64_t rejected = 0;
  std::int64_t bytes = 0;  // decoded bytes of source answers
  std::int64_t calls = 0;  // to the source
  Duration throttled{0};

  Counters& operator+=(const Counters& other);
};

/// A table of an integration, as the Sources page shows it.
struct TableStatus {
  std::string table;
  std::string destination_table;  // "public.acme_orders"
  TableState state = TableState::pending;
  std::optional<Time> last_replicated_at;   // end of the last successful job
  std::optional<Time> replicated_until;     // source's clock: everything before it is here
  std::int64_t rows = 0;                    // live rows at the destination, as counted by inserts and deletes
  std::optional<Frequency> frequency = {};  // its own; none: the integration's
  std::optional<Time> next_run_at = {};     // by its own frequency
  std::optional<JobId> last_job;
  std::string last_error_code;
  std::string last_error;
  Json position;                                // mirror of the destination's checkpoint
  std::optional<ReloadMode> reload_asked = {};  // its next job is one
  std::optional<Time> verified_at = {};         // end of the last comparison with the source
  Json verification = {};                       // what it found: scheduler/verification_outcome.hpp, without keys
  Json row_counts = {};                         // after the last complete pass: scheduler/row_counts.hpp
};

struct Run {
  RunId id;
  IntegrationId integration;
  std::string integration_name;
  RunTrigger trigger = RunTrigger::schedule;
  bool open = true;
  std::optional<RunResult> result;
  Time created_at{};
  std::optional<Time> started_at;
  std::optional<Time> finished_at;
};

struct JobError {
  ErrorKind kind = ErrorKind::bug;
  std::string code;
  std::string detail;
  std::string hint;
};

/// How often a job is tried before it has failed, unless somebody wants otherwise.
inline constexpr int usual_attempts = 8;

struct Job {
  JobId id;
  RunId run;
  IntegrationId integration;
  std::string integration_name;
  std::string table;
  std::string destination_table;
  JobKind kind = JobKind::initial;
  std::optional<ReloadMode> reload = {};  // of a job of that kind
  RunTrigger trigger = RunTrigger::schedule;
  JobState state = JobState::queued;
  Time queued_at{};
  std::optional<Time> started_at;   // extraction begins
  std::optional<Time> finished_at;  // data loaded
  int attempt = 0;
  int max_attempts = usual_attempts;
  std::optional<Time> next_attempt_at;
  Counters counters;
  std::optional<std::int64_t> expected_rows;  // what the source said the pass will show
  std::optional<JobError> error;
  bool repairs = false;                   // a verification that also settles what it finds
  Json verification = {};                 // what it found; without keys in lists of jobs
  Json row_counts = {};                   // after a complete pass: scheduler/row_counts.hpp
  std::optional<DateWindow> window = {};  // of a backfill: what changed within it
  bool is_cancel_asked = false;
  std::optional<JobId> retry_of = {};
};

/// A read beyond the usual that a table is about to get.
struct PlannedRead {
  std::string table;
  JobKind kind = JobKind::backfill;
  std::optional<ReloadMode> reload = {};
  std::optional<DateWindow> window = {};  // none: all of it
};

/// One try at a job, by one owner.
struct JobAttempt {
  int number = 0;  // in their order, from 1
  AttemptState state = AttemptState::running;
  std::string worker;
  Time started_at{};
  std::optional<Time> ended_at;  // of a lost one: when that was noticed
  Counters counters;             // of this attempt alone
  std::optional<JobError> error;
};

struct JobLogLine {
  std::int64_t number = 0;  // ascending within the job
  Time at{};
  LogLevel level = LogLevel::info;
  std::string message;
  Json fields;
};

enum class TokenScope { read, operate, write, admin };
std::string_view to_string(TokenScope);
bool parse(std::string_view, TokenScope&);

struct Token {
  TokenId id;
  std::string name;
  TokenScope scope = TokenScope::read;
  Time created_at{};
  std::optional<Time> expires_at;
  std::optional<Time> revoked_at;
  std::optional<Time> last_used_at;
};

/// One page of a key-set listing: pass `next` back as `after` for the following one.
template <class T>
struct Listing {
  std::vector<T> items;
  std::optional<std::string> next;
};

struct PageRequest {
  int limit = 50;
  std::optional<std::string> after;  // the id (job log: number) to continue behind
};

}  // namespace sluice
