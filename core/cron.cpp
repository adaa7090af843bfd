#include "core/cron.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <utility>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using std::chrono::minutes;

struct FieldKind {
  std::string_view name;
  int least;
  int most;
  std::span<const std::string_view> words;  // for least, least + 1, …
};

constexpr std::array<std::string_view, 12> month_words{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 8> day_words{"sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun"};

constexpr FieldKind kinds[] = {{"minute", 0, 59, {}},
                               {"hour", 0, 23, {}},
                               {"day-of-month", 1, 31, {}},
                               {"month", 1, 12, month_words},
                               {"day-of-week", 0, 7, day_words}};

constexpr std::pair<std::string_view, std::string_view> aliases[] = {
    {"@hourly", "0 * * * *"},  {"@daily", "0 0 * * *"},  {"@midnight", "0 0 * * *"}, {"@weekly", "0 0 * * 0"},
    {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}};

constexpr int days_of_month[] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find_first_of(separators, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return out;
}

std::optional<int> number_in(std::string_view text) {
  int value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failure != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

/// One field on its way to its values; the first fault stays.
class FieldReader {
 public:
  explicit FieldReader(const FieldKind& kind) : kind_(kind) {}

  std::bitset<60> read(std::string_view field) {
    for (const std::string_view item : split(field, ",")) read_item(item);
    return values_;
  }
  const std::string& complaint() const { return complaint_; }

 private:
  void complain(std::string_view item, const std::string& what) {
    if (!complaint_.empty()) return;
    complaint_ =
        "the " + std::string(kind_.name) + " field has \"" + quote_outside_text(item, 40) + "\", which " + what;
  }

  std::optional<int> value(std::string_view text, std::string_view item) {
    const auto word = std::find(kind_.words.begin(), kind_.words.end(), lower(text));
    if (word != kind_.words.end()) return kind_.least + static_cast<int>(word - kind_.words.begin());
    const auto number = number_in(text);
    if (number && *number >= kind_.least && *number <= kind_.most) return number;
    std::string range = std::to_string(kind_.least) + " to " + std::to_string(kind_.most);
    if (!kind_.words.empty()) range += " or a name such as " + std::string(kind_.words[1]);
    complain(item, (number ? "is out of range: " : "is not a value: ") + range);
    return std::nullopt;
  }

  void read_item(std::string_view item) {
    const auto halves = split(item, "/");
    if (item.empty()) return complain(item, "is empty: write *, or values with commas between");
    if (halves.size() > 2) return complain(item, "has more than one step");
    const std::string_view range = halves.front();
    const auto ends = split(range, "-");
    if (ends.size() > 2) return complain(item, "is not a range such as 1-5");
    int first = kind_.least;
    int last = kind_.most;
    if (range != "*") {
      const auto from = value(ends.front(), item);
      const auto to = ends.size() == 2 ? value(ends.back(), item) : from;
      if (!from || !to) return;
      first = *from;
      last = *to;
      // "sat-sun" ends with the week, though Sunday's number is 0.
      if (last == 0 && first > 0 && kind_.most == 7) last = 7;
      // "5/10": from 5 on.
      if (ends.size() == 1 && halves.size() == 2) last = kind_.most;
      if (first > last) return complain(item, "is a range that ends before it begins");
    }
    int step = 1;
    if (halves.size() == 2) {
      const auto wanted = number_in(halves.back());
      if (!wanted || *wanted < 1 || *wanted > kind_.most) {
        return complain(item, "has a bad step: 1 to " + std::to_string(kind_.most));
      }
      step = *wanted;
      // With a step, Sunday counts once.
      if (kind_.most == 7 && range == "*") last = 6;
    }
    for (int at = first; at <= last; at += step) values_.set(static_cast<std::size_t>(at));
  }

  const FieldKind& kind_;
  std::bitset<60> values_;
  std::string complaint_;
};

template <std::size_t N>
std::bitset<N> narrow(const std::bitset<60>& values) {
  std::bitset<N> out;
  for (std::size_t i = 0; i < std::min<std::size_t>(N, 60); ++i) out[i] = values[i];
  return out;
}

bool can_ever_be(const CronFields& fields) {
  // A day of the week comes in every month.
  if (!fields.days_are_open && !fields.weekdays_are_open) return true;
  for (std::size_t month = 1; month <= 12; ++month) {
    if (!fields.months[month]) continue;
    for (int day = 1; day <= days_of_month[month]; ++day) {
      if (fields.days[static_cast<std::size_t>(day)]) return true;
    }
  }
  return false;
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::vector<std::string_view> fields_in(std::string_view expression) {
  auto fields = split(expression, " \t");
  std::erase_if(fields, [](std::string_view field) { return field.empty(); });
  return fields;
}

}  // namespace

bool CronFields::falls_on(std::chrono::local_days day) const {
  const std::chrono::year_month_day date(day);
  if (!months[static_cast<unsigned>(date.month())]) return false;
  const bool is_day = days[static_cast<unsigned>(date.day())];
  const bool is_weekday = weekdays[std::chrono::weekday(day).c_encoding()];
  return days_are_open || weekdays_are_open ? is_day && is_weekday : is_day || is_weekday;
}

std::optional<LocalMinute> CronFields::first_in(LocalMinute from, LocalMinute until) const {
  for (auto day = std::chrono::floor<std::chrono::days>(from); day < until;) {
    const std::chrono::year_month_day date(day);
    if (!months[static_cast<unsigned>(date.month())]) {
      day = std::chrono::local_days(date.year() / date.month() / 1 + std::chrono::months(1));
      continue;
    }
    if (falls_on(day)) {
      const auto begin = std::max(from, LocalMinute(day)) - day;
      for (int minute = static_cast<int>(begin.count()); minute < 24 * 60; ++minute) {
        if (!hours[static_cast<std::size_t>(minute / 60)]) {
          minute += 59 - minute % 60;
          continue;
        }
        if (!minutes[static_cast<std::size_t>(minute % 60)]) continue;
        const LocalMinute found = day + std::chrono::minutes(minute);
        if (found < until) return found;
        return std::nullopt;
      }
    }
    day += std::chrono::days(1);
  }
  return std::nullopt;
}

std::chrono::minutes CronFields::shortest_distance() const {
  std::vector<int> of_day;
  for (int minute = 0; minute < 24 * 60; ++minute) {
    if (hours[static_cast<std::size_t>(minute / 60)] && minutes[static_cast<std::size_t>(minute % 60)])
      of_day.push_back(minute);
  }
  // Over midnight the day after may be one of its days, too.
  int shortest = of_day.front() + 24 * 60 - of_day.back();
  for (std::size_t i = 1; i < of_day.size(); ++i) shortest = std::min(shortest, of_day[i] - of_day[i - 1]);
  return std::chrono::minutes(shortest);
}

CronReading read_cron(std::string_view expression) {
  const std::string name = lower(trimmed(expression));
  std::string_view text = expression;
  if (name.starts_with('@')) {
    const auto* alias =
        std::find_if(std::begin(aliases), std::end(aliases), [&name](const auto& each) { return each.first == name; });
    if (alias == std::end(aliases)) {
      return {{}, "\"" + quote_outside_text(name, 40) + "\" is not one of @hourly, @daily, @weekly, @monthly, @yearly"};
    }
    text = alias->second;
  }
  const auto fields = fields_in(text);
  if (fields.size() != std::size(kinds)) {
    return {{},
            "has " + std::to_string(fields.size()) +
                " fields instead of 5: minute, hour, day-of-month, month, day-of-week"};
  }
  std::array<std::bitset<60>, std::size(kinds)> values;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    FieldReader reader(kinds[i]);
    values[i] = reader.read(fields[i]);
    if (!reader.complaint().empty()) return {{}, reader.complaint()};
  }
  CronFields read{.minutes = values[0],
                  .hours = narrow<24>(values[1]),
                  .days = narrow<32>(values[2]),
                  .months = narrow<13>(values[3]),
                  .weekdays = narrow<7>(values[4]),
                  .days_are_open = fields[2].starts_with('*'),
                  .weekdays_are_open = fields[4].starts_with('*')};
  if (values[4][7]) read.weekdays.set(0);
  if (!can_ever_be(read)) {
    return {{},
            "names a day that never comes: the day-of-month field \"" + quote_outside_text(fields[2], 40) +
                "\" in the month field \"" + quote_outside_text(fields[3], 40) + "\""};
  }
  return {read, ""};
}

}  // namespace sluice
