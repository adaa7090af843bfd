#include "api/cursor.hpp"

#include <sodium.h>

namespace sluice::api {
namespace {

constexpr auto encoding = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
constexpr std::size_t longest_cursor = 1024;

std::string opening(std::string_view list) { return "1\n" + std::string(list) + "\n"; }

}  // namespace

std::string encode_cursor(std::string_view list, std::string_view after) {
  const std::string plain = opening(list) + std::string(after);
  std::string text(sodium_base64_encoded_len(plain.size(), encoding), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(plain.data()), plain.size(),
                    encoding);
  text.pop_back();
  return text;
}

std::optional<std::string> decode_cursor(std::string_view list, std::string_view cursor) {
  if (cursor.empty() || cursor.size() > longest_cursor) return std::nullopt;
  std::string plain(cursor.size(), '\0');
  std::size_t size = 0;
  const int failed = sodium_base642bin(reinterpret_cast<unsigned char*>(plain.data()), plain.size(), cursor.data(),
                                       cursor.size(), nullptr, &size, nullptr, encoding);
  if (failed != 0) return std::nullopt;
  plain.resize(size);
  const std::string expected = opening(list);
  if (!plain.starts_with(expected) || plain.size() == expected.size()) return std::nullopt;
  plain.erase(0, expected.size());
  if (plain.find('\0') != std::string::npos) return std::nullopt;
  // libsodium takes some bytes beyond ASCII for letters of its alphabet.
  if (encode_cursor(list, plain) != cursor) return std::nullopt;
  return plain;
}

}  // namespace sluice::api
