#include "api/freshness.hpp"

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
  TableFreshness manual = loaded(23h);
  manual.frequency = Frequency{};
  TableFreshness old_manual = loaded(25h);
  old_manual.frequency = Frequency{};
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
      {"manual", manual, {}, true},
      {"manual and old", old_manual, {}, false},
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
