#include "core/schedule.hpp"

#include "core/cron.hpp"
#include "core/time_zone.hpp"

#include <algorithm>

namespace sluice {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// 29 February on a certain day of the week comes once in 28 years, and once in 40 around a year like 2100.
constexpr auto horizon = std::chrono::years(41);

LocalTime shown(Time time, seconds offset) {
  return LocalTime(std::chrono::floor<seconds>(time).time_since_epoch() + offset);
}

LocalMinute minute_at_or_behind(LocalTime local) { return std::chrono::ceil<minutes>(local); }
LocalMinute minute_behind(LocalTime local) { return std::chrono::floor<minutes>(local) + minutes(1); }

/// Whether the clock left out one of its times when this stretch began.
bool is_due_in_gap(const CronFields& fields, const ZoneSpan& span) {
  if (span.offset <= span.offset_before) return false;
  return fields
      .first_in(minute_at_or_behind(shown(span.begin, span.offset_before)),
                minute_at_or_behind(shown(span.begin, span.offset)))
      .has_value();
}

std::optional<Time> next_by_cron(Time after, const CronFields& fields, const std::string& zone) {
  const Time latest = after + horizon;
  for (ZoneSpan span = zone_span_at(zone, after);; span = zone_span_at(zone, span.end)) {
    const bool is_first = span.begin <= after;
    if (!is_first && is_due_in_gap(fields, span)) return span.begin;
    LocalMinute from =
        is_first ? minute_behind(shown(after, span.offset)) : minute_at_or_behind(shown(span.begin, span.offset));
    // What the clock shows for the second time is not due again.
    const bool repeats = span.offset < span.offset_before;
    if (repeats && !fields.hours.all())
      from = std::max(from, minute_at_or_behind(shown(span.begin, span.offset_before)));
    const Time end = std::min(span.end, latest);
    if (const auto found = fields.first_in(from, minute_at_or_behind(shown(end, span.offset)))) {
      return Time(found->time_since_epoch() - span.offset);
    }
    if (span.end >= latest) return std::nullopt;
  }
}

}  // namespace

std::optional<Time> next_after(Time after, const Schedule& schedule) {
  if (schedule.interval) return after + *schedule.interval;
  if (!schedule.cron) return std::nullopt;
  const CronReading reading = read_cron(schedule.cron->expression);
  if (!reading.fields) return std::nullopt;
  return next_by_cron(after, *reading.fields, schedule.cron->time_zone);
}

std::vector<Problem> problems_of(const Cron& cron, Duration shortest, const std::string& pointer) {
  std::vector<Problem> problems;
  const CronReading reading = read_cron(cron.expression);
  if (!reading.fields) {
    problems.push_back({pointer + "/cron", "bad_cron", reading.complaint});
  } else if (reading.fields->shortest_distance() < shortest) {
    problems.push_back({pointer + "/cron", "too_often",
                        "is due every " + std::to_string(reading.fields->shortest_distance().count()) +
                            " minutes: its times must lie at least " +
                            std::to_string(std::chrono::duration_cast<minutes>(shortest).count()) + " minutes apart"});
  }
  if (auto complaint = complaint_about_time_zone(cron.time_zone)) {
    problems.push_back({pointer + "/time_zone", "unknown_time_zone", *std::move(complaint)});
  }
  return problems;
}

}  // namespace sluice
