#include "core/time.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

using namespace std::chrono_literals;

/// 2026-06-18T14:12:20Z.
constexpr Time sample{1'781'791'940s};

struct Case {
  const char* text;
  std::optional<Time> time;
};

TEST(Iso8601, reads_every_form_that_sources_send) {
  const Case cases[] = {
      {"2026-06-18T14:12:20Z", sample},
      {"2026-06-18t14:12:20z", sample},
      {"2026-06-18 14:12:20", sample},
      {"2026-06-18T14:12:20", sample},
      {"2026-06-18T14:12:20+00:00", sample},
      {"2026-06-18T14:12:20+0000", sample},
      {"2026-06-18 14:12:20+00", sample},
      {"2026-06-18T16:42:20+02:30", sample},
      {"2026-06-18T07:12:20-0700", sample},
      {"2026-06-19T00:12:20+10:00", sample},
      {"2026-06-18T14:12Z", sample - 20s},
      {"2026-06-18T14:12:20.5Z", sample + 500ms},
      {"2026-06-18T14:12:20.123456Z", sample + 123'456us},
      {"2026-06-18T14:12:20.123456999Z", sample + 123'456us},
      {"2026-06-18", sample - 14h - 12min - 20s},
      {"1970-01-01", Time{}},
      {"1969-12-31T23:59:59.999999Z", Time{-1us}},
      {"2024-02-29T00:00:00Z", Time{1'709'164'800s}},
      {"2000-02-29", Time{951'782'400s}},
      {"9999-12-31T23:59:59Z", Time{253'402'300'799s}},
      {"2016-12-31T23:59:60Z", Time{1'483'228'800s}},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(item.text);

    EXPECT_EQ(parse_iso8601(item.text), item.time);
  }
}

TEST(Iso8601, refuses_what_is_no_date) {
  const char* const cases[] = {
      "",
      "0",
      "null",
      "0000-00-00",
      "0000-00-00 00:00:00",
      "0000-01-01",
      "2026-13-01",
      "2026-00-10",
      "2026-06-00",
      "2026-06-31",
      "2025-02-29",
      "1900-02-29",
      "2026-06-18T24:00:00Z",
      "2026-06-18T14:60:00Z",
      "2026-06-18T14:12:60Z",
      "2026-06-18T14:12:61Z",
      "2026-06-18T",
      "2026-06-18T14",
      "2026-06-18T14:12:20.Z",
      "2026-06-18T14:12:20,5Z",
      "2026-06-18T14:12:20+24:00",
      "2026-06-18T14:12:20+0",
      "2026-06-18T14:12:20+00:60",
      "2026-06-18T14:12:20 Z",
      "2026-06-18T14:12:20ZZ",
      " 2026-06-18",
      "2026-06-18 ",
      "2026-6-18",
      "26-06-18",
      "2026/06/18",
      "+2026-06-18",
      "2026-06-18T14:12:20 Europe/Berlin",
      "20260618",
      "2026-06-1８",
  };
  for (const char* text : cases) {
    SCOPED_TRACE(text);

    EXPECT_EQ(parse_iso8601(text), std::nullopt);
  }
}

TEST(Rfc2822, reads_every_form_that_sources_send) {
  const Case cases[] = {
      {"Thu, 18 Jun 2026 14:12:20 +0000", sample},
      {"Thu, 18 Jun 2026 14:12:20 GMT", sample},
      {"18 Jun 2026 14:12:20 +0000", sample},
      {"18 jun 2026 14:12:20 UT", sample},
      {"Thu, 18 Jun 2026 09:12:20 -0500", sample},
      {"Thu,  18 Jun 2026 14:12 +0000", sample - 20s},
      {"Thu, 1 Jan 1970 00:00:00 +0000", Time{}},
      {"Thu, 01 Jan 1970 00:00:00 UTC", Time{}},
      {"Thu, 29 Feb 2024 00:00:00 +0000", Time{1'709'164'800s}},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(item.text);

    EXPECT_EQ(parse_rfc2822(item.text), item.time);
  }
}

TEST(Rfc2822, refuses_what_is_no_date) {
  const char* const cases[] = {
      "",
      "0",
      "Thu",
      "Thu, 18 Jun 2026",
      "Thu, 18 Jun 2026 14:12:20",
      "Thu, 18 Jun 26 14:12:20 +0000",
      "Thu, 31 Jun 2026 14:12:20 +0000",
      "Thu, 18 Juni 2026 14:12:20 +0000",
      "Xyz, 18 Jun 2026 14:12:20 +0000",
      "Thu 18 Jun 2026 14:12:20 +0000",
      "Thu, 18 Jun 2026 25:12:20 +0000",
      "Thu, 018 Jun 2026 14:12:20 +0000",
      "Thu, 18 Jun 2026 14:12:20 CEST",
      "Thu, 18 Jun 2026 14:12:20 +0000 ",
      "Thu, 0 Jun 2026 14:12:20 +0000",
      "Wed, 30 Nov -0001 00:00:00 +0000",
  };
  for (const char* text : cases) {
    SCOPED_TRACE(text);

    EXPECT_EQ(parse_rfc2822(text), std::nullopt);
  }
}

TEST(UnixSeconds, reads_whole_seconds_within_four_digit_years) {
  const Case cases[] = {
      {"1781791940", sample},
      {"0", Time{}},
      {"-1", Time{-1s}},
      {"253402300799", Time{253'402'300'799s}},
      {"253402300800", std::nullopt},
      {"-62135596801", std::nullopt},
      {"99999999999999999999999999", std::nullopt},
      {"1781791940.5", std::nullopt},
      {"1e9", std::nullopt},
      {"", std::nullopt},
      {"-", std::nullopt},
      {"+1", std::nullopt},
      {" 1", std::nullopt},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(item.text);

    EXPECT_EQ(parse_unix_seconds(item.text), item.time);
  }
}

TEST(TimeFormats, print_what_they_read) {
  EXPECT_EQ(format_rfc3339(sample), "2026-06-18T14:12:20Z");
  EXPECT_EQ(format_rfc3339(sample + 1us), "2026-06-18T14:12:20.000001Z");
  EXPECT_EQ(format_rfc3339(Time{-1us}), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(format_rfc2822(sample), "Thu, 18 Jun 2026 14:12:20 +0000");
  EXPECT_EQ(format_rfc2822(Time{}), "Thu, 01 Jan 1970 00:00:00 +0000");
}

TEST(TimeFormats, round_trip_through_every_day_of_four_centuries) {
  for (Time time = Time{-9'466'848'000s}; time < Time{3'155'760'000s}; time += 24h + 61min + 7s + 13us) {
    ASSERT_EQ(parse_iso8601(format_rfc3339(time)), time);
    const auto whole = std::chrono::floor<std::chrono::seconds>(time);
    ASSERT_EQ(parse_rfc2822(format_rfc2822(whole)), whole);
  }
}

TEST(IsoDuration, reads_days_hours_minutes_and_seconds) {
  struct DurationCase {
    const char* text;
    std::optional<Duration> duration;
  };
  const DurationCase cases[] = {
      {"PT6H", 6h},
      {"P1D", 24h},
      {"PT90S", 90s},
      {"P1DT2H3M4S", 26h + 3min + 4s},
      {"PT15M", 15min},
      {"PT0S", 0s},
      {"PT0.25S", 250ms},
      {"PT1H30S", 1h + 30s},
      {"PT999999999S", 999'999'999s},
      {"", std::nullopt},
      {"P", std::nullopt},
      {"PT", std::nullopt},
      {"P1DT", std::nullopt},
      {"6H", std::nullopt},
      {"-PT6H", std::nullopt},
      {"PT-6H", std::nullopt},
      {"P1M", std::nullopt},
      {"P1Y", std::nullopt},
      {"P1W", std::nullopt},
      {"PT1D", std::nullopt},
      {"P6H", std::nullopt},
      {"PT6", std::nullopt},
      {"PT6h", std::nullopt},
      {"PT1M1H", std::nullopt},
      {"PT1S1S", std::nullopt},
      {"PT0.5H", std::nullopt},
      {"PT.5S", std::nullopt},
      {"PT6H ", std::nullopt},
      {"PTT6H", std::nullopt},
      {"PT9999999999S", std::nullopt},
  };
  for (const DurationCase& item : cases) {
    SCOPED_TRACE(item.text);

    EXPECT_EQ(parse_iso_duration(item.text), item.duration);
  }
}

TEST(IsoDuration, prints_its_largest_units) {
  EXPECT_EQ(format_iso_duration(6h), "PT6H");
  EXPECT_EQ(format_iso_duration(24h), "P1D");
  EXPECT_EQ(format_iso_duration(26h + 3min + 4s), "P1DT2H3M4S");
  EXPECT_EQ(format_iso_duration(90s), "PT1M30S");
  EXPECT_EQ(format_iso_duration(1'005ms), "PT1.005S");
  EXPECT_EQ(format_iso_duration(0s), "PT0S");
}

}  // namespace
}  // namespace sluice
