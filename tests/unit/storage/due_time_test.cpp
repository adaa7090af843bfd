#include "storage/due_time.hpp"
#include "core/time.hpp"

#include <gtest/gtest.h>

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

TEST(DueTime, moves_with_the_quiet_hours) {
  const DueTime moved{at("2026-06-02T06:00:00Z"), 7h};
  EXPECT_EQ(shown(due_after_quiet_change(moved, none, at("2026-06-01T22:00:00Z"))), "2026-06-01T23:00:00Z PT0S");
  EXPECT_EQ(shown(due_after_quiet_change(moved, none, at("2026-06-02T01:00:00Z"))), "2026-06-01T23:00:00Z PT0S")
      << "due at once";
  EXPECT_EQ(shown(due_after_quiet_change({at("2026-06-02T05:30:00Z")}, morning, at("2026-06-01T22:00:00Z"))),
            "2026-06-02T07:00:00Z PT1H30M");
  EXPECT_EQ(shown(due_after_quiet_change({}, morning, at("2026-06-01T22:00:00Z"))), "never");
}

}  // namespace
}  // namespace sluice
