#include "tests/sample_store/json_text.hpp"

#include "core/json.hpp"

#include <array>
#include <charconv>

namespace sluice::sample_store {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

void append_unit(std::string& out, unsigned unit) {
  out += "\\u";
  for (const unsigned shift : {12U, 8U, 4U, 0U}) out += hex_digits[(unit >> shift) & 0xFU];
}

/// The code point at `at`, which is moved behind it. The texts here are our own and valid UTF-8.
unsigned take_code_point(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  const unsigned more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  unsigned point = lead & (0x3FU >> more);
  for (unsigned i = 0; i < more && at < text.size(); ++i) {
    point = point << 6U | (static_cast<unsigned char>(text[at++]) & 0x3FU);
  }
  return point;
}

void append_code_point(std::string& out, unsigned point) {
  if (point < 0x10000) return append_unit(out, point);
  append_unit(out, 0xD800U + ((point - 0x10000U) >> 10U));
  append_unit(out, 0xDC00U + ((point - 0x10000U) & 0x3FFU));
}

bool is_plain(char c, bool escaped_style) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x20 || c == '"' || c == '\\') return false;
  return !escaped_style || (byte < 0x80 && c != '/');
}

void append_integer(std::string& out, std::int64_t value) {
  std::array<char, 24> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  out.append(buffer.data(), end);
}

/// The four decimals as digits.
std::array<char, 4> decimals_of(std::int64_t fraction) {
  std::array<char, 4> digits{};
  for (std::size_t i = digits.size(); i-- > 0; fraction /= 10) digits[i] = static_cast<char>('0' + fraction % 10);
  return digits;
}

}  // namespace

JsonText& JsonText::key(std::string_view name) {
  separate();
  out_ += '"';
  out_ += name;
  out_ += "\":";
  return *this;
}

JsonText& JsonText::text(std::string_view value) {
  separate();
  out_ += '"';
  const bool escaped = style_ == JsonStyle::escaped;
  std::size_t at = 0;
  while (at < value.size()) {
    std::size_t end = at;
    while (end < value.size() && is_plain(value[end], escaped)) ++end;
    out_.append(value, at, end - at);
    at = end;
    if (at == value.size()) break;
    const char c = value[at];
    if (c == '"' || c == '\\' || c == '/') {
      out_ += '\\';
      out_ += c;
      ++at;
    } else if (c == '\n') {
      out_ += "\\n";
      ++at;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      append_unit(out_, static_cast<unsigned char>(c));
      ++at;
    } else {
      append_code_point(out_, take_code_point(value, at));
    }
  }
  out_ += '"';
  return *this;
}

JsonText& JsonText::number(std::int64_t value) {
  separate();
  append_integer(out_, value);
  return *this;
}

JsonText& JsonText::money(Money amount) {
  separate();
  out_ += amount.value < 0 ? "\"-" : "\"";
  const std::int64_t value = amount.value < 0 ? -amount.value : amount.value;
  append_integer(out_, value / 10000);
  out_ += '.';
  const auto digits = decimals_of(value % 10000);
  out_.append(digits.data(), digits.size());
  out_ += '"';
  return *this;
}

JsonText& JsonText::decimal(Money amount) {
  separate();
  if (amount.value < 0) out_ += '-';
  const std::int64_t value = amount.value < 0 ? -amount.value : amount.value;
  append_integer(out_, value / 10000);
  if (value % 10000 == 0) return *this;
  const auto digits = decimals_of(value % 10000);
  std::size_t length = digits.size();
  while (digits[length - 1] == '0') --length;
  out_ += '.';
  out_.append(digits.data(), length);
  return *this;
}

void JsonMembers::skip_value() {
  int depth = 0;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '"') {
      for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
        if (text_[at_] == '\\') ++at_;
      }
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return;
      --depth;
    } else if (c == ',' && depth == 0) {
      return;
    }
    ++at_;
  }
}

std::optional<JsonMember> JsonMembers::next() {
  while (at_ < text_.size() && text_[at_] != '"') {
    if (text_[at_] == '}') return std::nullopt;
    ++at_;
  }
  if (at_ >= text_.size()) return std::nullopt;
  JsonMember member;
  member.begin = at_;
  const std::size_t name_end = text_.find('"', at_ + 1);
  member.name = text_.substr(at_ + 1, name_end - at_ - 1);
  at_ = name_end + 2;
  const std::size_t value_begin = at_;
  skip_value();
  member.value = text_.substr(value_begin, at_ - value_begin);
  member.end = at_;
  return member;
}

std::string_view member_of(std::string_view object, std::string_view name) {
  JsonMembers members(object);
  while (const auto member = members.next()) {
    if (member->name == name) return member->value;
  }
  return {};
}

namespace {
/// The items of an array's text, one after the other.
template <class Visit>
void for_each_item(std::string_view array, Visit visit) {
  int depth = 0;
  std::size_t begin = 1;
  for (std::size_t at = 1; at < array.size(); ++at) {
    const char c = array[at];
    if (c == '"') {
      for (++at; at < array.size() && array[at] != '"'; ++at) {
        if (array[at] == '\\') ++at;
      }
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (depth > 0 && (c == '}' || c == ']')) {
      --depth;
    } else if (depth == 0 && (c == ',' || c == ']')) {
      if (at > begin && !visit(array.substr(begin, at - begin))) return;
      begin = at + 1;
    }
  }
}
}  // namespace

std::string_view text_within(std::string_view value, std::string_view path) {
  while (!path.empty() && !value.empty()) {
    const auto dot = path.find('.');
    const std::string_view name = path.substr(0, dot);
    path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
    if (!value.starts_with('[')) {
      value = value.starts_with('{') ? member_of(value, name) : std::string_view{};
      continue;
    }
    std::size_t left = 0;
    std::from_chars(name.data(), name.data() + name.size(), left);
    std::string_view found;
    for_each_item(value, [&](std::string_view item) {
      if (left-- > 0) return true;
      found = item;
      return false;
    });
    value = found;
  }
  return value;
}

std::int64_t items_in(std::string_view value) {
  if (value.empty() || value == "null") return 0;
  if (!value.starts_with('[')) return 1;
  std::int64_t count = 0;
  for_each_item(value, [&](std::string_view) { return ++count > 0; });
  return count;
}

std::string plain_text(std::string_view value) {
  if (value.empty() || value == "null") return {};
  if (value.front() != '"') return std::string(value);
  if (value.find('\\') == std::string_view::npos) return std::string(value.substr(1, value.size() - 2));
  return Json::parse(value).get<std::string>();
}

void set_member(std::string& object, std::string_view name, std::string_view value) {
  JsonMembers members(object);
  while (const auto member = members.next()) {
    if (member->name != name) continue;
    const std::size_t length = member->value.size();
    object.replace(member->end - length, length, value);
    return;
  }
  const bool closed = !object.empty() && object.back() == '}';
  if (closed) object.pop_back();
  if (object.size() > 1) object += ',';
  object.append("\"").append(name).append("\":").append(value);
  if (closed) object += '}';
}

}  // namespace sluice::sample_store
