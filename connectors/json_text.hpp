#pragma once
// Single pieces of JSON text: checked, unescaped, and made fit for PostgreSQL, which knows neither U+0000 nor half of
// a surrogate pair and holds numbers of 131072 digits at most.

#include "connectors/json_tokens.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

enum class JsonKind : std::uint8_t { absent, null, text, number, boolean, object, array };

/// What keeps a sound value out of jsonb.
enum class JsonFlaw : std::uint8_t { none, too_deep, out_of_range };
std::string_view to_string(JsonFlaw flaw);

/// A value as it stands in the text. `text` is what is between the quotes of a string, still escaped, and all of
/// anything else.
struct JsonValue {
  std::string_view text;
  JsonKind kind = JsonKind::absent;
  bool has_escapes = false;
  JsonFlaw flaw = JsonFlaw::none;
};

/// Values nested deeper than this are not walked, and not stored.
constexpr int deepest_nesting = 64;

/// A value with all that is in it, held to the grammar.
struct CheckedValue {
  JsonValue value;
  Token next = 0;  // 0: at fault
  std::string_view fault = {};
};

CheckedValue check_value(const JsonTokens& tokens, Token token);

/// What is between the quotes of a string's token. That it ends with the quote that closes it, and has no other, is
/// how simdjson's first stage divides the text.
inline std::string_view content_of(std::string_view string_token) noexcept {
  return string_token.substr(1, string_token.size() - 2);
}
bool has_escape(std::string_view content) noexcept;
/// Appends the characters that `escaped` means, U+FFFD for what PostgreSQL cannot hold; false when an escape is none.
bool unescape(std::string_view escaped, std::string& out);
/// JSON text whose escapes are well formed, with U+0000 and single surrogates replaced by U+FFFD; `scratch` holds the
/// result when something had to be replaced.
std::string_view storable_json(std::string_view json, std::string& scratch);

}  // namespace sluice
