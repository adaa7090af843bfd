#include "core/time_zone.hpp"

#include "core/error.hpp"
#include "core/nearest.hpp"

#include <date/tz.h>

#include <algorithm>
#include <exception>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view utc = "UTC";
constexpr std::size_t longest_name = 64;

const date::tzdb* zones() {
  static const date::tzdb* const all = []() -> const date::tzdb* {
    try {
      return &date::get_tzdb();
    } catch (const std::exception&) {
      // Its absence is a state of the machine, told by has_time_zones and complaint_about_time_zone.
      return nullptr;
    }
  }();
  return all;
}

std::vector<std::string> names_of(const date::tzdb& all) {
  std::vector<std::string> names;
  for (const auto& zone : all.zones) names.push_back(zone.name());
  return names;
}

/// nullptr: UTC.
const date::time_zone* zone_named(std::string_view name) {
  if (name == utc || zones() == nullptr) return nullptr;
  const auto& all = zones()->zones;
  const auto found = std::find_if(all.begin(), all.end(), [name](const auto& zone) { return zone.name() == name; });
  return found == all.end() ? nullptr : &*found;
}

date::local_seconds as_date(LocalTime local) { return date::local_seconds(local.time_since_epoch()); }

}  // namespace

bool has_time_zones() { return zones() != nullptr; }

std::optional<std::string> complaint_about_time_zone(std::string_view name) {
  if (name == utc || zone_named(name) != nullptr) return std::nullopt;
  if (!has_time_zones()) return "this machine has no time zone data: install tzdata, or use UTC";
  if (name.size() > longest_name) return "must be an IANA name such as Europe/Berlin";
  return "there is no time zone \"" + quote_outside_text(name, longest_name) + "\"" +
         did_you_mean(name, names_of(*zones())) + "; IANA names are taken, such as Europe/Berlin";
}

ZoneSpan zone_span_at(const std::string& zone, Time time) {
  const date::time_zone* found = zone_named(zone);
  if (found == nullptr) return {Time::min(), Time::max(), 0s, 0s};
  const auto info = found->get_info(time);
  ZoneSpan span{info.begin, info.end, info.offset, info.offset};
  // The data begin with a stretch without a beginning.
  const bool has_forerunner = info.begin > std::chrono::sys_days(std::chrono::year(1800) / 1 / 1);
  if (has_forerunner) span.offset_before = found->get_info(info.begin - 1s).offset;
  return span;
}

LocalTime local_time_of(const std::string& zone, Time time) {
  const auto shown = std::chrono::floor<std::chrono::seconds>(time) + zone_span_at(zone, time).offset;
  return LocalTime(shown.time_since_epoch());
}

Time first_moment_of(const std::string& zone, LocalTime local) {
  const date::time_zone* found = zone_named(zone);
  if (found == nullptr) return Time(local.time_since_epoch());
  const date::local_info info = found->get_info(as_date(local));
  if (info.result == date::local_info::nonexistent) return info.first.end;
  return Time(local.time_since_epoch() - info.first.offset);
}

Time last_moment_of(const std::string& zone, LocalTime local) {
  const date::time_zone* found = zone_named(zone);
  if (found == nullptr) return Time(local.time_since_epoch());
  const date::local_info info = found->get_info(as_date(local));
  if (info.result != date::local_info::ambiguous) return first_moment_of(zone, local);
  return Time(local.time_since_epoch() - info.second.offset);
}

}  // namespace sluice
