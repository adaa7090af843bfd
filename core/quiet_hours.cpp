#include "core/quiet_hours.hpp"

#include "core/time_zone.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::minutes;

constexpr std::array<std::string_view, 7> day_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
// Windows repeat by the week: what has not ended after two of them never does.
constexpr auto longest = 14 * 24h;

std::optional<minutes> read_time(const Json& text) {
  if (!text.is_string()) return std::nullopt;
  const auto& value = text.get_ref<const std::string&>();
  const auto digit = [&value](std::size_t at) { return value[at] >= '0' && value[at] <= '9'; };
  if (value.size() != 5 || value[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) return std::nullopt;
  const int hour = (value[0] - '0') * 10 + (value[1] - '0');
  const int minute = (value[3] - '0') * 10 + (value[4] - '0');
  if (minute > 59 || hour > 24 || (hour == 24 && minute > 0)) return std::nullopt;
  return minutes(hour * 60 + minute);
}

std::string format_time(minutes time) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d", static_cast<int>(time.count() / 60),
                static_cast<int>(time.count() % 60));
  return text.data();
}

std::optional<Time> end_in(Time at, const QuietWindow& window) {
  const auto today = std::chrono::floor<days>(local_time_of(window.time_zone, at));
  for (const auto day : {today - days(1), today}) {
    if (!window.days[std::chrono::weekday(day).c_encoding()]) continue;
    const auto last_day = window.to > window.from ? day : day + days(1);
    const Time begin = first_moment_of(window.time_zone, day + window.from);
    const Time end = last_moment_of(window.time_zone, last_day + window.to);
    if (begin <= at && at < end) return end;
  }
  return std::nullopt;
}

QuietWindow read_window(const Json& window, const std::string& pointer, std::vector<Problem>& problems) {
  QuietWindow read;
  const auto time = [&](const char* name) {
    const auto value = read_time(window.value(name, Json()));
    if (!value)
      problems.push_back({pointer + "/" + name, "bad_window", "must be a time of the day from 00:00 to 24:00"});
    return value.value_or(0min);
  };
  const std::size_t before = problems.size();
  read.from = time("from");
  read.to = time("to");
  if (problems.size() == before && (read.from == read.to || read.from == 24h)) {
    problems.push_back(
        {pointer, "bad_window", "must end at another time than it begins; a whole day is 00:00 to 24:00"});
  }
  read.time_zone = window.value("time_zone", "UTC");
  if (auto complaint = complaint_about_time_zone(read.time_zone)) {
    problems.push_back({pointer + "/time_zone", "unknown_time_zone", *std::move(complaint)});
  }
  if (!window.contains("days")) return read;
  read.days.reset();
  for (const Json& day : window["days"]) {
    const auto* name = std::find(day_names.begin(), day_names.end(), day.get<std::string>());
    if (name != day_names.end()) read.days.set(static_cast<std::size_t>(name - day_names.begin()));
  }
  if (read.days.none())
    problems.push_back({pointer + "/days", "bad_window", "must name a day: sun, mon, tue, wed, thu, fri or sat"});
  return read;
}

}  // namespace

std::optional<Time> end_of_quiet(Time at, const QuietHours& windows) {
  Time end = at;
  for (bool has_moved = true; has_moved && end - at < longest;) {
    has_moved = false;
    for (const QuietWindow& window : windows) {
      if (const auto later = end_in(end, window)) {
        end = *later;
        has_moved = true;
      }
    }
  }
  if (end == at) return std::nullopt;
  return end;
}

QuietHours read_quiet_hours(const Json& windows, const std::string& pointer, std::vector<Problem>& problems) {
  QuietHours read;
  const std::size_t before = problems.size();
  for (std::size_t i = 0; i < windows.size(); ++i) {
    read.push_back(read_window(windows[i], pointer + "/" + std::to_string(i), problems));
  }
  if (problems.size() > before) return read;
  const Time some_day = std::chrono::sys_days(std::chrono::year(2026) / 1 / 5);
  const auto end = end_of_quiet(some_day, read);
  if (end && *end - some_day >= longest) {
    problems.push_back({pointer, "no_time_left", "the windows leave no time at which a run may start"});
  }
  return read;
}

Json to_json(const QuietHours& windows) {
  Json all = Json::array();
  for (const QuietWindow& window : windows) {
    Json names = Json::array();
    for (std::size_t day = 0; day < day_names.size(); ++day) {
      if (window.days[day]) names.push_back(day_names[day]);
    }
    all.push_back({{"from", format_time(window.from)},
                   {"to", format_time(window.to)},
                   {"time_zone", window.time_zone},
                   {"days", std::move(names)}});
  }
  return all;
}

}  // namespace sluice
