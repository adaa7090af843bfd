#pragma once
// A cursor over ASCII text for small hand-written parsers: no streams, no locale, no allocation. Each take_ either
// moves past what it names or reports false.

#include <cstddef>
#include <string_view>

namespace sluice {

class TextScan {
 public:
  explicit TextScan(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ == text_.size(); }
  bool at_digit() const { return !at_end() && is_digit(text_[at_]); }
  bool at_letter() const { return !at_end() && is_letter(text_[at_]); }

  /// The next character; there must be one.
  char take() { return text_[at_++]; }
  bool take(char expected) {
    if (at_end() || text_[at_] != expected) return false;
    ++at_;
    return true;
  }
  std::string_view take_letters() {
    const std::size_t start = at_;
    while (at_letter()) ++at_;
    return text_.substr(start, at_ - start);
  }
  /// True if there was at least one.
  bool skip_spaces() {
    const std::size_t start = at_;
    while (take(' ')) continue;
    return at_ != start;
  }
  /// Exactly `digits` digits; more may follow.
  template <class Int>
  bool take_number(std::size_t digits, Int& value) {
    if (text_.size() - at_ < digits) return false;
    Int result = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (!is_digit(text_[at_ + i])) return false;
      result = result * 10 + (text_[at_ + i] - '0');
    }
    at_ += digits;
    value = result;
    return true;
  }
  /// One to `digits` digits, and no further one behind them.
  template <class Int>
  bool take_number_up_to(std::size_t digits, Int& value) {
    std::size_t count = 0;
    while (at_ + count < text_.size() && is_digit(text_[at_ + count])) ++count;
    return count > 0 && count <= digits && take_number(count, value);
  }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace sluice
