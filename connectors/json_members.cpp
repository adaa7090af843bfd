#include "connectors/json_members.hpp"

#include "core/nearest.hpp"
#include "core/time.hpp"

#include <algorithm>

namespace sluice {

JsonMembers::JsonMembers(const Json& object, std::string place, Problems& problems)
    : object_(object), place_(std::move(place)), problems_(problems) {
  if (!object.is_object()) report("", "tables.wrong_type", "must be an object");
}

bool JsonMembers::has(std::string_view name) const { return object_.is_object() && object_.contains(name); }

const Json* JsonMembers::value(std::string_view name) {
  asked_.emplace_back(name);
  if (!has(name)) return nullptr;
  return &*object_.find(name);
}

std::string JsonMembers::required_text(std::string_view name) {
  std::string out = text(name);
  if (!has(name))
    report(name, "tables.missing", "is missing");
  else if (out.empty())
    report(name, "tables.missing", "must not be empty");
  return out;
}

std::string JsonMembers::text(std::string_view name, std::string_view fallback) {
  const Json* found = value(name);
  if (found == nullptr) return std::string(fallback);
  if (found->is_string()) return found->get<std::string>();
  report(name, "tables.wrong_type", "must be a text");
  return std::string(fallback);
}

bool JsonMembers::flag(std::string_view name, bool fallback) {
  const Json* found = value(name);
  if (found == nullptr) return fallback;
  if (found->is_boolean()) return found->get<bool>();
  report(name, "tables.wrong_type", "must be true or false");
  return fallback;
}

int JsonMembers::integer(std::string_view name, int fallback) {
  const Json* found = value(name);
  if (found == nullptr) return fallback;
  if (found->is_number_integer()) return found->get<int>();
  report(name, "tables.wrong_type", "must be a whole number");
  return fallback;
}

Duration JsonMembers::duration(std::string_view name, Duration fallback) {
  if (!has(name)) {
    asked_.emplace_back(name);
    return fallback;
  }
  const auto parsed = parse_iso_duration(text(name));
  if (!parsed) report(name, "tables.wrong_type", "must be a duration such as PT5M or P1D");
  return parsed.value_or(fallback);
}

std::vector<std::string> JsonMembers::path(std::string_view name, std::string_view fallback) {
  const std::string whole = text(name, fallback);
  std::vector<std::string> parts = split_path(whole);
  if (std::ranges::find(parts, "") != parts.end()) {
    report(name, "tables.bad_path", "\"" + whole + "\" has an empty part");
    parts.clear();
  }
  return parts;
}

std::vector<std::string> JsonMembers::texts(std::string_view name) {
  const Json* found = value(name);
  std::vector<std::string> out;
  if (found == nullptr) return out;
  if (found->is_string()) return {found->get<std::string>()};
  const bool all_texts =
      found->is_array() && std::ranges::all_of(*found, [](const Json& it) { return it.is_string(); });
  if (!all_texts) {
    report(name, "tables.wrong_type", "must be a text or an array of texts");
    return out;
  }
  for (const Json& it : *found) out.push_back(it.get<std::string>());
  return out;
}

QueryParameters JsonMembers::query(std::string_view name) {
  const Json* found = value(name);
  QueryParameters out;
  if (found == nullptr) return out;
  if (!found->is_object()) {
    report(name, "tables.wrong_type", "must be an object of query parameters");
    return out;
  }
  for (const auto& [key, parameter] : found->items()) {
    if (parameter.is_string())
      out.emplace_back(key, parameter.get<std::string>());
    else
      report(name, "tables.wrong_type", "the query parameter \"" + key + "\" must be a text");
  }
  return out;
}

void JsonMembers::report(std::string_view member, std::string_view code, std::string detail) const {
  std::string place = place_;
  if (!member.empty()) place.append(", member \"").append(member).append("\"");
  problems_.push_back({place, std::string(code), place + ": " + std::move(detail)});
}

void JsonMembers::finish() const {
  if (!object_.is_object()) return;
  for (const auto& [name, value] : object_.items()) {
    if (std::ranges::find(asked_, name) != asked_.end()) continue;
    report(name, "tables.unknown_member", "is unknown" + did_you_mean(name, asked_));
  }
}

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t dot = path.find('.');
    parts.emplace_back(path.substr(0, dot));
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
    if (path.empty()) parts.emplace_back();
  }
  return parts;
}

void report_unknown_word(const JsonMembers& members, std::string_view name, const std::string& word,
                         std::vector<std::string> known) {
  std::string all;
  for (const std::string& it : known) all += (all.empty() ? "" : ", ") + it;
  members.report(name, "tables.unknown_word", "\"" + word + "\" is none of " + all + did_you_mean(word, known));
}

}  // namespace sluice
