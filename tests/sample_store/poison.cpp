#include "tests/sample_store/poison.hpp"

#include "core/error.hpp"
#include "core/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace sluice::sample_store {
namespace {

using Kind = PoisonRule::Kind;
constexpr std::array<std::pair<std::string_view, Kind>, 14> kinds = {{{"nul", Kind::nul},
                                                                      {"lone_surrogate", Kind::lone_surrogate},
                                                                      {"invalid_utf8", Kind::invalid_utf8},
                                                                      {"large_exponent", Kind::large_exponent},
                                                                      {"digits_19", Kind::digits_19},
                                                                      {"digits_25", Kind::digits_25},
                                                                      {"zero_date", Kind::zero_date},
                                                                      {"wrong_type", Kind::wrong_type},
                                                                      {"null_value", Kind::null_value},
                                                                      {"equal_key", Kind::equal_key},
                                                                      {"long_text", Kind::long_text},
                                                                      {"deep", Kind::deep},
                                                                      {"equal_members", Kind::equal_members},
                                                                      {"unknown_member", Kind::unknown_member}}};
const std::vector<std::string> members = {"kind", "path_contains", "member", "every", "rest"};

[[noreturn]] void refuse(std::size_t index, std::string_view member, std::string detail) {
  const std::string pointer = fmt::format("/{}/{}", index, member);
  throw Error(ErrorKind::config, "sample_store.bad_poison", fmt::format("{}: {}", pointer, detail),
              {{pointer, "bad_value", detail}});
}

std::string text_from(std::size_t index, const Json& rule, const char* member) {
  if (!rule.contains(member)) return {};
  if (!rule[member].is_string()) refuse(index, member, "must be a text");
  return rule[member].get<std::string>();
}

std::int64_t count_from(std::size_t index, const Json& rule, const char* member, std::int64_t otherwise) {
  if (!rule.contains(member)) return otherwise;
  if (!rule[member].is_number_integer() || rule[member].get<std::int64_t>() < 0)
    refuse(index, member, "must be a whole number, 0 or more");
  return rule[member].get<std::int64_t>();
}

PoisonRule rule_from(std::size_t index, const Json& json) {
  if (!json.is_object()) refuse(index, "", "must be an object such as {\"kind\":\"nul\",\"member\":\"name\"}");
  for (const auto& [name, value] : json.items()) {
    if (std::ranges::find(members, name) == members.end())
      refuse(index, name, "is not known" + did_you_mean(name, members));
  }
  PoisonRule rule;
  const std::string wanted = text_from(index, json, "kind");
  const auto place = std::ranges::find(kinds, wanted, &std::pair<std::string_view, Kind>::first);
  if (place == kinds.end()) {
    std::vector<std::string> names;
    for (const auto& [name, kind] : kinds) names.emplace_back(name);
    refuse(index, "kind", fmt::format("must be one of {}{}", fmt::join(names, ", "), did_you_mean(wanted, names)));
  }
  rule.kind = place->second;
  rule.path_contains = text_from(index, json, "path_contains");
  rule.member = text_from(index, json, "member");
  if (rule.member.empty()) refuse(index, "member", "must name the member to spoil");
  rule.every = count_from(index, json, "every", 1);
  rule.rest = count_from(index, json, "rest", 0);
  if (rule.every == 0) refuse(index, "every", "must be 1 or more");
  return rule;
}

/// Behind the JSON value that begins at `at`. The store's own JSON has no blanks and is sound.
std::size_t end_of_value(std::string_view text, std::size_t at) {
  int depth = 0;
  bool in_text = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (in_text) {
      if (c == '\\')
        ++at;
      else if (c == '"')
        in_text = false;
    } else if (c == '"') {
      in_text = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return at;
      if (--depth == 0) return at + 1;
    } else if (c == ',' && depth == 0) {
      return at;
    }
  }
  return at;
}

/// Where the value of a member of this object stands: begin and end.
std::optional<std::pair<std::size_t, std::size_t>> find_member(std::string_view object, std::string_view name) {
  const std::string wanted = fmt::format("\"{}\":", name);
  std::size_t at = 1;
  while (at < object.size() && object[at] == '"') {
    const std::size_t value = object.find("\":", at) + 2;
    const std::size_t end = end_of_value(object, value);
    if (object.substr(at).starts_with(wanted)) return std::pair(value, end);
    at = end + 1;
  }
  return std::nullopt;
}

