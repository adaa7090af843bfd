#pragma once
// One JSON object of a table file, read member by member: each is asked for by name and type, every slip becomes a
// problem that names the place, and in the end whatever was not asked for is unknown.

#include "connectors/table.hpp"
#include "core/error.hpp"
#include "core/json.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

using Problems = std::vector<Problem>;

class JsonMembers {
 public:
  /// `place` is where the object stands, for people: "orders.json, table orders, paging".
  JsonMembers(const Json& object, std::string place, Problems& problems);

  bool has(std::string_view name) const;
  std::string required_text(std::string_view name);
  std::string text(std::string_view name, std::string_view fallback = "");
  bool flag(std::string_view name, bool fallback);
  int integer(std::string_view name, int fallback);
  Duration duration(std::string_view name, Duration fallback);
  /// "a.b.c" as its parts.
  std::vector<std::string> path(std::string_view name, std::string_view fallback = "");
  /// An array of texts, or one text.
  std::vector<std::string> texts(std::string_view name);
  /// An object of texts: {"sort": "id:asc"}.
  QueryParameters query(std::string_view name);
  /// Anything; the caller looks at its type. nullptr when it is not there.
  const Json* value(std::string_view name);

  /// One of the words of `choices`.
  template <class Enum>
  Enum choice(std::string_view name, const std::map<std::string, Enum>& choices, Enum fallback);

  void report(std::string_view member, std::string_view code, std::string detail) const;
  /// Reports members that nobody asked for, each with the nearest known name.
  void finish() const;

 private:
  std::vector<std::string> asked_;
  const Json& object_;
  std::string place_;
  Problems& problems_;
};

std::vector<std::string> split_path(std::string_view path);

void report_unknown_word(const JsonMembers& members, std::string_view name, const std::string& word,
                         std::vector<std::string> known);

template <class Enum>
Enum JsonMembers::choice(std::string_view name, const std::map<std::string, Enum>& choices, Enum fallback) {
  if (!has(name)) {
    asked_.emplace_back(name);
    return fallback;
  }
  const std::string word = text(name);
  const auto found = choices.find(word);
  if (found != choices.end()) return found->second;
  std::vector<std::string> known;
  for (const auto& [key, value] : choices) known.push_back(key);
  report_unknown_word(*this, name, word, std::move(known));
  return fallback;
}

}  // namespace sluice
