#include "core/schedule.hpp"
#include "core/cron.hpp"
#include "core/time.hpp"
#include "core/time_zone.hpp"

#include <gtest/gtest.h>

namespace sluice {
namespace {

using namespace std::chrono_literals;

/// The next `count` due times behind `after`, in UTC.
std::string due_after(const char* after, const char* expression, const char* zone, int count) {
  std::string all;
  Time time = *parse_iso8601(after);
  for (int i = 0; i < count; ++i) {
    const auto next = next_after(time, {.interval = {}, .cron = Cron{expression, zone}});
    if (!next) return all + "none";
    all += format_rfc3339(*next) + " ";
    time = *next;
  }
  return all;
}

struct DueCase {
  const char* what;
  const char* after;
  const char* expression;
  const char* zone;
  const char* expected;
  int count = 1;
};

void check(std::initializer_list<DueCase> cases) {
  for (const DueCase& each : cases) {
    EXPECT_EQ(due_after(each.after, each.expression, each.zone, each.count), each.expected) << each.what;
  }
}

constexpr const char* new_york = "America/New_York";
constexpr const char* berlin = "Europe/Berlin";
constexpr const char* lord_howe = "Australia/Lord_Howe";

TEST(Schedule, is_due_behind_the_time_and_never_at_it) {
  check({{"the same minute", "2026-06-01T06:00:00Z", "0 6 * * *", "UTC", "2026-06-02T06:00:00Z "},
         {"just before", "2026-06-01T05:59:59.999999Z", "0 6 * * *", "UTC", "2026-06-01T06:00:00Z "},
         {"within the minute", "2026-06-01T06:00:00.5Z", "0 6 * * *", "UTC", "2026-06-02T06:00:00Z "},
         {"the zone's clock", "2026-06-01T00:00:00Z", "0 6 * * *", "America/Chicago", "2026-06-01T11:00:00Z "},
         {"every quarter", "2026-12-31T23:40:00Z", "*/15 * * * *", "UTC", "2026-12-31T23:45:00Z 2027-01-01T00:00:00Z ",
          2},
         {"days of the week", "2026-06-05T12:00:00Z", "0 9 * * mon-fri", "UTC", "2026-06-08T09:00:00Z "},
         {"a half-hour zone", "2026-06-01T00:00:00Z", "0 6 * * *", "Asia/Kolkata", "2026-06-01T00:30:00Z "}});
}

TEST(Schedule, is_due_once_when_the_clock_jumps_forward) {
  check({{"New York: 02:30 is not shown on 8 March", "2026-03-07T12:00:00Z", "30 2 * * *", new_york,
          "2026-03-08T07:00:00Z 2026-03-09T06:30:00Z ", 2},
         {"two times in the gap are one", "2026-03-08T00:00:00Z", "0,30 2 * * *", new_york,
          "2026-03-08T07:00:00Z 2026-03-09T06:00:00Z ", 2},
         {"the gap's end is due as well", "2026-03-08T06:30:00Z", "30 2,3 * * *", new_york,
          "2026-03-08T07:00:00Z 2026-03-08T07:30:00Z ", 2},
         {"Berlin: 02:00 is not shown on 29 March", "2026-03-28T12:00:00Z", "0 2 * * *", berlin,
          "2026-03-29T01:00:00Z 2026-03-30T00:00:00Z ", 2},
         {"Lord Howe jumps by half an hour on 4 October", "2026-10-03T12:00:00Z", "15 2 * * *", lord_howe,
          "2026-10-03T15:30:00Z 2026-10-04T15:15:00Z ", 2},
         {"Lord Howe: 02:30 is shown", "2026-10-03T12:00:00Z", "30 2 * * *", lord_howe,
          "2026-10-03T15:30:00Z 2026-10-04T15:30:00Z ", 2},
         {"a day that Samoa left out", "2011-12-29T12:00:00Z", "0 6 30 12 *", "Pacific/Apia",
          "2011-12-30T10:00:00Z 2012-12-29T16:00:00Z ", 2}});
}

TEST(Schedule, is_due_once_when_the_clock_jumps_back) {
  check({{"New York: 01:30 is shown twice on 1 November", "2026-10-31T12:00:00Z", "30 1 * * *", new_york,
          "2026-11-01T05:30:00Z 2026-11-02T06:30:00Z ", 2},
         {"from between the two", "2026-11-01T05:45:00Z", "30 1 * * *", new_york, "2026-11-02T06:30:00Z "},
         {"from within the second", "2026-11-01T06:15:00Z", "30 1 * * *", new_york, "2026-11-02T06:30:00Z "},
         {"Berlin: 02:30 is shown twice on 25 October", "2026-10-24T12:00:00Z", "30 2 * * *", berlin,
          "2026-10-25T00:30:00Z 2026-10-26T01:30:00Z ", 2},
         {"Berlin: 03:00 is shown once", "2026-10-24T12:00:00Z", "0 3 * * *", berlin, "2026-10-25T02:00:00Z "},
         {"Lord Howe: 01:45 is shown twice on 5 April", "2026-04-04T12:00:00Z", "45 1 * * *", lord_howe,
          "2026-04-04T14:45:00Z 2026-04-05T15:15:00Z ", 2}});
}

TEST(Schedule, of_every_hour_follows_the_hours_that_pass) {
  check({{"spring", "2026-03-08T06:00:00Z", "0 * * * *", new_york, "2026-03-08T07:00:00Z 2026-03-08T08:00:00Z ", 2},
         {"autumn", "2026-11-01T04:30:00Z", "0 * * * *", new_york,
          "2026-11-01T05:00:00Z 2026-11-01T06:00:00Z 2026-11-01T07:00:00Z ", 3},
         {"half an hour", "2026-04-04T14:30:00Z", "*/15 * * * *", lord_howe,
          "2026-04-04T14:45:00Z 2026-04-04T15:00:00Z 2026-04-04T15:15:00Z 2026-04-04T15:30:00Z ", 4}});
}

TEST(Schedule, is_due_exactly_once_on_each_day_of_ten_years) {
  for (const char* zone : {new_york, berlin, lord_howe}) {
    for (const char* expression : {"30 1 * * *", "45 1 * * *", "0 2 * * *", "15 2 * * *", "30 2 * * *", "0 3 * * *"}) {
      const Schedule schedule{.interval = {}, .cron = Cron{expression, zone}};
      Time time = *parse_iso8601("2026-01-01T00:00:00Z");
      auto day = std::chrono::floor<std::chrono::days>(local_time_of(zone, *next_after(time, schedule)));
      for (int i = 0; i < 3650; ++i) {
        time = *next_after(time, schedule);
        ASSERT_EQ(std::chrono::floor<std::chrono::days>(local_time_of(zone, time)), day + std::chrono::days(i))
            << zone << " " << expression << " " << format_rfc3339(time);
      }
    }
  }
}

TEST(Schedule, knows_leap_days) {
  check({{"29 February", "2026-01-01T00:00:00Z", "0 0 29 2 *", "UTC", "2028-02-29T00:00:00Z 2032-02-29T00:00:00Z ", 2},
         {"over 2100", "2096-03-01T00:00:00Z", "0 0 29 2 *", "UTC", "2104-02-29T00:00:00Z "},
         {"31st", "2026-01-31T12:00:00Z", "0 0 31 * *", "UTC", "2026-03-31T00:00:00Z 2026-05-31T00:00:00Z ", 2}});
}

TEST(Schedule, takes_either_day_where_both_are_given) {
  check({{"the 13th or a Friday", "2026-06-01T00:00:00Z", "0 0 13 * fri", "UTC",
          "2026-06-05T00:00:00Z 2026-06-12T00:00:00Z 2026-06-13T00:00:00Z ", 3},
         {"a step is a star", "2026-06-01T00:00:00Z", "0 0 */2 * sun", "UTC",
          "2026-06-07T00:00:00Z 2026-06-21T00:00:00Z ", 2}});
}

TEST(Schedule, has_intervals_and_manual_too) {
  const Time now = *parse_iso8601("2026-06-01T00:00:00Z");
  EXPECT_EQ(next_after(now, {.interval = 6h, .cron = {}}), now + 6h);
  EXPECT_EQ(next_after(now, {}), std::nullopt);
}

TEST(Cron, reads_every_form) {
  struct Case {
    const char* expression;
    const char* same;
  };
  const Case cases[] = {{"@daily", "0 0 * * *"},
                        {"@Hourly", "0 * * * *"},
                        {"@weekly", "0 0 * * 0"},
                        {"@monthly", "0 0 1 * *"},
                        {"@yearly", "0 0 1 1 *"},
                        {"@annually", "0 0 1 1 *"},
                        {"@midnight", "0 0 * * *"},
                        {" 0\t6  * * * ", "0 6 * * *"},
                        {"0 0 * JAN-mar *", "0 0 * 1-3 *"},
                        {"0 0 * * 7", "0 0 * * sun"},
                        {"0 0 * * sat-sun", "0 0 * * 0,6"},
                        {"5/20 * * * *", "5,25,45 * * * *"},
                        {"10-30/10 * * * *", "10,20,30 * * * *"},
                        {"0 0 * * fri-7", "0 0 * * 5,6,0"}};
  for (const Case& each : cases) {
    const CronReading read = read_cron(each.expression);
    const CronReading same = read_cron(each.same);
    ASSERT_TRUE(read.fields) << each.expression << ": " << read.complaint;
    EXPECT_TRUE(read.fields->minutes == same.fields->minutes && read.fields->hours == same.fields->hours &&
                read.fields->days == same.fields->days && read.fields->months == same.fields->months &&
                read.fields->weekdays == same.fields->weekdays)
        << each.expression;
  }
}

TEST(Cron, says_what_is_wrong_and_where) {
  struct Case {
    const char* expression;
    const char* complaint;
  };
  const Case cases[] = {
      {"", "has 0 fields instead of 5"},
      {"* * * *", "has 4 fields instead of 5"},
      {"0 0 6 * * *", "has 6 fields instead of 5"},
      {"60 * * * *", "the minute field has \"60\", which is out of range: 0 to 59"},
      {"0 24 * * *", "the hour field has \"24\""},
      {"0 0 0 * *", "the day-of-month field has \"0\""},
      {"0 0 * 13 *", "the month field has \"13\", which is out of range: 1 to 12 or a name such as feb"},
      {"0 0 * * funday", "the day-of-week field has \"funday\", which is not a value: 0 to 7 or a name such as mon"},
      {"0 0 * * 1,,2", "the day-of-week field has \"\", which is empty"},
      {"30-10 * * * *", "the minute field has \"30-10\", which is a range that ends before it begins"},
      {"1-2-3 * * * *", "is not a range"},
      {"*/0 * * * *", "the minute field has \"*/0\", which has a bad step: 1 to 59"},
      {"*/5/2 * * * *", "more than one step"},
      {"-1 * * * *", "the minute field"},
      {"0 0 L * *", "the day-of-month field has \"L\""},
      {"99999999999999999999 * * * *", "is not a value"},
      {"0 0 30 2 *", "never comes: the day-of-month field \"30\" in the month field \"2\""},
      {"0 0 31 apr,jun *", "never comes"},
      {"@reboot", "\"@reboot\" is not one of @hourly"},
  };
  for (const Case& each : cases) {
    const CronReading read = read_cron(each.expression);
    EXPECT_FALSE(read.fields) << each.expression;
    EXPECT_NE(read.complaint.find(each.complaint), std::string::npos) << each.expression << ": " << read.complaint;
  }
  EXPECT_TRUE(read_cron("0 0 30 2 mon").fields) << "Mondays of February come";
}

TEST(Cron, has_problems_with_a_pointer) {
  const auto codes = [](const char* expression, const char* zone) {
    std::string all;
    for (const Problem& problem : problems_of({expression, zone}, 15min, "/frequency"))
      all += problem.pointer + ":" + problem.code + " ";
    return all;
  };
  EXPECT_EQ(codes("0 6 * * *", "America/Chicago"), "");
  EXPECT_EQ(codes("*/15 * * * *", "UTC"), "");
  EXPECT_EQ(codes("0 25 * * *", "America/Chicago"), "/frequency/cron:bad_cron ");
  EXPECT_EQ(codes("0 6 * * *", "America/Chikago"), "/frequency/time_zone:unknown_time_zone ");
  EXPECT_EQ(codes("0 6 * * *", "../../etc/passwd"), "/frequency/time_zone:unknown_time_zone ");
  EXPECT_EQ(codes("* * * * *", "UTC"), "/frequency/cron:too_often ");
  EXPECT_EQ(codes("0,50 * * * *", "UTC"), "/frequency/cron:too_often ");
  EXPECT_EQ(codes("0,50 3 * * *", "UTC"), "");
  EXPECT_EQ(codes("0 0,23 * * *", "UTC"), "");
  EXPECT_EQ(codes("5,55 0,23 * * *", "UTC"), "/frequency/cron:too_often ");
  const auto problems = problems_of({"0 6 * * *", "America/Chikago"}, 15min, "");
  EXPECT_NE(problems.at(0).detail.find("did you mean \"America/Chicago\"?"), std::string::npos) << problems[0].detail;
}

}  // namespace
}  // namespace sluice
