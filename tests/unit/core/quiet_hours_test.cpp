#include "core/quiet_hours.hpp"
#include "core/time.hpp"

#include <gtest/gtest.h>

namespace sluice {
namespace {

std::string complaints(const Json& windows) {
  std::vector<Problem> problems;
  read_quiet_hours(windows, "/quiet_hours", problems);
  std::string all;
  for (const Problem& problem : problems) all += problem.pointer + ":" + problem.code + " ";
  return all;
}

std::string end_after(const char* at, const Json& windows) {
  std::vector<Problem> problems;
  const auto end = end_of_quiet(*parse_iso8601(at), read_quiet_hours(windows, "", problems));
  return end ? format_rfc3339(*end) : "loud";
}

const Json night = Json::array({{{"from", "22:00"}, {"to", "06:00"}, {"time_zone", "Europe/Berlin"}}});
const Json lunch_and_after = Json::array({{{"from", "12:00"}, {"to", "13:00"}}, {{"from", "13:00"}, {"to", "14:30"}}});
const Json weekend = Json::array({{{"from", "00:00"}, {"to", "24:00"}, {"days", {"sat", "sun"}}}});

TEST(QuietHours, end_where_the_window_ends) {
  struct Case {
    const char* what;
    const char* at;
    Json windows;
    const char* end;
  };
  const Case cases[] = {
      {"no windows", "2026-06-01T12:00:00Z", Json::array(), "loud"},
      {"before", "2026-06-01T19:59:59Z", night, "loud"},
      {"at its beginning", "2026-06-01T20:00:00Z", night, "2026-06-02T04:00:00Z"},
      {"behind midnight", "2026-06-02T03:59:59Z", night, "2026-06-02T04:00:00Z"},
      {"at its end", "2026-06-02T04:00:00Z", night, "loud"},
      {"a night of spring is shorter", "2026-03-28T21:00:00Z", night, "2026-03-29T04:00:00Z"},
      {"a night of autumn is longer", "2026-10-24T20:00:00Z", night, "2026-10-25T05:00:00Z"},
      {"two that touch", "2026-06-01T12:10:00Z", lunch_and_after, "2026-06-01T14:30:00Z"},
      {"whole days", "2026-06-06T00:00:00Z", weekend, "2026-06-08T00:00:00Z"},
      {"another day", "2026-06-05T23:59:59Z", weekend, "loud"},
      {"an end that is not shown: 02:30 of 29 March", "2026-03-29T00:30:00Z",
       Json::array({{{"from", "01:00"}, {"to", "02:30"}, {"time_zone", "Europe/Berlin"}}}), "2026-03-29T01:00:00Z"},
      {"an end that is shown twice: 02:30 of 25 October", "2026-10-25T00:40:00Z",
       Json::array({{{"from", "01:00"}, {"to", "02:30"}, {"time_zone", "Europe/Berlin"}}}), "2026-10-25T01:30:00Z"},
      {"the day on which it begins counts", "2026-06-06T01:00:00Z",
       Json::array({{{"from", "22:00"}, {"to", "06:00"}, {"days", {"fri"}}}}), "2026-06-06T06:00:00Z"},
      {"and not the one on which it ends", "2026-06-06T01:00:00Z",
       Json::array({{{"from", "22:00"}, {"to", "06:00"}, {"days", {"sat"}}}}), "loud"},
  };
  for (const Case& each : cases) EXPECT_EQ(end_after(each.at, each.windows), each.end) << each.what;
}

TEST(QuietHours, refuse_what_makes_no_sense) {
  EXPECT_EQ(complaints(night), "");
  EXPECT_EQ(complaints(Json::array()), "");
  EXPECT_EQ(complaints(weekend), "");
  EXPECT_EQ(complaints(Json::array({{{"from", "25:00"}, {"to", "6:00"}}})),
            "/quiet_hours/0/from:bad_window /quiet_hours/0/to:bad_window ");
  EXPECT_EQ(complaints(Json::array({{{"from", "06:00"}, {"to", "06:00"}}})), "/quiet_hours/0:bad_window ");
  EXPECT_EQ(complaints(Json::array({{{"from", "24:00"}, {"to", "06:00"}}})), "/quiet_hours/0:bad_window ");
  EXPECT_EQ(complaints(Json::array({{{"from", "01:00"}, {"to", "06:00"}, {"time_zone", "Europe/Berlim"}}})),
            "/quiet_hours/0/time_zone:unknown_time_zone ");
  EXPECT_EQ(complaints(Json::array({{{"from", "01:00"}, {"to", "06:00"}, {"days", Json::array()}}})),
            "/quiet_hours/0/days:bad_window ");
  EXPECT_EQ(complaints(Json::array({{{"from", "00:00"}, {"to", "24:00"}}})), "/quiet_hours:no_time_left ");
  EXPECT_EQ(complaints(Json::array({{{"from", "00:00"}, {"to", "13:00"}}, {{"from", "12:00"}, {"to", "00:00"}}})),
            "/quiet_hours:no_time_left ");
}

TEST(QuietHours, print_what_they_read) {
  std::vector<Problem> problems;
  const Json full = Json::array(
      {{{"from", "22:00"}, {"to", "24:00"}, {"time_zone", "Europe/Berlin"}, {"days", {"sun", "mon", "sat"}}}});
  EXPECT_EQ(to_json(read_quiet_hours(full, "", problems)), full);
}

}  // namespace
}  // namespace sluice
