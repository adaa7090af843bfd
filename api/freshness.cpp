#include "api/freshness.hpp"

#include "storage/due_time.hpp"

#include <algorithm>
#include <utility>

namespace sluice::api {
namespace {

constexpr Duration shortest_look_back = std::chrono::hours(1);
// A cron for 29 February on a certain day of the week is due once in 28 years.
constexpr Duration longest_look_back = std::chrono::hours(24) * 366 * 60;

std::string_view reason_of(const TableFreshness& table, const FreshnessVerdict& verdict) {
  if (table.is_paused) return "paused";
  if (table.health == Health::auth_required) return "auth_required";
  if (table.state == TableState::failing || table.state == TableState::blocked) return "failing";
  return verdict.age ? "late" : "never_loaded";
}

}  // namespace

std::optional<Duration> longest_gap(const Frequency& frequency, const QuietHours& quiet, Time now) {
  // A schedule knows its next time only, so it is followed from as far back as it takes to meet two.
  for (Duration back = shortest_look_back; back < longest_look_back; back *= 2) {
    std::optional<Time> last;
    std::optional<Time> last_but_one;
    std::optional<Time> next = first_due(frequency, quiet, now - back).at;
    while (next && *next <= now) {
      last_but_one = std::exchange(last, next);
      next = first_due(frequency, quiet, *next).at;
    }
    if (!next) return std::nullopt;
    if (last_but_one) return std::chrono::duration_cast<Duration>(std::max(*last - *last_but_one, *next - *last));
  }
  return std::nullopt;
}

FreshnessVerdict judge_freshness(const TableFreshness& table, std::optional<Duration> max_age, Time now) {
  FreshnessVerdict verdict;
  verdict.max_age = max_age;
  if (!max_age) {
    if (const auto gap = longest_gap(table.frequency, table.quiet_hours, now)) verdict.max_age = 2 * *gap;
  }
  if (const auto contents = table.replicated_until ? table.replicated_until : table.last_replicated_at) {
    verdict.age = std::max(Duration(0), std::chrono::duration_cast<Duration>(now - *contents));
  }
  verdict.is_fresh = verdict.age && (!verdict.max_age || *verdict.age <= *verdict.max_age);
  if (!verdict.is_fresh) verdict.reason = reason_of(table, verdict);
  return verdict;
}

}  // namespace sluice::api
