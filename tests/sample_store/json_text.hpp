#pragma once
// Writing and reading JSON as text. The store keeps its records rendered, so a page is a concatenation; these functions
// make such a text, and look into or change single members of one without parsing the rest.

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::sample_store {

/// How texts are escaped: V3 sends UTF-8 as it is; V2 sends \u escapes and \/ as PHP's encoder does.
enum class JsonStyle { plain, escaped };

/// An amount in ten-thousandths of the currency's unit, the precision that V2 shows.
struct Money {
  std::int64_t value = 0;
  friend Money operator+(Money a, Money b) { return {a.value + b.value}; }
  friend Money operator-(Money a, Money b) { return {a.value - b.value}; }
  friend Money operator*(Money a, std::int64_t n) { return {a.value * n}; }
};

/// Appends values to a text; commas come by themselves. The caller keeps the nesting right.
class JsonText {
 public:
  explicit JsonText(JsonStyle style = JsonStyle::plain) : style_(style) {}

  JsonText& open(char bracket) {
    separate();
    out_ += bracket;
    return *this;
  }
  JsonText& close(char bracket) {
    out_ += bracket;
    return *this;
  }
  JsonText& key(std::string_view name);

  JsonText& text(std::string_view value);
  JsonText& number(std::int64_t value);
  JsonText& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonText& null() { return raw("null"); }
  /// "12.5000", in quotes.
  JsonText& money(Money value);
  /// 12.5, without.
  JsonText& decimal(Money value);
  /// Text that is JSON already.
  JsonText& raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
  }

  JsonText& text(std::string_view name, std::string_view value) { return key(name).text(value); }
  JsonText& number(std::string_view name, std::int64_t value) { return key(name).number(value); }
  template <std::same_as<bool> Bool>
  JsonText& boolean(std::string_view name, Bool value) {
    return key(name).boolean(value);
  }
  JsonText& null(std::string_view name) { return key(name).null(); }
  JsonText& money(std::string_view name, Money value) { return key(name).money(value); }
  JsonText& decimal(std::string_view name, Money value) { return key(name).decimal(value); }
  JsonText& raw(std::string_view name, std::string_view json) { return key(name).raw(json); }

  void reserve(std::size_t bytes) { out_.reserve(bytes); }
  std::size_t size() const { return out_.size(); }
  std::string take() { return std::move(out_); }

 private:
  void separate() {
    if (out_.empty()) return;
    const char last = out_.back();
    if (last != '{' && last != '[' && last != ':') out_ += ',';
  }

  JsonStyle style_;
  std::string out_;
};

/// One member of an object's text: its name, its value's text, and where both lie.
struct JsonMember {
  std::string_view name;
  std::string_view value;
  std::size_t begin = 0;  // of the name's quote
  std::size_t end = 0;    // behind the value
};

/// Walks the members of an object at its first level; the closing brace may be missing.
class JsonMembers {
 public:
  explicit JsonMembers(std::string_view object) : text_(object) {}
  std::optional<JsonMember> next();

 private:
  void skip_value();

  std::string_view text_;
  std::size_t at_ = 0;
};

/// The text of one member's value; empty when there is none of that name.
std::string_view member_of(std::string_view object, std::string_view name);
/// The text at "shipping.0.id" within a value: names in objects, numbers in arrays; empty when it is not there.
std::string_view text_within(std::string_view value, std::string_view path);
/// How many items an array's text has; 1 for any other value, 0 for null and for nothing.
std::int64_t items_in(std::string_view value);
/// A value's text as a plain string: quotes taken off and escapes resolved; null is "".
std::string plain_text(std::string_view value);
/// Sets one member to a value's text, in its place or at the end.
void set_member(std::string& object, std::string_view name, std::string_view value);

}  // namespace sluice::sample_store
