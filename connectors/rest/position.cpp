#include "connectors/rest/position.hpp"

#include "core/error.hpp"
#include "core/time.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace sluice {
namespace {

constexpr int version = 1;

constexpr std::array<std::pair<PassMode, std::string_view>, 6> modes{{
    {PassMode::initial, "initial"},
    {PassMode::incremental, "incremental"},
    {PassMode::snapshot, "snapshot"},
    {PassMode::reload, "reload"},
    {PassMode::reread, "reread"},
    {PassMode::backfill, "backfill"},
}};

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::config, "source.bad_position",
              "the position to read from is not one of this version of Sluice (" + why + "); reload the table");
}

Json place_to_json(const KeysetPlace& place) {
  Json out{{"walk", "keyset"}, {"from", place.from}};
  if (place.to) out["to"] = *place.to;
  out["next"] = place.next;
  return out;
}

Json place_to_json(const NumberedPlace& place) {
  Json out{{"walk", "pages"}, {"page", place.page}};
  if (place.total) out["total"] = *place.total;
  if (place.steps_back > 0) out["steps_back"] = place.steps_back;
  return out;
}

Json place_to_json(const CursorPlace& place) { return {{"walk", "cursor"}, {"cursor", place.cursor}}; }

Json place_to_json(const TimePlace& place) {
  return {{"walk", "time"},
          {"at", format_rfc3339(place.at)},
          {"page", place.page},
          {"step", format_iso_duration(place.step)}};
}

Json place_to_json(const WholePlace&) { return {{"walk", "whole"}}; }

Time time_at(const Json& object, const char* member) {
  const auto time = parse_iso8601(object.at(member).get<std::string>());
  if (!time) refuse(std::string(member) + " is no date");
  return *time;
}

std::optional<Time> optional_time_at(const Json& object, const char* member) {
  if (!object.contains(member)) return std::nullopt;
  return time_at(object, member);
}

/// JSON's own conversion would cast whatever is there, fractions and numbers of any size.
template <class Number>
Number number_at(const Json& object, const char* member) {
  const Json& value = object.at(member);
  const bool fits = value.is_number_unsigned()  ? std::in_range<Number>(value.get<std::uint64_t>())
                    : value.is_number_integer() ? std::in_range<Number>(value.get<std::int64_t>())
                                                : false;
  if (!fits) refuse(std::string(member) + " is no such number");
  return value.get<Number>();
}

template <class Number>
Number number_at(const Json& object, const char* member, Number otherwise) {
  return object.contains(member) ? number_at<Number>(object, member) : otherwise;
}

std::optional<std::int64_t> optional_number_at(const Json& object, const char* member) {
  if (!object.contains(member)) return std::nullopt;
  return number_at<std::int64_t>(object, member);
}

int page_at(const Json& object) {
  const int page = number_at<int>(object, "page");
  if (page < 1) refuse("pages count from 1");
  return page;
}

Place parse_place(const Json& range) {
  const auto walk = range.at("walk").get<std::string>();
  if (walk == "keyset") {
    return KeysetPlace{number_at<std::int64_t>(range, "from"), optional_number_at(range, "to"),
                       number_at<std::int64_t>(range, "next")};
  }
  if (walk == "pages") {
    return NumberedPlace{page_at(range), optional_number_at(range, "total"), number_at(range, "steps_back", 0)};
  }
  if (walk == "cursor") return CursorPlace{range.at("cursor").get<std::string>()};
  if (walk == "time") {
    const auto step = parse_iso_duration(range.at("step").get<std::string>());
    if (!step || *step <= Duration{0}) refuse("step is no duration");
    return TimePlace{time_at(range, "at"), page_at(range), *step};
  }
  if (walk == "whole") return WholePlace{};
  refuse("unknown walk " + quote_outside_text(walk, 40));
}

RangePosition parse_range(const Json& range) {
  return {parse_place(range), range.value("done", false), range.value("torn", false),
          number_at(range, "shown", std::int64_t{0})};
}

PassMode parse_mode(const std::string& text) {
  for (const auto& [mode, name] : modes) {
    if (name == text) return mode;
  }
  refuse("unknown mode " + quote_outside_text(text, 40));
}

std::string_view to_string(PassMode mode) {
  for (const auto& [value, name] : modes) {
    if (value == mode) return name;
  }
  return "";
}

std::vector<RangePosition> parse_ranges(const Json& ranges) {
  std::vector<RangePosition> parsed;
  for (const Json& range : ranges) parsed.push_back(parse_range(range));
  if (parsed.empty()) refuse("a pass under way has ranges");
  return parsed;
}

WaitingBackfill parse_waiting(const Json& waiting) {
  return {parse_ranges(waiting.at("ranges")), optional_time_at(waiting, "since"), time_at(waiting, "until"),
          time_at(waiting, "started_at")};
}

