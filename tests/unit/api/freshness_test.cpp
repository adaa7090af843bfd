#include "api/freshness.hpp"
#include "core/time.hpp"

#include <gtest/gtest.h>

namespace sluice::api {
namespace {

using namespace std::chrono_literals;

const Time now{std::chrono::sys_days{std::chrono::year{2026} / 6 / 1}};

/// Of an hourly integration, loaded that long ago, with contents as old as `contents`.
TableFreshness loaded(std::optional<Duration> ago, std::optional<Duration> contents = std::nullopt) {
  TableFreshness table;
  table.frequency = Frequency{1h};
  table.state = ago ? TableState::active : TableState::pending;
  if (ago) table.last_replicated_at = now - *ago;
  if (contents) table.replicated_until = now - *contents;
  return table;
}

TEST(Freshness, goes_by_the_age_of_the_contents) {
  const auto scheduled = [](TableFreshness table, Frequency frequency, QuietHours quiet = {}) {
    table.frequency = std::move(frequency);
    table.quiet_hours = std::move(quiet);
    return table;
  };
  const Frequency manual{};
  const Frequency daily{.interval = {}, .cron = Cron{"0 6 * * *", "UTC"}};
  const Frequency on_weekdays{.interval = {}, .cron = Cron{"0 6 * * mon-fri", "UTC"}};
  const QuietHours night{{20h, 6h, "UTC"}};
  struct Case {
    const char* name;
    TableFreshness table;
    std::optional<Duration> max_age;
    bool is_fresh;
  };
  const Case cases[] = {
      {"within twice the frequency", loaded(119min), {}, true},
      {"at the limit", loaded(120min), {}, true},
      {"past twice the frequency", loaded(121min), {}, false},
      {"as asked", loaded(5h), 6h, true},
      {"stricter than usual", loaded(20min), 15min, false},
      {"only when asked", scheduled(loaded(10'000h), manual), {}, true},
      {"only when asked, and asked for", scheduled(loaded(25h), manual), 24h, false},
      {"only when asked, and never", scheduled(loaded({}), manual), {}, false},
      {"daily, one run failed", scheduled(loaded(47h), daily), {}, true},
      {"daily, two runs failed", scheduled(loaded(49h), daily), {}, false},
      {"on weekdays, since Friday", scheduled(loaded(66h), on_weekdays), {}, true},
      {"hourly, in a quiet night", scheduled(loaded(10h), Frequency{1h}, night), {}, true},
      {"read long before it was loaded", loaded(1min, 3h), {}, false},
      {"loaded long ago, read until now", loaded(3h, 1min), {}, true},
      {"from a source whose clock is ahead", loaded(1min, -5min), {}, true},
      {"never loaded", loaded({}), 1000h, false},
  };
  for (const Case& each : cases) {
    const auto verdict = judge_freshness(each.table, each.max_age, now);
    EXPECT_EQ(verdict.is_fresh, each.is_fresh) << each.name;
    EXPECT_EQ(verdict.reason.empty(), each.is_fresh) << each.name;
  }
}

TEST(Freshness, follows_a_schedule_to_its_longest_gap_around_now) {
  const auto by = [](const char* expression, const char* zone = "UTC") {
    return Frequency{.interval = {}, .cron = Cron{expression, zone}};
  };
  const Frequency hourly{1h};
  const Frequency manual{};
  const QuietHours none;
  const QuietHours night{{22h, 6h, "UTC"}};
  struct Case {
    const char* what;
    Frequency frequency;
    QuietHours quiet;
    const char* now;
    std::optional<Duration> gap;
  };
  const Case cases[] = {
      {"an interval", hourly, none, "2026-06-01T12:34:00Z", 1h},
      {"an interval by day", hourly, night, "2026-06-01T12:00:00Z", 1h},
      {"an interval before quiet hours end", hourly, night, "2026-06-02T03:00:00Z", 9h},
      {"an interval just behind quiet hours", Frequency{30min}, night, "2026-06-02T06:10:00Z", 8h + 20min},
      {"a cron", by("0 6 * * *"), none, "2026-06-01T12:00:00Z", 24h},
      {"a cron at its own time", by("0 6 * * *"), none, "2026-06-01T06:00:00Z", 24h},
      {"a cron of two times a day", by("0 6,18 * * *"), none, "2026-06-01T12:00:00Z", 12h},
      {"a cron of a close pair", by("0 6,7 * * *"), none, "2026-06-01T12:00:00Z", 23h},
      {"a cron of weekdays, on Monday", by("0 6 * * mon-fri"), none, "2026-06-01T12:00:00Z", 72h},
      {"a cron of weekdays, on Wednesday", by("0 6 * * mon-fri"), none, "2026-06-03T12:00:00Z", 24h},
      {"a cron that quiet hours move", by("0 0,12 * * *"), night, "2026-06-01T15:00:00Z", 18h},
      {"a cron of every month", by("0 0 1 * *"), none, "2026-06-15T00:00:00Z", 31 * 24h},
      {"a cron of leap days", by("0 0 29 2 *"), none, "2026-06-15T00:00:00Z", (4 * 365 + 1) * 24h},
      {"where the clock jumps", by("0 6 * * *", "Europe/Berlin"), none, "2026-10-25T12:00:00Z", 25h},
      {"only when asked", manual, none, "2026-06-01T12:00:00Z", std::nullopt},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(longest_gap(each.frequency, each.quiet, *parse_iso8601(each.now)), each.gap) << each.what;
  }
}

TEST(Freshness, names_the_reason_that_somebody_can_act_on) {
  const auto with = [](TableFreshness table, auto change) {
    change(table);
    return table;
  };
  struct Case {
    TableFreshness table;
    std::string_view reason;
  };
  const Case cases[] = {
      {loaded(5h), "late"},
      {loaded({}), "never_loaded"},
      {with(loaded(5h), [](auto& table) { table.state = TableState::failing; }), "failing"},
      {with(loaded(5h), [](auto& table) { table.is_paused = true; }), "paused"},
      {with(loaded(5h), [](auto& table) { table.health = Health::auth_required; }), "auth_required"},
  };
  for (const Case& each : cases) EXPECT_EQ(judge_freshness(each.table, std::nullopt, now).reason, each.reason);
}

}  // namespace
}  // namespace sluice::api
