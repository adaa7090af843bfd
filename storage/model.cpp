#include "storage/model.hpp"

#include "core/time.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

template <class Enum>
using Names = std::pair<Enum, std::string_view>;

constexpr std::array integration_states{
    Names{IntegrationState::draft, "draft"sv}, Names{IntegrationState::pending, "pending"sv},
    Names{IntegrationState::active, "active"sv}, Names{IntegrationState::deleting, "deleting"sv},
    Names{IntegrationState::deleted, "deleted"sv}};
constexpr std::array healths{Names{Health::ok, "ok"sv}, Names{Health::degraded, "degraded"sv},
                             Names{Health::failing, "failing"sv}, Names{Health::auth_required, "auth_required"sv},
                             Names{Health::unknown, "unknown"sv}};
constexpr std::array table_states{Names{TableState::pending, "pending"sv}, Names{TableState::loading, "loading"sv},
                                  Names{TableState::active, "active"sv},   Names{TableState::reloading, "reloading"sv},
                                  Names{TableState::paused, "paused"sv},   Names{TableState::failing, "failing"sv},
                                  Names{TableState::blocked, "blocked"sv}, Names{TableState::removed, "removed"sv}};
constexpr std::array run_triggers{Names{RunTrigger::confirm, "confirm"sv}, Names{RunTrigger::schedule, "schedule"sv},
                                  Names{RunTrigger::manual, "manual"sv}};
constexpr std::array run_results{Names{RunResult::succeeded, "succeeded"sv}, Names{RunResult::partial, "partial"sv},
                                 Names{RunResult::failed, "failed"sv}, Names{RunResult::cancelled, "cancelled"sv}};
constexpr std::array job_kinds{Names{JobKind::initial, "initial"sv},
                               Names{JobKind::incremental, "incremental"sv},
                               Names{JobKind::reload, "reload"sv},
                               Names{JobKind::backfill, "backfill"sv},
                               Names{JobKind::delete_sweep, "delete_sweep"sv},
                               Names{JobKind::verify, "verify"sv}};
constexpr std::array job_states{Names{JobState::queued, "queued"sv},
                                Names{JobState::running, "running"sv},
                                Names{JobState::waiting_retry, "waiting_retry"sv},
                                Names{JobState::succeeded, "succeeded"sv},
                                Names{JobState::failed, "failed"sv},
                                Names{JobState::cancelled, "cancelled"sv},
                                Names{JobState::skipped, "skipped"sv}};
constexpr std::array attempt_states{
    Names{AttemptState::running, "running"sv}, Names{AttemptState::succeeded, "succeeded"sv},
    Names{AttemptState::failed, "failed"sv},   Names{AttemptState::cancelled, "cancelled"sv},
    Names{AttemptState::skipped, "skipped"sv}, Names{AttemptState::given_back, "given_back"sv},
    Names{AttemptState::lost, "lost"sv}};
constexpr std::array tables_left{Names{TablesLeft::kept, "kept"sv}, Names{TablesLeft::dropped, "dropped"sv}};
constexpr std::array reload_modes{Names{ReloadMode::swap, "swap"sv}, Names{ReloadMode::merge, "merge"sv}};
constexpr std::array new_field_policies{Names{NewFieldPolicy::ask, "ask"sv}, Names{NewFieldPolicy::add, "add"sv},
                                        Names{NewFieldPolicy::ignore, "ignore"sv}};
constexpr std::array delete_policies{Names{DeletePolicy::soft, "soft"sv}, Names{DeletePolicy::hard, "hard"sv},
                                     Names{DeletePolicy::off, "off"sv}};
constexpr std::array pause_modes{Names{PauseMode::drain, "drain"sv}, Names{PauseMode::now, "now"sv}};
constexpr std::array token_scopes{Names{TokenScope::read, "read"sv}, Names{TokenScope::operate, "operate"sv},
                                  Names{TokenScope::write, "write"sv}, Names{TokenScope::admin, "admin"sv}};

template <class Table, class Enum>
std::string_view name_in(const Table& table, Enum value) {
  for (const auto& [known, name] : table) {
    if (known == value) return name;
  }
  return "?";
}

template <class Table, class Enum>
bool find_in(const Table& table, std::string_view text, Enum& value) {
  for (const auto& [known, name] : table) {
    if (name != text) continue;
    value = known;
    return true;
  }
  return false;
}

constexpr Duration longest_interval = 24h;

