// How shapes are written down, and the rules that texts follow.

#include "api/shape.hpp"
#include "core/setting_value.hpp"
#include "core/time.hpp"
#include "storage/identifier.hpp"
#include "storage/model.hpp"

#include <algorithm>

namespace sluice::api {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; }

bool is_time(std::string_view text) { return parse_iso8601(text).has_value(); }

bool is_integration_name(std::string_view text) {
  return !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), is_word);
}

bool is_destination_name(std::string_view text) {
  return !text.empty() && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_word(c) || c == '-'; });
}

bool is_schema(std::string_view text) { return Identifier::parse_schema(text).has_value(); }

bool is_log_period(std::string_view text) {
  const auto period = parse_iso_duration(text);
  return period && *period > Duration(0) && *period <= std::chrono::days(7);
}

bool is_frequency(std::string_view text) { return parse_frequency(text).has_value(); }

constexpr Duration shortest_sweep = std::chrono::hours(1);
constexpr Duration longest_sweep = std::chrono::hours(24) * 30;

bool is_sweep_interval(std::string_view text) {
  const auto interval = parse_iso_duration(text);
  return interval && *interval >= shortest_sweep && *interval <= longest_sweep;
}

bool is_duration(std::string_view text) {
  const auto duration = parse_duration(text);
  return duration && *duration > Duration::zero();
}

Shape shape_of(Form form, std::string meaning) {
  Shape shape;
  shape.form = form;
  shape.meaning = std::move(meaning);
  return shape;
}

}  // namespace

const TextRule time_rule{"", "date-time", is_time, "must be an RFC 3339 time such as 2024-01-31T00:00:00Z"};
const TextRule integration_name_rule{
    "^[A-Za-z][A-Za-z0-9_]*$", "", is_integration_name,
    "must begin with a letter and hold letters, digits and _ only, because it prefixes "
    "the names of the destination's tables"};
const TextRule destination_name_rule{"^[A-Za-z][A-Za-z0-9_-]*$", "", is_destination_name,
                                     "must begin with a letter and hold letters, digits, _ and - only"};
const TextRule schema_rule{"^[A-Za-z_][A-Za-z0-9_]{0,62}$", "", is_schema,
                           "must be a schema's name of letters, digits and _, at most 63 bytes; pg_*, "
                           "information_schema, sluice and _sluice are taken"};
const TextRule frequency_rule{"", "", is_frequency,
                              "must be one of 15m, 30m, 1h, 2h, 3h, 6h, 8h, 12h, 24h, manual, or an ISO 8601 duration "
                              "from PT15M to PT24H, or {\"cron\", \"time_zone\"}"};
const TextRule sweep_interval_rule{"", "duration", is_sweep_interval, "must be an ISO 8601 duration from PT1H to P30D"};
const TextRule log_period_rule{"", "duration", is_log_period,
                               "must be an ISO 8601 duration such as PT10M, at most P7D"};

const TextRule duration_rule{"", "", is_duration, "must be a duration above zero such as PT2H, P1D or 90m"};

Shape Shape::or_null() && {
  nullable = true;
  return std::move(*this);
}
Shape Shape::following(const TextRule& text_rule) && {
  rule = &text_rule;
  return std::move(*this);
}
Shape Shape::among(std::vector<std::string> allowed) && {
  words = std::move(allowed);
  return std::move(*this);
}
Shape Shape::between(std::int64_t lowest, std::int64_t highest) && {
  least = lowest;
  most = highest;
  return std::move(*this);
}
Shape Shape::such_as(Json value) && {
  example = std::move(value);
  return std::move(*this);
}

Shape text(std::string meaning) { return shape_of(Form::text, std::move(meaning)); }
Shape time(std::string meaning) { return text(std::move(meaning)).following(time_rule); }
Shape integer(std::string meaning) { return shape_of(Form::integer, std::move(meaning)); }
Shape number(std::string meaning) { return shape_of(Form::number, std::move(meaning)); }
Shape boolean(std::string meaning) { return shape_of(Form::boolean, std::move(meaning)); }
Shape anything(std::string meaning) { return shape_of(Form::any, std::move(meaning)); }
Shape object(std::string meaning, std::vector<Member> members) {
  Shape shape = shape_of(Form::object, std::move(meaning));
  shape.members = std::move(members);
  return shape;
}
Shape open_object(std::string meaning, std::vector<Member> members) {
  Shape shape = object(std::move(meaning), std::move(members));
  shape.open = true;
  return shape;
}
Shape array_of(Shape item, std::string meaning) {
  Shape shape = shape_of(Form::array, std::move(meaning));
  shape.items.push_back(std::move(item));
  return shape;
}
Shape one_of(std::vector<Shape> shapes, std::string meaning) {
  Shape shape = shape_of(Form::any, std::move(meaning));
  shape.either = std::move(shapes);
  return shape;
}
Shape named(std::string name) {
  Shape shape;
  shape.name = std::move(name);
  return shape;
}
Member required(std::string name, Shape shape) { return {std::move(name), std::move(shape), true, false}; }
Member optional(std::string name, Shape shape) { return {std::move(name), std::move(shape), false, false}; }
Member immutable(std::string name) { return {std::move(name), anything(""), false, true}; }

}  // namespace sluice::api
