#include "connectors/json_text.hpp"

#include "core/decimal.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>

namespace sluice {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::string_view escaped_replacement = "\\ufffd";
constexpr std::size_t unit_length = 6;  // \uXXXX

const char* find(std::string_view text, char wanted) {
  return static_cast<const char*>(std::memchr(text.data(), wanted, text.size()));
}

/// Whether one of the eight bytes of `word` is `byte`.
bool has_byte(std::uint64_t word, unsigned char byte) {
  constexpr std::uint64_t ones = 0x0101010101010101U;
  const std::uint64_t zero_where_equal = word ^ (ones * byte);
  return ((zero_where_equal - ones) & ~zero_where_equal & (ones << 7U)) != 0;
}

/// The code unit of a \uXXXX at the front of `text`.
std::optional<std::uint32_t> unit_at(std::string_view text) {
  if (text.size() < unit_length || text[0] != '\\' || text[1] != 'u') return std::nullopt;
  std::uint32_t unit = 0;
  for (const char c : text.substr(2, 4)) {
    unit <<= 4U;
    if (c >= '0' && c <= '9')
      unit |= static_cast<std::uint32_t>(c - '0');
    else if (c >= 'a' && c <= 'f')
      unit |= static_cast<std::uint32_t>(c - 'a' + 10);
    else if (c >= 'A' && c <= 'F')
      unit |= static_cast<std::uint32_t>(c - 'A' + 10);
    else
      return std::nullopt;
  }
  return unit;
}

bool is_high_surrogate(std::uint32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low_surrogate(std::uint32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

/// What a \uXXXX, or a pair of them, stands for; 0 when PostgreSQL cannot hold it.
struct Character {
  std::uint32_t code = 0;
  std::size_t length = unit_length;
};

std::optional<Character> character_at(std::string_view text) {
  const auto unit = unit_at(text);
  if (!unit) return std::nullopt;
  if (is_low_surrogate(*unit)) return Character{};
  if (!is_high_surrogate(*unit)) return Character{*unit};
  const auto low = unit_at(text.substr(unit_length));
  if (!low || !is_low_surrogate(*low)) return Character{};
  return Character{0x10000 + ((*unit - 0xD800) << 10U) + (*low - 0xDC00), 2 * unit_length};
}

void append_utf8(std::uint32_t code, std::string& out) {
  const auto byte = [&](std::uint32_t bits) { out.push_back(static_cast<char>(static_cast<unsigned char>(bits))); };
  if (code < 0x80) return byte(code);
  if (code < 0x800) {
    byte(0xC0U | code >> 6U);
  } else if (code < 0x10000) {
    byte(0xE0U | code >> 12U);
    byte(0x80U | (code >> 6U & 0x3FU));
  } else {
    byte(0xF0U | code >> 18U);
    byte(0x80U | (code >> 12U & 0x3FU));
    byte(0x80U | (code >> 6U & 0x3FU));
  }
  byte(0x80U | (code & 0x3FU));
}

/// The character behind the backslash of a two-character escape; 0 when there is no such escape.
char short_escape(char letter) {
  switch (letter) {
    case '"':
    case '\\':
    case '/':
      return letter;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

bool has_good_escapes(std::string_view text) {
  while (const char* backslash = find(text, '\\')) {
    text.remove_prefix(static_cast<std::size_t>(backslash - text.data()));
    if (text.size() < 2) return false;
    if (text[1] == 'u') {
      if (!unit_at(text)) return false;
      text.remove_prefix(unit_length);
    } else {
      if (short_escape(text[1]) == '\0') return false;
      text.remove_prefix(2);
    }
  }
  return true;
}

std::size_t count_digits(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
  return count;
}

/// Whether numeric, and so jsonb, can hold this number.
bool is_in_range(std::string_view number) {
  constexpr std::size_t surely_fits = 1000;
  const bool plain = number.find_first_of("eE") == std::string_view::npos;
  return (plain && number.size() <= surely_fits) || parse_decimal(number).has_value();
}

/// A number by JSON's grammar.
bool is_number(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with('-')) rest.remove_prefix(1);
  const std::size_t whole = count_digits(rest);
  if (whole == 0 || (whole > 1 && rest.front() == '0')) return false;
  rest.remove_prefix(whole);
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    const std::size_t fraction = count_digits(rest);
    if (fraction == 0) return false;
    rest.remove_prefix(fraction);
  }
  if (rest.starts_with('e') || rest.starts_with('E')) {
    rest.remove_prefix(1);
    if (rest.starts_with('+') || rest.starts_with('-')) rest.remove_prefix(1);
    const std::size_t exponent = count_digits(rest);
    if (exponent == 0) return false;
    rest.remove_prefix(exponent);
  }
  return rest.empty();
}

/// One recursive descent over a value; remembers the first fault, the first flaw, and whether any string had an escape.
class Check {
 public:
  explicit Check(const JsonTokens& tokens) : tokens_(tokens) {}

  Token value(Token token, int depth) {
    switch (tokens_.kind(token)) {
      case '{':
        return depth == deepest_nesting ? pass_by(token) : object(token + 1, depth + 1);
      case '[':
        return depth == deepest_nesting ? pass_by(token) : array(token + 1, depth + 1);
      case '"':
        return string(token) ? token + 1 : 0;
      case 't':
        return tokens_.text(token) == "true" ? token + 1 : fail("no JSON value");
      case 'f':
        return tokens_.text(token) == "false" ? token + 1 : fail("no JSON value");
      case 'n':
        return tokens_.text(token) == "null" ? token + 1 : fail("no JSON value");
      default:
        return number(token);
    }
  }

  std::string_view fault() const { return fault_; }
  bool has_escapes() const { return has_escapes_; }
  JsonFlaw flaw() const { return flaw_; }

 private:
  Token fail(std::string_view fault) {
    fault_ = fault;
    return 0;
  }

  void note(JsonFlaw flaw) {
    if (flaw_ == JsonFlaw::none) flaw_ = flaw;
  }

  /// By its brackets alone.
  Token pass_by(Token token) {
    note(JsonFlaw::too_deep);
    const Token next = tokens_.skip(token);
    return next == 0 ? fail("a malformed value") : next;
  }

  Token number(Token token) {
    const std::string_view text = tokens_.text(token);
    if (!is_number(text)) return fail("no JSON value");
    if (!is_in_range(text)) note(JsonFlaw::out_of_range);
    return token + 1;
  }

  bool string(Token token) {
    const std::string_view content = content_of(tokens_.text(token));
    if (!has_escape(content)) return true;
    has_escapes_ = true;
    if (has_good_escapes(content)) return true;
    fail("a malformed string");
    return false;
  }

  Token object(Token token, int depth) {
    if (tokens_.kind(token) == '}') return token + 1;
    while (true) {
      if (tokens_.kind(token) != '"' || tokens_.kind(token + 1) != ':') return fail("a malformed object");
      if (!string(token)) return 0;
      token = value(token + 2, depth);
      if (token == 0) return 0;
      if (tokens_.kind(token) == '}') return token + 1;
      if (tokens_.kind(token) != ',') return fail("a malformed object");
      ++token;
    }
  }

  Token array(Token token, int depth) {
    if (tokens_.kind(token) == ']') return token + 1;
    while (true) {
      token = value(token, depth);
      if (token == 0) return 0;
      if (tokens_.kind(token) == ']') return token + 1;
      if (tokens_.kind(token) != ',') return fail("a malformed array");
      ++token;
    }
  }

  const JsonTokens& tokens_;
  std::string_view fault_;
  bool has_escapes_ = false;
  JsonFlaw flaw_ = JsonFlaw::none;
};

JsonKind kind_of(char first) {
  switch (first) {
    case '{':
      return JsonKind::object;
    case '[':
      return JsonKind::array;
    case '"':
      return JsonKind::text;
    case 't':
    case 'f':
      return JsonKind::boolean;
    case 'n':
      return JsonKind::null;
    default:
      return JsonKind::number;
  }
}

}  // namespace

std::string_view to_string(JsonFlaw flaw) {
  switch (flaw) {
    case JsonFlaw::none:
      break;
    case JsonFlaw::too_deep:
      return "is nested too deeply";
    case JsonFlaw::out_of_range:
      return "holds a number that numeric cannot hold";
  }
  return "";
}

CheckedValue check_value(const JsonTokens& tokens, Token token) {
  const JsonKind kind = kind_of(tokens.kind(token));
  CheckedValue out;
  if (kind == JsonKind::text) {
    // By far the most common kind; its escapes are checked when they are resolved.
    out.value.text = content_of(tokens.text(token));
    out.value.has_escapes = has_escape(out.value.text);
    out.next = token + 1;
  } else {
    Check check(tokens);
    out.next = check.value(token, 0);
    out.fault = check.fault();
    out.value.has_escapes = check.has_escapes();
    out.value.flaw = check.flaw();
    if (out.next != 0) out.value.text = tokens.text(token, out.next);
  }
  out.value.kind = kind;
  return out;
}

// Most strings of a page are too short for a call of memchr.
bool has_escape(std::string_view content) noexcept {
  const char* at = content.data();
  std::size_t left = content.size();
  for (std::uint64_t word = 0; left >= sizeof word; at += sizeof word, left -= sizeof word) {
    std::memcpy(&word, at, sizeof word);
    if (has_byte(word, '\\')) return true;
  }
  return std::any_of(at, at + left, [](char c) { return c == '\\'; });
}

bool unescape(std::string_view escaped, std::string& out) {
  while (const char* backslash = find(escaped, '\\')) {
    const auto before = static_cast<std::size_t>(backslash - escaped.data());
    out.append(escaped.substr(0, before));
    escaped.remove_prefix(before);
    if (escaped.size() < 2) return false;
    if (escaped[1] == 'u') {
      const auto character = character_at(escaped);
      if (!character) return false;
      if (character->code == 0)
        out.append(replacement);
      else
        append_utf8(character->code, out);
      escaped.remove_prefix(character->length);
    } else {
      const char plain = short_escape(escaped[1]);
      if (plain == '\0') return false;
      out.push_back(plain);
      escaped.remove_prefix(2);
    }
  }
  out.append(escaped);
  return true;
}

std::string_view storable_json(std::string_view json, std::string& scratch) {
  bool replaced = false;
  std::string_view rest = json;
  while (const char* backslash = find(rest, '\\')) {
    rest.remove_prefix(static_cast<std::size_t>(backslash - rest.data()));
    const auto character = character_at(rest);
    if (!character) {
      rest.remove_prefix(2);
      continue;
    }
    if (character->code == 0) {
      if (!replaced) scratch.assign(json);
      replaced = true;
      scratch.replace(json.size() - rest.size(), unit_length, escaped_replacement);
    }
    rest.remove_prefix(character->length);
  }
  return replaced ? std::string_view(scratch) : json;
}

}  // namespace sluice
