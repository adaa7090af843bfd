#include "tests/sample_store/faults.hpp"

#include "core/error.hpp"
#include "core/http.hpp"
#include "core/nearest.hpp"
#include "tests/sample_store/shifted_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::sample_store {
namespace {

using Kind = FaultRule::Kind;
constexpr std::array<std::pair<std::string_view, Kind>, 23> kinds = {{
    {"status", Kind::status},
    {"reset", Kind::reset},
    {"reset_in_body", Kind::reset_in_body},
    {"truncate", Kind::truncate},
    {"hang", Kind::hang},
    {"delay", Kind::delay},
    {"html", Kind::html},
    {"garbage", Kind::garbage},
    {"empty", Kind::empty},
    {"429", Kind::throttled},
    {"429_without_headers", Kind::throttled_without_headers},
    {"no_content", Kind::no_content},
    {"empty_page", Kind::empty_page},
    {"duplicated", Kind::duplicated},
    {"shifted", Kind::shifted},
    {"wrong_type", Kind::wrong_type},
    {"redirect", Kind::redirect},
    {"drip", Kind::drip},
    {"endless", Kind::endless},
    {"gzip_bomb", Kind::gzip_bomb},
    {"huge_header", Kind::huge_header},
    {"long_length", Kind::long_length},
    {"short_length", Kind::short_length},
}};
const std::vector<std::string> members = {"kind",   "path_contains", "nth",      "every",    "probability", "times",
                                          "status", "delay_ms",      "reset_ms", "location", "rows"};

[[noreturn]] void refuse(std::size_t index, std::string_view member, std::string detail) {
  const std::string pointer = fmt::format("/{}/{}", index, member);
  throw Error(ErrorKind::config, "sample_store.bad_fault", fmt::format("{}: {}", pointer, detail),
              {{pointer, "bad_value", detail}});
}

Kind kind_from(std::size_t index, const Json& rule) {
  std::vector<std::string> names;
  for (const auto& [name, kind] : kinds) names.emplace_back(name);
  const std::string wanted = rule.contains("kind") && rule["kind"].is_string() ? rule["kind"].get<std::string>() : "";
  const auto place = std::ranges::find(kinds, wanted, &std::pair<std::string_view, Kind>::first);
  if (place == kinds.end()) {
    refuse(index, "kind", fmt::format("must be one of {}{}", fmt::join(names, ", "), did_you_mean(wanted, names)));
  }
  return place->second;
}

std::int64_t count_from(std::size_t index, const Json& rule, std::string_view member, std::int64_t otherwise) {
  if (!rule.contains(member)) return otherwise;
  const Json& value = rule.at(std::string(member));
  if (!value.is_number_integer() || value.get<std::int64_t>() < 0)
    refuse(index, member, "must be a whole number, 0 or more");
  return value.get<std::int64_t>();
}

FaultRule rule_from(std::size_t index, const Json& json) {
  if (!json.is_object()) refuse(index, "", "must be an object such as {\"kind\":\"status\",\"status\":503,\"nth\":2}");
  for (const auto& [name, value] : json.items()) {
    if (std::ranges::find(members, name) == members.end())
      refuse(index, name, "is not known" + did_you_mean(name, members));
  }
  FaultRule rule;
  rule.kind = kind_from(index, json);
  if (json.contains("path_contains")) {
    if (!json["path_contains"].is_string()) refuse(index, "path_contains", "must be a text");
    rule.path_contains = json["path_contains"].get<std::string>();
  }
  rule.nth = count_from(index, json, "nth", 0);
  rule.every = count_from(index, json, "every", 0);
  rule.times = count_from(index, json, "times", 0);
  rule.delay = count_from(index, json, "delay_ms", rule.kind == Kind::delay ? 1000 : 0);
  rule.reset = Duration(count_from(index, json, "reset_ms", rule.reset.count()));
  rule.status = static_cast<int>(count_from(index, json, "status",
                                            rule.kind == Kind::html       ? 500
                                            : rule.kind == Kind::redirect ? 302
                                                                          : 503));
  if (rule.status < 200 || rule.status > 599) refuse(index, "status", "must be from 200 to 599");
  if (json.contains("rows")) {
    if (!json["rows"].is_number_integer()) refuse(index, "rows", "must be a whole number");
    rule.rows = json["rows"].get<std::int64_t>();
  }
  if (json.contains("location")) {
    if (!json["location"].is_string()) refuse(index, "location", "must be a text");
    rule.location = json["location"].get<std::string>();
  }
  if (json.contains("probability")) {
    if (!json["probability"].is_number()) refuse(index, "probability", "must be a number from 0 to 1");
    rule.probability = json["probability"].get<double>();
  }
  return rule;
}

/// Of a list that is counted in pages, one that has others before it.
bool is_later_page(std::string_view target) {
  const auto parsed = parse_target(target);
  if (!parsed || parsed->path.find("/v3/") == std::string::npos) return false;
  return std::ranges::any_of(
      parsed->query, [](const auto& parameter) { return parameter.first == "page" && parameter.second != "1"; });
}

bool fits(const FaultRule& rule, std::string_view target) {
  if (target.find(rule.path_contains) == std::string_view::npos) return false;
  return rule.kind != Kind::shifted || is_later_page(target);
}

}  // namespace

void Faults::replace(const Json& rules) {
  if (!rules.is_array())
    throw Error(ErrorKind::config, "sample_store.bad_fault", "the body must be an array of faults; [] ends all");
  std::vector<FaultRule> read;
  for (std::size_t i = 0; i < rules.size(); ++i) read.push_back(rule_from(i, rules[i]));
  rules_ = std::move(read);
  shifts_.clear();
}

std::optional<FaultRule> Faults::strike(std::string_view target) {
  if (rules_.empty()) return std::nullopt;
  const double roll = roll_for(target);
  double shares = 0;
  for (FaultRule& rule : rules_) {
    if (!fits(rule, target)) continue;
    ++rule.seen;
    if (rule.times > 0 && rule.hits >= rule.times) continue;
    if (rule.nth > 0) {
      if (rule.seen != rule.nth) continue;
    } else if (rule.every > 0) {
      if (rule.seen % rule.every != 0) continue;
    } else {
      shares += rule.probability;
      if (roll >= shares) continue;
    }
    ++rule.hits;
    if (rule.kind == Kind::shifted) {
      std::int64_t& rows = shifts_[target_of_page(std::string(target), 1)];
      rows = rows == 0 ? rule.rows : 0;
    }
    return rule;
  }
  return std::nullopt;
}

double Faults::roll_for(std::string_view target) {
  constexpr std::int64_t sides = 1'000'000;
  return static_cast<double>(Dice(seed_, target, ++asked_[std::string(target)]).below(sides)) / sides;
}

std::int64_t Faults::shift(const std::string& target) {
  if (shifts_.empty()) return 0;
  const auto known = shifts_.find(target_of_page(target, 1));
  if (known == shifts_.end()) return 0;
  if (is_later_page(target)) return known->second;
  shifts_.erase(known);
  return 0;
}

Json Faults::describe() const {
  Json out = Json::array();
  for (const FaultRule& rule : rules_) {
    const auto kind = std::ranges::find(kinds, rule.kind, &std::pair<std::string_view, Kind>::second);
    out.push_back(
        {{"kind", kind->first}, {"path_contains", rule.path_contains}, {"seen", rule.seen}, {"hits", rule.hits}});
  }
  return out;
}

}  // namespace sluice::sample_store