constexpr std::array intervals{
    Names{Duration(15min), "15m"sv}, Names{Duration(30min), "30m"sv}, Names{Duration(1h), "1h"sv},
    Names{Duration(2h), "2h"sv},     Names{Duration(3h), "3h"sv},     Names{Duration(6h), "6h"sv},
    Names{Duration(8h), "8h"sv},     Names{Duration(12h), "12h"sv},   Names{Duration(24h), "24h"sv}};

}  // namespace

std::string_view to_string(IntegrationState value) { return name_in(integration_states, value); }
std::string_view to_string(Health value) { return name_in(healths, value); }
std::string_view to_string(TableState value) { return name_in(table_states, value); }
std::string_view to_string(RunTrigger value) { return name_in(run_triggers, value); }
std::string_view to_string(RunResult value) { return name_in(run_results, value); }
std::string_view to_string(JobKind value) { return name_in(job_kinds, value); }
std::string_view to_string(JobState value) { return name_in(job_states, value); }
std::string_view to_string(AttemptState value) { return name_in(attempt_states, value); }
std::string_view to_string(TablesLeft value) { return name_in(tables_left, value); }
std::string_view to_string(ReloadMode value) { return name_in(reload_modes, value); }
std::string_view to_string(NewFieldPolicy value) { return name_in(new_field_policies, value); }
std::string_view to_string(DeletePolicy value) { return name_in(delete_policies, value); }
std::string_view to_string(PauseMode value) { return name_in(pause_modes, value); }
std::string_view to_string(TokenScope value) { return name_in(token_scopes, value); }

bool parse(std::string_view text, IntegrationState& value) { return find_in(integration_states, text, value); }
bool parse(std::string_view text, Health& value) { return find_in(healths, text, value); }
bool parse(std::string_view text, TableState& value) { return find_in(table_states, text, value); }
bool parse(std::string_view text, RunTrigger& value) { return find_in(run_triggers, text, value); }
bool parse(std::string_view text, RunResult& value) { return find_in(run_results, text, value); }
bool parse(std::string_view text, JobKind& value) { return find_in(job_kinds, text, value); }
bool parse(std::string_view text, JobState& value) { return find_in(job_states, text, value); }
bool parse(std::string_view text, AttemptState& value) { return find_in(attempt_states, text, value); }
bool parse(std::string_view text, TablesLeft& value) { return find_in(tables_left, text, value); }
bool parse(std::string_view text, ReloadMode& value) { return find_in(reload_modes, text, value); }
bool parse(std::string_view text, NewFieldPolicy& value) { return find_in(new_field_policies, text, value); }
bool parse(std::string_view text, DeletePolicy& value) { return find_in(delete_policies, text, value); }
bool parse(std::string_view text, PauseMode& value) { return find_in(pause_modes, text, value); }
bool parse(std::string_view text, TokenScope& value) { return find_in(token_scopes, text, value); }

bool is_final(JobState state) {
  return state != JobState::queued && state != JobState::running && state != JobState::waiting_retry;
}

std::optional<Frequency> parse_frequency(std::string_view text) {
  if (text == "manual") return Frequency{};
  Duration interval{};
  if (find_in(intervals, std::string_view(text), interval)) return Frequency{interval};
  const auto iso = parse_iso_duration(text);
  if (!iso || *iso < shortest_interval || *iso > longest_interval) return std::nullopt;
  return Frequency{*iso};
}

std::string to_string(const Frequency& frequency) {
  if (frequency.cron) return frequency.cron->expression + " " + frequency.cron->time_zone;
  if (!frequency.interval) return "manual";
  const auto offered = std::find_if(intervals.begin(), intervals.end(),
                                    [&](const auto& known) { return known.first == *frequency.interval; });
  return offered != intervals.end() ? std::string(offered->second) : format_iso_duration(*frequency.interval);
}

const std::vector<std::string>& offered_frequencies() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& [interval, name] : intervals) all.emplace_back(name);
    all.emplace_back("manual");
    return all;
  }();
  return names;
}

Counters& Counters::operator+=(const Counters& other) {
  read += other.read;
  inserted += other.inserted;
  updated += other.updated;
  unchanged += other.unchanged;
  deleted += other.deleted;
  rejected += other.rejected;
  bytes += other.bytes;
  calls += other.calls;
  throttled += other.throttled;
  return *this;
}

}  // namespace sluice
