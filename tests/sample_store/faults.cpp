#include "tests/sample_store/faults.hpp"

#include "core/error.hpp"
#include "core/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::sample_store {
namespace {

using Kind = FaultRule::Kind;
constexpr std::array<std::pair<std::string_view, Kind>, 21> kinds = {{
    {"status", Kind::status},
    {"reset", Kind::reset},
    {"reset_in_body", Kind::reset_in_body},
    {"truncate", Kind::truncate},
    {"hang", Kind::hang},
    {"delay", Kind::delay},
    {"html", Kind::html},
    {"garbage", Kind::garbage},
    {"empty", Kind::empty},
    {"429_without_headers", Kind::throttled_without_headers},
    {"no_content", Kind::no_content},
    {"empty_page", Kind::empty_page},
    {"duplicated", Kind::duplicated},
    {"wrong_type", Kind::wrong_type},
    {"redirect", Kind::redirect},
    {"drip", Kind::drip},
    {"endless", Kind::endless},
    {"gzip_bomb", Kind::gzip_bomb},
    {"huge_header", Kind::huge_header},
    {"long_length", Kind::long_length},
    {"short_length", Kind::short_length},
}};
const std::vector<std::string> members = {"kind",  "path_contains", "nth",      "every",   "probability",
                                          "times", "status",        "delay_ms", "location"};

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
  rule.status = static_cast<int>(count_from(index, json, "status",
                                            rule.kind == Kind::html       ? 500
                                            : rule.kind == Kind::redirect ? 302
                                                                          : 503));
  if (rule.status < 200 || rule.status > 599) refuse(index, "status", "must be from 200 to 599");
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

}  // namespace

void Faults::replace(const Json& rules) {
  if (!rules.is_array())
    throw Error(ErrorKind::config, "sample_store.bad_fault", "the body must be an array of faults; [] ends all");
  std::vector<FaultRule> read;
  for (std::size_t i = 0; i < rules.size(); ++i) read.push_back(rule_from(i, rules[i]));
  rules_ = std::move(read);
}

std::optional<FaultRule> Faults::strike(std::string_view target) {
  for (FaultRule& rule : rules_) {
    if (target.find(rule.path_contains) == std::string_view::npos) continue;
    ++rule.seen;
    if (rule.times > 0 && rule.hits >= rule.times) continue;
    bool due = rule.nth > 0 ? rule.seen == rule.nth : rule.every == 0 || rule.seen % rule.every == 0;
    if (rule.nth == 0 && rule.every == 0)
      due = dice_.below(1'000'000) < static_cast<std::int64_t>(rule.probability * 1'000'000);
    if (!due) continue;
    ++rule.hits;
    return rule;
  }
  return std::nullopt;
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
