#include "tests/e2e/leaks.hpp"

#include "core/http.hpp"
#include "core/json.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

namespace sluice {
namespace {

constexpr std::size_t piece = 12;

std::string base64_of(std::string_view bytes) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i + 3 <= bytes.size(); i += 3) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned>(static_cast<unsigned char>(bytes[at])); };
    const unsigned three = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
    for (const unsigned shift : {18U, 12U, 6U, 0U}) text.push_back(letters[three >> shift & 63U]);
  }
  return text;
}

std::string hex_of(std::string_view bytes, std::string_view digits) {
  std::string text;
  for (const char byte : bytes) {
    text.push_back(digits[static_cast<unsigned char>(byte) >> 4U]);
    text.push_back(digits[static_cast<unsigned char>(byte) & 15U]);
  }
  return text;
}

std::string json_of(const std::string& text) {
  const std::string quoted = Json(text).dump(-1, ' ', true, Json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

void Leaks::watch(std::string name, const std::string& value) {
  const auto add = [&](const std::string& form, std::string text) {
    if (text.size() >= piece) forms_.push_back({form + " of the " + name, std::move(text)});
  };
  add("the text", value);
  add("the first letters", value.substr(0, piece));
  add("the last letters", value.substr(value.size() - piece));
  add("the reverse", std::string(value.rbegin(), value.rend()));
  add("the hex", hex_of(value, "0123456789abcdef"));
  add("the HEX", hex_of(value, "0123456789ABCDEF"));
  add("the URL form", percent_encode(value));
  add("the JSON form", json_of(value));
  // Whatever stands in front: one of the three shows the same letters.
  for (std::size_t skipped = 0; skipped < 3; ++skipped) add("base64", base64_of(value.substr(skipped)));
}

void Leaks::look(const std::string& place, std::string_view text) {
  bytes_ += text.size();
  for (const Form& form : forms_) {
    // Much faster than find() in files of many megabytes.
    const void* found = ::memmem(text.data(), text.size(), form.text.data(), form.text.size());
    if (found == nullptr) continue;
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
    const auto begin = at < 120 ? 0 : at - 120;
    found_.push_back(form.what + " in " + place + ": …" + std::string(text.substr(begin, at - begin)) + "<here>");
  }
}

void Leaks::look_below(const std::filesystem::path& directory, const std::vector<std::string>& but) {
  std::error_code gone;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory, gone)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file(gone) || std::find(but.begin(), but.end(), name) != but.end()) continue;
    look(entry.path().string(), content_of(entry.path()));
  }
}

}  // namespace sluice
