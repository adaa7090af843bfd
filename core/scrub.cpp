// The last net below Secret: text that came from outside may quote a credential back at us.

#include "core/http.hpp"
#include "core/log.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice {
namespace {

constexpr std::string_view hidden = "***";

// Names whose value is a credential wherever "name: value", "name=value" or "\"name\": \"value\"" is found.
constexpr std::array<std::string_view, 9> credential_names{"x-auth-token", "authorization", "password",
                                                           "passwd",       "pwd",           "passphrase",
                                                           "access_token", "client_secret", "api_key"};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_quote(char c) { return c == '"' || c == '\''; }

bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~+/=").find(c) != std::string_view::npos;
}

std::size_t skip(std::string_view text, std::size_t at, bool (*matches)(char)) {
  while (at < text.size() && matches(text[at])) ++at;
  return at;
}

bool has_at(std::string_view text, std::size_t at, std::string_view word) {
  return equal_ignoring_case(text.substr(at, word.size()), word);
}

/// Copies text while it hides spans of it. Each rule looks at one place and either takes it, moving on, or does not.
class Scrubber {
 public:
  explicit Scrubber(std::string_view text) : text_(text) { out_.reserve(text.size()); }

  std::string run() {
    while (at_ < text_.size()) {
      if (take_scheme("bearer") || take_own_token() || take_named_value() || take_url()) continue;
      out_ += text_[at_++];
    }
    return std::move(out_);
  }

 private:
  void keep_until(std::size_t end) {
    out_ += text_.substr(at_, end - at_);
    at_ = end;
  }
  void hide_until(std::size_t end) {
    out_ += hidden;
    at_ = end;
  }

  /// "Bearer abc", as in a header.
  bool take_scheme(std::string_view scheme) {
    if (!has_at(text_, at_, scheme)) return false;
    const std::size_t value = skip(text_, at_ + scheme.size(), is_space);
    const std::size_t end = skip(text_, value, is_token_character);
    if (value == at_ + scheme.size() || end == value) return false;
    keep_until(value);
    hide_until(end);
    return true;
  }

  bool take_own_token() {
    for (const std::string_view prefix : {std::string_view("slc_"), std::string_view("whsec_")}) {
      if (!has_at(text_, at_, prefix)) continue;
      keep_until(at_ + prefix.size());
      hide_until(skip(text_, at_, is_token_character));
      return true;
    }
    return false;
  }

  bool take_named_value() {
    for (const std::string_view name : credential_names) {
      if (!has_at(text_, at_, name)) continue;
      std::size_t at = at_ + name.size();
      // JSON inside a JSON string brings its quotes escaped.
      while (at < text_.size() && (is_quote(text_[at]) || text_[at] == '\\')) ++at;
      at = skip(text_, at, is_space);
      if (at == text_.size() || (text_[at] != ':' && text_[at] != '=')) continue;
      at = skip(text_, at + 1, is_space);
      if (at == text_.size()) continue;
      keep_until(at);
      if (name == "authorization") keep_scheme();
      hide_value();
      return true;
    }
    return false;
  }

  /// "Basic " in front of what is hidden says which kind of login it was.
  void keep_scheme() {
    if (is_quote(text_[at_])) keep_until(at_ + 1);
    for (const std::string_view scheme : {std::string_view("bearer"), std::string_view("basic")}) {
      if (!has_at(text_, at_, scheme)) continue;
      const std::size_t end = skip(text_, at_ + scheme.size(), is_space);
      if (end != at_ + scheme.size() && end < text_.size()) return keep_until(end);
    }
  }

  /// A quoted value ends at its quote, a bare one at a space: it may contain any separator.
  void hide_value() {
    if (at_ < text_.size() && text_[at_] == '\\') keep_until(at_ + 1);
    if (at_ < text_.size() && is_quote(text_[at_])) {
      const char quote = text_[at_];
      keep_until(at_ + 1);
      std::size_t end = at_;
      while (end < text_.size() && text_[end] != quote && !closes(end, quote)) end += text_[end] == '\\' ? 2 : 1;
      return hide_until(std::min(end, text_.size()));
    }
    hide_until(std::min(text_.find_first_of(" \t\r\n\"", at_), text_.size()));
  }

  /// An escaped quote ends the value when the one that opened it was escaped as well.
  bool closes(std::size_t at, char quote) const {
    const bool opened_escaped = at_ >= 2 && text_[at_ - 2] == '\\';
    return opened_escaped && text_[at] == '\\' && at + 1 < text_.size() && text_[at + 1] == quote;
  }

  /// The password of "scheme://user:password@host".
  bool take_url() {
    constexpr std::string_view mark = "://";
    if (!has_at(text_, at_, mark)) return false;
    const std::size_t start = at_ + mark.size();
    const std::size_t end = std::min(text_.find_first_of(" \t\r\n\"'<>", start), text_.size());
    const std::string_view rest = text_.substr(start, end - start);
    const std::size_t colon = rest.find_first_of(":/?#@");
    if (colon == std::string_view::npos || rest[colon] != ':') return false;

    // A '/' belongs to a password that was not encoded, unless what stands before it is a port.
    std::string_view authority = rest;
    const std::size_t behind_digits = rest.find_first_not_of("0123456789", colon + 1);
    const bool is_port = behind_digits == std::string_view::npos || rest[behind_digits] == '/' ||
                         rest[behind_digits] == '?' || rest[behind_digits] == '#';
    if (is_port) authority = rest.substr(0, behind_digits);
    const std::size_t host = authority.rfind('@');
    if (host == std::string_view::npos || host < colon) return false;
    keep_until(start + colon + 1);
    hide_until(start + host);
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string scrub(std::string_view text) { return Scrubber(text).run(); }

}  // namespace sluice
