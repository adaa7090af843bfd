#include "storage/due_time.hpp"
#include "core/time.hpp"
#include "core/time_zone.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sluice {
namespace {

using namespace std::chrono_literals;

Time at(const char* text) { return *parse_iso8601(text); }
std::string shown(const DueTime& due) {
  if (!due.at) return "never";
  return format_rfc3339(*due.at) + " " + format_iso_duration(due.share);
}

const Frequency hourly{1h};
const Frequency daily{24h};
const Frequency at_six{.interval = {}, .cron = Cron{"0 6 * * *", "UTC"}};
const Frequency manual{};
const QuietHours none;
const QuietHours night{{22h, 6h, "UTC"}};
const QuietHours morning{{5h, 7h, "UTC"}};

struct AfterRun {
  const char* what;
  DueTime before;
  Frequency frequency;
  QuietHours quiet;
  const char* now;
  Duration spread;
  const char* next;
};

TEST(DueTime, of_an_interval_keeps_to_its_grid_and_of_a_cron_to_its_clock) {
  const AfterRun cases[] = {
      {"on time", {at("2026-06-01T12:00:00Z")}, hourly, none, "2026-06-01T12:00:01Z", 0s, "2026-06-01T13:00:00Z PT0S"},
      {"five hours late",
       {at("2026-06-01T12:00:00Z")},
       hourly,
       none,
       "2026-06-01T17:30:00Z",
       0s,
       "2026-06-01T18:00:00Z PT0S"},
      {"with a share",
       {at("2026-06-01T12:00:00Z")},
       hourly,
       none,
       "2026-06-01T12:00:01Z",
       60s,
       "2026-06-01T13:01:00Z PT1M"},
      {"the share does not add up",
       {at("2026-06-01T12:01:00Z"), 60s},
       hourly,
       none,
       "2026-06-01T12:01:01Z",
       60s,
       "2026-06-01T13:01:00Z PT1M"},
      {"a share is a tenth at most",
       {at("2026-06-01T12:00:00Z")},
       hourly,
       none,
       "2026-06-01T12:00:01Z",
       24h,
       "2026-06-01T13:06:00Z PT6M"},
      {"into quiet hours",
       {at("2026-06-01T21:00:00Z")},
       hourly,
       night,
       "2026-06-01T21:00:01Z",
       0s,
       "2026-06-02T06:00:00Z PT8H"},
      {"the grid survives them",
       {at("2026-06-02T06:00:00Z"), 7h + 30min},
       daily,
       night,
       "2026-06-02T06:00:01Z",
       0s,
       "2026-06-03T06:00:00Z PT7H30M"},
      {"cron", {at("2026-06-01T06:00:00Z")}, at_six, none, "2026-06-01T06:00:01Z", 60s, "2026-06-02T06:00:00Z PT0S"},
      {"cron, three days late",
       {at("2026-06-01T06:00:00Z")},
       at_six,
       none,
       "2026-06-04T07:00:00Z",
       0s,
       "2026-06-05T06:00:00Z PT0S"},
      {"cron in quiet hours",
       {at("2026-06-01T07:00:00Z"), 1h},
       at_six,
       morning,
       "2026-06-01T07:00:01Z",
       0s,
       "2026-06-02T07:00:00Z PT1H"},
  };
  for (const AfterRun& each : cases) {
    EXPECT_EQ(shown(due_after_run(each.before, each.frequency, each.quiet, at(each.now), {each.spread, 1.0})),
              each.next)
        << each.what;
  }
}

struct AfterChange {
  const char* what;
  DueTime before;
  Frequency frequency;
  QuietHours quiet;
  const char* next;
};

TEST(DueTime, of_a_changed_schedule_forgets_nothing_that_is_due) {
  const char* now = "2026-06-01T12:00:00Z";
  const AfterChange cases[] = {
      {"from manual", {}, hourly, none, "2026-06-01T13:00:00Z PT0S"},
      {"to manual", {at("2026-06-01T12:30:00Z")}, manual, none, "never"},
      {"shorter", {at("2026-06-02T00:00:00Z")}, hourly, none, "2026-06-01T13:00:00Z PT0S"},
      {"longer", {at("2026-06-01T12:30:00Z")}, daily, none, "2026-06-01T12:30:00Z PT0S"},
      {"to a cron", {at("2026-06-01T12:30:00Z")}, at_six, none, "2026-06-02T06:00:00Z PT0S"},
      {"due already", {at("2026-06-01T11:59:00Z")}, at_six, none, "2026-06-01T11:59:00Z PT0S"},
      {"into quiet hours", {}, Frequency{12h}, night, "2026-06-02T06:00:00Z PT6H"},
  };
  for (const AfterChange& each : cases) {
    EXPECT_EQ(shown(due_after_change(each.before, each.frequency, each.quiet, at(now))), each.next) << each.what;
  }
}

struct AfterSetback {
  const char* what;
  DueTime before;
  Frequency frequency;
  QuietHours quiet;
  const char* next;  // "": as planned
};

TEST(DueTime, that_a_clock_ahead_has_planned_is_planned_anew) {
  const char* now = "2026-06-01T12:00:00Z";
  const AfterSetback cases[] = {
      {"due", {at("2026-06-01T11:00:00Z")}, hourly, none, ""},
      {"within the interval", {at("2026-06-01T12:59:00Z")}, hourly, none, ""},
      {"with its share", {at("2026-06-01T13:01:00Z"), 60s}, hourly, none, ""},
      {"an hour further", {at("2026-06-01T14:00:00Z")}, hourly, none, "2026-06-01T13:00:00Z PT0S"},
      {"a year further", {at("2027-06-01T13:00:00Z")}, hourly, none, "2026-06-01T13:00:00Z PT0S"},
      {"behind quiet hours", {at("2026-06-02T06:00:00Z"), 8h}, Frequency{12h}, night, ""},
      {"a day behind them", {at("2026-06-03T06:00:00Z"), 8h}, Frequency{12h}, night, "2026-06-02T06:00:00Z PT6H"},
      {"a cron's next time", {at("2026-06-02T06:00:00Z")}, at_six, none, ""},
      {"the one after it", {at("2026-06-03T06:00:00Z")}, at_six, none, "2026-06-02T06:00:00Z PT0S"},
      {"manual", {}, manual, none, ""},
  };
  for (const AfterSetback& each : cases) {
    const auto anew = due_after_setback(each.before, each.frequency, each.quiet, at(now), 60s);
    EXPECT_EQ(anew ? shown(*anew) : "", each.next) << each.what;
  }
}

TEST(DueTime, moves_with_the_quiet_hours) {
  const DueTime moved{at("2026-06-02T06:00:00Z"), 7h};
  EXPECT_EQ(shown(due_after_quiet_change(moved, none, at("2026-06-01T22:00:00Z"))), "2026-06-01T23:00:00Z PT0S");
  EXPECT_EQ(shown(due_after_quiet_change(moved, none, at("2026-06-02T01:00:00Z"))), "2026-06-01T23:00:00Z PT0S")
      << "due at once";
  EXPECT_EQ(shown(due_after_quiet_change({at("2026-06-02T05:30:00Z")}, morning, at("2026-06-01T22:00:00Z"))),
            "2026-06-02T07:00:00Z PT1H30M");
  EXPECT_EQ(shown(due_after_quiet_change({}, morning, at("2026-06-01T22:00:00Z"))), "never");
}

TEST(DueTime, of_a_cron_comes_once_on_each_day_of_a_leap_year_whatever_the_zone_does) {
  struct Case {
    const char* expression;
    const char* zone;
    int runs;
  };
  const Case cases[] = {
      {"30 2 * * *", "Europe/Berlin", 366},       {"30 1 * * *", "America/Chicago", 366},
      {"15 2 * * *", "Australia/Lord_Howe", 366}, {"0 12 29 2 *", "Europe/Berlin", 1},
      {"0 12 29 2 *", "America/Chicago", 1},      {"0 12 29 2 *", "Australia/Lord_Howe", 1},
  };
  for (const Case& each : cases) {
    const Frequency frequency{.interval = {}, .cron = Cron{each.expression, each.zone}};
    const Time begin = first_moment_of(each.zone, LocalTime(at("2028-01-01T00:00:00Z").time_since_epoch() / 1s * 1s));
    const Time end = first_moment_of(each.zone, LocalTime(at("2029-01-01T00:00:00Z").time_since_epoch() / 1s * 1s));
    DueTime due = first_due(frequency, none, begin);
    std::set<LocalTime> days;
    int runs = 0;
    for (Time now = begin; now < end; now += 5min) {
      if (!due.is_due(now)) {
        // No look at it in between takes it for one that a clock ahead has planned.
        if ((now - begin) % 7h != 0h) continue;
        ASSERT_FALSE(due_after_setback(due, frequency, none, now, 60s)) << each.zone << " " << format_rfc3339(now);
        continue;
      }
      ++runs;
      days.insert(std::chrono::floor<std::chrono::days>(local_time_of(each.zone, *due.at)));
      due = due_after_run(due, frequency, none, now, {60s, 0.5});
    }
    EXPECT_EQ(runs, each.runs) << each.expression << " " << each.zone;
    EXPECT_EQ(days.size(), static_cast<std::size_t>(each.runs)) << each.expression << " " << each.zone;
  }
}

}  // namespace
}  // namespace sluice
