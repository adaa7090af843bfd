#include "api/freshness.hpp"

#include <algorithm>

namespace sluice::api {
namespace {

using namespace std::chrono_literals;

constexpr Duration usual_age_when_manual = 24h;

std::string_view reason_of(const TableFreshness& table, const FreshnessVerdict& verdict) {
  if (table.is_paused) return "paused";
  if (table.health == Health::auth_required) return "auth_required";
  if (table.state == TableState::failing || table.state == TableState::blocked) return "failing";
  return verdict.age ? "late" : "never_loaded";
}

}  // namespace

FreshnessVerdict judge_freshness(const TableFreshness& table, std::optional<Duration> max_age, Time now) {
  FreshnessVerdict verdict;
  const auto& interval = table.frequency.interval;
  verdict.max_age = max_age.value_or(interval ? 2 * *interval : usual_age_when_manual);
  if (const auto contents = table.replicated_until ? table.replicated_until : table.last_replicated_at) {
    verdict.age = std::max(Duration(0), std::chrono::duration_cast<Duration>(now - *contents));
  }
  verdict.is_fresh = verdict.age && *verdict.age <= verdict.max_age;
  if (!verdict.is_fresh) verdict.reason = reason_of(table, verdict);
  return verdict;
}

}  // namespace sluice::api
