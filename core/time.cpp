#include "core/time.hpp"

#include "core/text_scan.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

namespace sluice {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<std::string_view, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> day_names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

// 0001-01-01 and 9999-12-31T23:59:59: what four digits of a year can say.
constexpr std::int64_t first_second = -62'135'596'800;
constexpr std::int64_t last_second = 253'402'300'799;

struct Clockface {
  int hour = 0;
  int minute = 0;
  int second = 0;
  microseconds fraction{0};
};

std::optional<std::chrono::sys_days> to_day(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (year == 0 || !date.ok()) return std::nullopt;
  return std::chrono::sys_days{date};
}

std::optional<Time> assemble(std::chrono::sys_days day, const Clockface& face, minutes zone) {
  if (face.hour > 23 || face.minute > 59 || face.second > 60) return std::nullopt;
  const auto whole = day + hours{face.hour} + minutes{face.minute} + seconds{face.second} - zone;
  // Second 60 exists only where a leap second may be: at the end of a day of UTC.
  if (face.second == 60 && whole.time_since_epoch() % days{1} != seconds{0}) return std::nullopt;
  return Time{whole} + face.fraction;
}

/// Any number of digits; those behind the microseconds are dropped.
bool take_fraction(TextScan& scan, microseconds& fraction) {
  std::int64_t value = 0;
  std::int64_t unit = 1'000'000;
  int digits = 0;
  for (; scan.at_digit(); ++digits) {
    const int digit = scan.take() - '0';
    unit /= 10;
    value += unit * digit;
  }
  fraction = microseconds{value};
  return digits > 0;
}

/// "HH:MM", "HH:MM:SS", "HH:MM:SS.fraction".
bool take_clockface(TextScan& scan, Clockface& face) {
  if (!scan.take_number(2, face.hour) || !scan.take(':') || !scan.take_number(2, face.minute)) return false;
  if (!scan.take(':')) return true;
  if (!scan.take_number(2, face.second)) return false;
  return !scan.take('.') || take_fraction(scan, face.fraction);
}

/// "+HH:MM", "+HHMM" or "+HH".
bool take_offset(TextScan& scan, minutes& zone) {
  const bool east = scan.take('+');
  if (!east && !scan.take('-')) return false;
  int hour = 0;
  int minute = 0;
  if (!scan.take_number(2, hour)) return false;
  if (scan.take(':')) {
    if (!scan.take_number(2, minute)) return false;
  } else if (scan.at_digit() && !scan.take_number(2, minute)) {
    return false;
  }
  if (hour > 23 || minute > 59) return false;
  zone = (hours{hour} + minutes{minute}) * (east ? 1 : -1);
  return true;
}

/// Three letters as one number, capital or small; 0 for any other length. Names are looked up for every date of a page,
/// and numbers compare at once.
constexpr std::uint32_t packed(std::string_view name) {
  if (name.size() != 3) return 0;
  std::uint32_t out = 0;
  for (const char c : name) out = out << 8U | (static_cast<unsigned char>(c) | 0x20U);
  return out;
}

template <std::size_t Size>
constexpr std::array<std::uint32_t, Size> packed(const std::array<std::string_view, Size>& names) {
  std::array<std::uint32_t, Size> out{};
  for (std::size_t i = 0; i < Size; ++i) out[i] = packed(names[i]);
  return out;
}

constexpr auto packed_months = packed(month_names);
constexpr auto packed_days = packed(day_names);

/// -1 when `name` is none of them.
template <std::size_t Size>
int index_of(const std::array<std::uint32_t, Size>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), packed(name));
  return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

bool is_utc(std::string_view zone) { return zone == "GMT" || zone == "UTC" || zone == "UT" || zone == "Z"; }

void append_padded(std::string& out, std::int64_t value, std::size_t width) {
  const std::string digits = std::to_string(value);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

struct Parts {
  std::chrono::year_month_day date;
  std::chrono::weekday weekday;
  std::chrono::hh_mm_ss<microseconds> clock;
};

Parts split(Time time) {
  const auto day = std::chrono::floor<days>(time);
  return {std::chrono::year_month_day{day}, std::chrono::weekday{day}, std::chrono::hh_mm_ss<microseconds>{time - day}};
}

void append_clock(std::string& out, const std::chrono::hh_mm_ss<microseconds>& clock) {
  append_padded(out, clock.hours().count(), 2);
  out += ':';
  append_padded(out, clock.minutes().count(), 2);
  out += ':';
  append_padded(out, clock.seconds().count(), 2);
}

}  // namespace

std::string format_rfc3339(Time time) {
  const Parts parts = split(time);
  std::string out;
  out.reserve(27);
  append_padded(out, static_cast<int>(parts.date.year()), 4);
  out += '-';
  append_padded(out, static_cast<unsigned>(parts.date.month()), 2);
  out += '-';
  append_padded(out, static_cast<unsigned>(parts.date.day()), 2);
  out += 'T';
  append_clock(out, parts.clock);
  if (const auto fraction = parts.clock.subseconds().count(); fraction != 0) {
    out += '.';
    append_padded(out, fraction, 6);
  }
  out += 'Z';
  return out;
}

