#pragma once
// Cron expressions of five fields: minute, hour, day of the month, month, day of the week. Each is *, a value, a range
// a-b, a step */n, a/n or a-b/n, or a list of those; months and days have their English names (jan, mon), 7 is Sunday,
// too. @hourly, @daily (@midnight), @weekly, @monthly and @yearly (@annually) stand for the expressions of those names.
// As in every cron, when neither the day of the month nor that of the week begins with *, either of them is enough.

#include <bitset>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

using LocalMinute = std::chrono::local_time<std::chrono::minutes>;

struct CronFields {
  std::bitset<60> minutes;
  std::bitset<24> hours;
  std::bitset<32> days;
  std::bitset<13> months;
  std::bitset<7> weekdays;  // 0: Sunday
  bool days_are_open = false;
  bool weekdays_are_open = false;

  bool falls_on(std::chrono::local_days day) const;
  /// The first minute in [from, until) that it names.
  std::optional<LocalMinute> first_in(LocalMinute from, LocalMinute until) const;
  /// Between two neighbours, by the clock on the wall.
  std::chrono::minutes shortest_distance() const;
};

/// The fields, or what is wrong and in which of them; also with what can never be, such as 30 February.
struct CronReading {
  std::optional<CronFields> fields;
  std::string complaint;
};
CronReading read_cron(std::string_view expression);

}  // namespace sluice