Shortfall parse_shortfall(const Json& shortfall) {
  return {number_at<std::int64_t>(shortfall, "records"), shortfall.value("settled", false)};
}

PassPosition parse_pass(const Json& position) {
  if (number_at<int>(position, "v") != version) refuse("another version of the format");
  PassPosition pass;
  pass.cursor = optional_time_at(position, "cursor");
  pass.since = optional_time_at(position, "since");
  pass.swept_at = optional_time_at(position, "swept_at");
  pass.largest_page = number_at(position, "largest_page", std::size_t{0});
  if (const auto from = position.find("read_from"); from != position.end()) {
    pass.read_from.emplace();
    if (!from->is_null()) pass.read_from->date = time_at(position, "read_from");
  }
  if (position.contains("backfill")) pass.waiting = parse_waiting(position.at("backfill"));
  if (position.contains("shortfall")) pass.shortfall = parse_shortfall(position.at("shortfall"));
  if (!position.contains("ranges")) return pass;

  pass.mode = parse_mode(position.at("mode").get<std::string>());
  pass.started_at = time_at(position, "started_at");
  pass.until = optional_time_at(position, "until");
  pass.is_sweep = position.value("is_sweep", false);
  pass.total = optional_number_at(position, "total");
  pass.ranges = parse_ranges(position.at("ranges"));
  return pass;
}

struct Describe {
  std::string operator()(const KeysetPlace& place) const { return "ids from " + std::to_string(place.next); }
  std::string operator()(const NumberedPlace& place) const { return "page " + std::to_string(place.page); }
  std::string operator()(const CursorPlace& place) const {
    return place.cursor.empty() ? "first page" : "page after " + quote_outside_text(place.cursor, 60);
  }
  std::string operator()(const TimePlace& place) const {
    return "changes from " + format_rfc3339(place.at) + ", page " + std::to_string(place.page);
  }
  std::string operator()(const WholePlace&) const { return "whole list"; }
};

}  // namespace

Json to_json(const RangePosition& range) {
  Json out = std::visit([](const auto& place) { return place_to_json(place); }, range.place);
  out["done"] = range.done;
  if (range.torn) out["torn"] = true;
  if (range.shown > 0) out["shown"] = range.shown;
  return out;
}

namespace {

Json to_json(const std::vector<RangePosition>& ranges) {
  Json out = Json::array();
  for (const RangePosition& range : ranges) out.push_back(to_json(range));
  return out;
}

Json to_json(const WaitingBackfill& waiting) {
  Json out{{"ranges", to_json(waiting.ranges)},
           {"until", format_rfc3339(waiting.until)},
           {"started_at", format_rfc3339(waiting.started_at)}};
  if (waiting.since) out["since"] = format_rfc3339(*waiting.since);
  return out;
}

}  // namespace

PassPosition between_passes(const PassPosition& position) {
  PassPosition between;
  between.cursor = position.cursor;
  between.swept_at = position.swept_at;
  between.largest_page = position.largest_page;
  between.read_from = position.read_from;
  between.waiting = position.waiting;
  between.shortfall = position.shortfall;
  return between;
}

std::string describe(const RangePosition& range) { return std::visit(Describe{}, range.place); }

Json to_json(const PassPosition& pass) {
  Json out{{"v", version}};
  if (!pass.ranges.empty()) {
    out["mode"] = to_string(pass.mode);
    out["ranges"] = to_json(pass.ranges);
    out["started_at"] = format_rfc3339(pass.started_at);
    if (pass.since) out["since"] = format_rfc3339(*pass.since);
    if (pass.until) out["until"] = format_rfc3339(*pass.until);
    if (pass.is_sweep) out["is_sweep"] = true;
    if (pass.total) out["total"] = *pass.total;
  }
  if (pass.cursor) out["cursor"] = format_rfc3339(*pass.cursor);
  if (pass.swept_at) out["swept_at"] = format_rfc3339(*pass.swept_at);
  out["largest_page"] = pass.largest_page;
  if (pass.read_from) out["read_from"] = pass.read_from->date ? Json(format_rfc3339(*pass.read_from->date)) : Json();
  if (pass.waiting) out["backfill"] = to_json(*pass.waiting);
  if (pass.shortfall)
    out["shortfall"] = {{"records", pass.shortfall->records}, {"settled", pass.shortfall->is_settled}};
  return out;
}

std::optional<PassPosition> parse_pass_position(const Json& position) {
  if (position.is_null()) return std::nullopt;
  try {
    return parse_pass(position);
  } catch (const Json::exception& error) {
    refuse(quote_outside_text(error.what(), 120));
  }
}

}  // namespace sluice