std::optional<Time> parse_iso8601(std::string_view text) {
  TextScan scan(text);
  int year = 0;
  int month = 0;
  int day = 0;
  if (!scan.take_number(4, year) || !scan.take('-') || !scan.take_number(2, month) || !scan.take('-') ||
      !scan.take_number(2, day)) {
    return std::nullopt;
  }
  const auto date = to_day(year, month, day);
  if (!date) return std::nullopt;
  if (scan.at_end()) return Time{*date};

  Clockface face;
  minutes zone{0};
  if (!scan.take('T') && !scan.take('t') && !scan.take(' ')) return std::nullopt;
  if (!take_clockface(scan, face)) return std::nullopt;
  if (!scan.at_end() && !scan.take('Z') && !scan.take('z') && !take_offset(scan, zone)) return std::nullopt;
  if (!scan.at_end()) return std::nullopt;
  return assemble(*date, face, zone);
}

std::optional<Time> parse_rfc2822(std::string_view text) {
  TextScan scan(text);
  if (!scan.at_digit()) {
    if (index_of(packed_days, scan.take_letters()) < 0 || !scan.take(',')) return std::nullopt;
    scan.skip_spaces();
  }
  int day = 0;
  int year = 0;
  if (!scan.take_number_up_to(2, day) || !scan.skip_spaces()) return std::nullopt;
  const int month = index_of(packed_months, scan.take_letters()) + 1;
  if (month == 0 || !scan.skip_spaces() || !scan.take_number(4, year) || !scan.skip_spaces()) return std::nullopt;
  const auto date = to_day(year, month, day);
  if (!date) return std::nullopt;

  Clockface face;
  minutes zone{0};
  if (!take_clockface(scan, face) || face.fraction != microseconds{0} || !scan.skip_spaces()) return std::nullopt;
  if (scan.at_letter()) {
    if (!is_utc(scan.take_letters())) return std::nullopt;
  } else if (!take_offset(scan, zone)) {
    return std::nullopt;
  }
  if (!scan.at_end()) return std::nullopt;
  return assemble(*date, face, zone);
}

std::string format_rfc2822(Time time) {
  const Parts parts = split(time);
  std::string out;
  out.reserve(31);
  out += day_names[parts.weekday.c_encoding()];
  out += ", ";
  append_padded(out, static_cast<unsigned>(parts.date.day()), 2);
  out += ' ';
  out += month_names[static_cast<unsigned>(parts.date.month()) - 1];
  out += ' ';
  append_padded(out, static_cast<int>(parts.date.year()), 4);
  out += ' ';
  append_clock(out, parts.clock);
  out += " +0000";
  return out;
}

std::optional<Time> parse_unix_seconds(std::string_view text) {
  TextScan scan(text);
  const bool negative = scan.take('-');
  std::int64_t value = 0;
  if (!scan.take_number_up_to(12, value) || !scan.at_end()) return std::nullopt;
  if (negative) value = -value;
  if (value < first_second || value > last_second) return std::nullopt;
  return Time{seconds{value}};
}

std::optional<Duration> parse_iso_duration(std::string_view text) {
  struct Unit {
    char letter;
    bool behind_t;
    Duration length;
  };
  // In the order in which they must stand.
  constexpr std::array<Unit, 4> units{
      {{'D', false, days{1}}, {'H', true, hours{1}}, {'M', true, minutes{1}}, {'S', true, seconds{1}}}};

  TextScan scan(text);
  if (!scan.take('P') || scan.at_end()) return std::nullopt;
  Duration total{0};
  bool behind_t = false;
  std::size_t next = 0;
  while (!scan.at_end()) {
    if (!behind_t && scan.take('T')) behind_t = true;
    std::int64_t count = 0;
    microseconds fraction{0};
    if (!scan.take_number_up_to(9, count)) return std::nullopt;
    const bool has_fraction = scan.take('.');
    if (has_fraction && !take_fraction(scan, fraction)) return std::nullopt;
    if (scan.at_end()) return std::nullopt;

    const char letter = scan.take();
    while (next < units.size() && units[next].letter != letter) ++next;
    if (next == units.size() || units[next].behind_t != behind_t || (has_fraction && letter != 'S'))
      return std::nullopt;
    total += units[next++].length * count + std::chrono::floor<Duration>(fraction);
  }
  return total;
}

std::string format_iso_duration(Duration duration) {
  if (duration == Duration{0}) return "PT0S";
  std::string out = duration < Duration{0} ? "-P" : "P";
  auto rest = std::chrono::abs(duration);
  const auto whole_days = std::chrono::floor<days>(rest);
  rest -= whole_days;
  if (whole_days.count() != 0) out += std::to_string(whole_days.count()) + "D";
  if (rest == Duration{0}) return out;

  out += 'T';
  const std::chrono::hh_mm_ss<Duration> clock(rest);
  if (clock.hours().count() != 0) out += std::to_string(clock.hours().count()) + "H";
  if (clock.minutes().count() != 0) out += std::to_string(clock.minutes().count()) + "M";
  if (clock.seconds().count() == 0 && clock.subseconds().count() == 0) return out;
  out += std::to_string(clock.seconds().count());
  if (const auto thousandths = clock.subseconds().count(); thousandths != 0) {
    out += '.';
    append_padded(out, thousandths, 3);
  }
  out += 'S';
  return out;
}

}  // namespace sluice