std::int64_t id_of(std::string_view record) {
  std::int64_t id = -1;
  if (const auto place = find_member(record, "id"))
    std::from_chars(record.data() + place->first, record.data() + place->second, id);
  return id;
}

std::string with_value(const std::string& record, const std::string& member, const std::string& value) {
  std::string out = record;
  if (const auto place = find_member(record, member)) out.replace(place->first, place->second - place->first, value);
  return out;
}

/// Instead of one record: usually one, spoiled.
std::string spoiled(const PoisonRule& rule, const std::string& record) {
  constexpr std::size_t megabyte = 1024 * 1024;
  constexpr std::size_t depth = 200;
  const auto with = [&](const std::string& value) { return with_value(record, rule.member, value); };
  const auto before_others = [&](const std::string& value) {
    return fmt::format("{{\"{}\":{},{}", rule.member, value, record.substr(1));
  };
  switch (rule.kind) {
    case Kind::nul:
      return with(R"("a\u0000b")");
    case Kind::lone_surrogate:
      return with(R"("\ud800x\udc00")");
    case Kind::invalid_utf8:
      return with("\"a\xFF\xC3(\"");
    case Kind::large_exponent:
      return with("1e400");
    case Kind::digits_19:
      return with("1234567890123456789");
    case Kind::digits_25:
      return with("1234567890123456789012345");
    case Kind::zero_date:
      return with(R"("0000-00-00 00:00:00")");
    case Kind::wrong_type:
      return with(R"({"a":[1]})");
    case Kind::null_value:
      return with("null");
    case Kind::equal_key:
      return with(R"("an older one")") + "," + record;
    case Kind::long_text:
      return with('"' + std::string(3 * megabyte, 'x') + '"');
    case Kind::deep:
      return with(std::string(depth, '[') + std::string(depth, ']'));
    case Kind::equal_members:
      return before_others(R"("an older one")");
    case Kind::unknown_member:
      return before_others(R"({"note":["hi"]})");
  }
  return record;
}

/// Where the list of an answer begins, behind its bracket; npos when it has none.
std::size_t begin_of_list(std::string_view body) {
  if (body.starts_with('[')) return 1;
  if (!body.starts_with('{')) return std::string_view::npos;
  const auto data = find_member(body, "data");
  return data && body[data->first] == '[' ? data->first + 1 : std::string_view::npos;
}

}  // namespace

void Poison::replace(const Json& rules) {
  if (!rules.is_array())
    throw Error(ErrorKind::config, "sample_store.bad_poison", "the body must be an array of rules; [] ends it");
  std::vector<PoisonRule> read;
  for (std::size_t i = 0; i < rules.size(); ++i) read.push_back(rule_from(i, rules[i]));
  rules_ = std::move(read);
}

std::string Poison::apply(std::string_view target, std::string body) {
  const auto concerns = [&](const PoisonRule& rule) {
    return target.find(rule.path_contains) != std::string_view::npos;
  };
  if (std::ranges::none_of(rules_, concerns)) return body;
  std::size_t at = begin_of_list(body);
  if (at == std::string_view::npos) return body;
  std::string out = body.substr(0, at);
  while (at < body.size() && body[at] == '{') {
    const std::size_t end = end_of_value(body, at);
    std::string record = body.substr(at, end - at);
    const std::int64_t id = id_of(record);
    for (PoisonRule& rule : rules_) {
      if (!concerns(rule) || id < 0 || id % rule.every != rule.rest) continue;
      record = spoiled(rule, record);
      ++rule.hits;
    }
    out += record;
    at = end;
    if (body[at] == ',') out += body[at++];
  }
  return out.append(body, at);
}

Json Poison::describe() const {
  Json out = Json::array();
  for (const PoisonRule& rule : rules_) {
    const auto kind = std::ranges::find(kinds, rule.kind, &std::pair<std::string_view, Kind>::second);
    out.push_back({{"kind", kind->first},
                   {"path_contains", rule.path_contains},
                   {"member", rule.member},
                   {"every", rule.every},
                   {"rest", rule.rest},
                   {"hits", rule.hits}});
  }
  return out;
}

}  // namespace sluice::sample_store
