#pragma once
// Where the tokens of a JSON text begin. simdjson's first stage finds them (and checks UTF-8, quotes and control
// characters) at gigabytes per second; walking them is left to us, so that values stay text, a value can be walked
// twice, and one bad record can be stepped over without losing the page around it.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sluice {

/// Number of a token. 0 is the first of the text, so as "the token behind a value" it means: there is none.
using Token = std::uint32_t;

class JsonTokens {
 public:
  JsonTokens();
  ~JsonTokens();

  /// Keeps the text; bytes in it that are no UTF-8 become U+FFFD. Throws Error{transient, "source.bad_json"} when it
  /// cannot be divided into tokens, for example because it ends inside a string.
  void read(std::string text);

  Token count() const noexcept { return count_; }
  std::size_t place(Token token) const noexcept { return places_[token]; }
  /// The token's first character; '\0' behind the last token.
  char kind(Token token) const noexcept { return text_[places_[token]]; }
  const char* at(Token token) const noexcept { return text_ + places_[token]; }
  /// From the first character of `token` to the last one before `next` that is no blank.
  std::string_view text(Token token, Token next) const noexcept;
  std::string_view text(Token token) const noexcept { return text(token, token + 1); }
  /// The token behind the value at `token`, by its brackets alone; 0 when the text ends inside it.
  Token skip(Token token) const noexcept;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
  std::string padded_;
  const char* text_ = nullptr;
  const std::uint32_t* places_ = nullptr;
  Token count_ = 0;
};

inline std::string_view JsonTokens::text(Token token, Token next) const noexcept {
  const char* begin = text_ + places_[token];
  const char* end = text_ + places_[next];
  while (end > begin && (end[-1] == ' ' || end[-1] == '\n' || end[-1] == '\r' || end[-1] == '\t')) --end;
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace sluice
