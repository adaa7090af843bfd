#include "storage/identifier.hpp"

#include <algorithm>
#include <array>

namespace sluice {
namespace {

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

constexpr std::array<std::string_view, 3> reserved_schemas{"information_schema", "sluice", "_sluice"};

}  // namespace

std::optional<Identifier> Identifier::parse(std::string_view text) {
  if (text.empty() || text.size() > identifier_limit) return std::nullopt;
  std::string folded(text);
  // Not std::tolower: what a name means must not depend on the locale.
  std::transform(folded.begin(), folded.end(), folded.begin(), lower);
  if (is_digit(folded.front())) return std::nullopt;
  const bool is_plain =
      std::all_of(folded.begin(), folded.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
  if (!is_plain) return std::nullopt;
  return Identifier(std::move(folded));
}

std::optional<Identifier> Identifier::parse_schema(std::string_view text) {
  auto schema = parse(text);
  if (!schema || schema->str().starts_with("pg_")) return std::nullopt;
  if (std::find(reserved_schemas.begin(), reserved_schemas.end(), schema->str()) != reserved_schemas.end()) {
    return std::nullopt;
  }
  return schema;
}

}  // namespace sluice
