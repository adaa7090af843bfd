#include "tests/e2e/leaks.hpp"

#include "core/http.hpp"
#include "core/json.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <mutex>
#include <set>
#include <utility>

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

std::uint64_t beginning_of(std::string_view text) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, text.data(), sizeof bits);
  return bits;
}

std::size_t bit_of(std::uint64_t beginning) { return beginning * 0x9E3779B97F4A7C15U >> 48U; }

struct NotedSecrets {
  std::mutex mutex;
  std::set<std::pair<std::string, std::string>> all;  // name and value
};

NotedSecrets& noted_secrets() {
  static NotedSecrets noted;
  return noted;
}

bool is_secret(const std::string& member, const std::string& value) {
  // Elsewhere "token" is the id of one.
  if (member == "token") return value.starts_with("slc_");
  return member == "access_token" || member == "password" || member == "secret";
}

}  // namespace

void note_secrets(const Json& body) {
  if (!body.is_structured()) return;
  for (const auto& [member, value] : body.items()) {
    note_secrets(value);
    if (!value.is_string() || !is_secret(member, value.get<std::string>())) continue;
    const std::lock_guard lock(noted_secrets().mutex);
    noted_secrets().all.emplace(member, value.get<std::string>());
  }
}

void watch_noted_secrets(Leaks& leaks) {
  const std::lock_guard lock(noted_secrets().mutex);
  for (const auto& [name, value] : noted_secrets().all) leaks.watch(name, value);
}

void Leaks::add(std::string what, std::string text) {
  if (text.size() < piece) return;
  const std::uint64_t beginning = beginning_of(text);
  beginnings_.set(bit_of(beginning));
  by_beginning_.emplace(beginning, forms_.size());
  forms_.push_back({std::move(what), std::move(text)});
}

void Leaks::watch(const std::string& name, const std::string& value) {
  if (value.size() < piece || !watched_.insert(value).second) return;
  add("the text of the " + name, value);
  for (const auto& [what, part] :
       {std::pair("first", value.substr(0, piece)), std::pair("last", value.substr(value.size() - piece))}) {
    // A row of zeros is a piece of much else.
    if (std::unordered_set<char>(part.begin(), part.end()).size() >= piece / 2) {
      add("the " + std::string(what) + " letters of the " + name, part);
    }
  }
  add("the reverse of the " + name, std::string(value.rbegin(), value.rend()));
  add("the hex of the " + name, hex_of(value, "0123456789abcdef"));
  add("the HEX of the " + name, hex_of(value, "0123456789ABCDEF"));
  add("the URL form of the " + name, percent_encode(value));
  add("the JSON form of the " + name, json_of(value));
  // Whatever stands in front: one of the three shows the same letters.
  for (std::size_t skipped = 0; skipped < 3; ++skipped) add("base64 of the " + name, base64_of(value.substr(skipped)));
}

void Leaks::look(const std::string& place, std::string_view text) {
  bytes_ += text.size();
  std::unordered_set<std::size_t> found;
  for (std::size_t at = 0; at + piece <= text.size(); ++at) {
    const std::uint64_t beginning = beginning_of(text.substr(at));
    if (!beginnings_.test(bit_of(beginning))) continue;
    const auto [first, last] = by_beginning_.equal_range(beginning);
    for (auto it = first; it != last; ++it) {
      const Form& form = forms_[it->second];
      if (!text.substr(at).starts_with(form.text) || !found.insert(it->second).second) continue;
      const auto begin = at < 120 ? 0 : at - 120;
      found_.push_back(form.what + " in " + place + ": …" + std::string(text.substr(begin, at - begin)) + "<here>");
    }
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
