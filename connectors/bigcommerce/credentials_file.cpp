#include "connectors/bigcommerce/credentials_file.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

namespace sluice {
namespace {

// Longer keys before those that they end with. "NAME" and "CLIENT SECRET" are here so that the value before them ends.
constexpr std::array<std::string_view, 6> keys{"ACCESS TOKEN",  "CLIENT NAME", "CLIENT ID",
                                               "CLIENT SECRET", "API PATH",    "NAME"};

struct Entry {
  std::string_view key;
  std::size_t begin = 0;  // where the key stands
  std::size_t value_begin = 0;
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; }
char upper(char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); }

/// The position behind `key` and its colon at `at`; blanks, "_" and "-" between the words of a key are alike.
std::optional<std::size_t> match_key(std::string_view text, std::size_t at, std::string_view key) {
  for (const char expected : key) {
    if (at == text.size()) return std::nullopt;
    if (expected != ' ') {
      if (upper(text[at++]) != expected) return std::nullopt;
      continue;
    }
    const std::size_t start = at;
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '_' || text[at] == '-')) ++at;
    if (at == start) return std::nullopt;
  }
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  if (at == text.size() || (text[at] != ':' && text[at] != '=')) return std::nullopt;
  return at + 1;
}

std::vector<Entry> find_entries(std::string_view text) {
  std::vector<Entry> entries;
  for (std::size_t at = 0; at < text.size();) {
    const bool starts_word = at == 0 || !is_word(text[at - 1]);
    const auto start = at++;
    if (!starts_word) continue;
    for (const std::string_view key : keys) {
      if (const auto behind = match_key(text, start, key)) {
        entries.push_back({key, start, *behind});
        at = *behind;
        break;
      }
    }
  }
  return entries;
}

std::string_view first_word(std::string_view text) {
  const auto begin = std::find_if_not(text.begin(), text.end(), is_space);
  const auto end = std::find_if(begin, text.end(), is_space);
  std::string_view word =
      text.substr(static_cast<std::size_t>(begin - text.begin()), static_cast<std::size_t>(end - begin));
  // People copy quotes and separators along.
  while (!word.empty() && std::string_view("\"',;").find(word.front()) != std::string_view::npos) word.remove_prefix(1);
  while (!word.empty() && std::string_view("\"',;").find(word.back()) != std::string_view::npos) word.remove_suffix(1);
  return word;
}

}  // namespace

CredentialsFile read_credentials_file(std::string_view text) {
  const std::vector<Entry> entries = find_entries(text);
  CredentialsFile file;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::size_t end = i + 1 < entries.size() ? entries[i + 1].begin : text.size();
    const std::string_view value = first_word(text.substr(entries[i].value_begin, end - entries[i].value_begin));
    if (value.empty()) continue;
    if (entries[i].key == "ACCESS TOKEN") file.access_token = value;
    if (entries[i].key == "CLIENT ID") file.client_id = value;
    if (entries[i].key == "API PATH") file.api_path = value;
  }
  return file;
}

}  // namespace sluice
