#include "api/etag.hpp"

#include <sodium.h>

#include <array>

namespace sluice::api {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool lists(std::string_view header, std::string_view tag, bool weakly) {
  while (!header.empty()) {
    const auto comma = header.find(',');
    std::string_view item = trimmed(header.substr(0, comma));
    header = comma == std::string_view::npos ? std::string_view{} : header.substr(comma + 1);
    if (weakly && item.starts_with("W/")) item.remove_prefix(2);
    if (item == tag) return true;
  }
  return false;
}

}  // namespace

std::string etag_of(std::int64_t generation) { return "\"" + std::to_string(generation) + "\""; }

bool fits_if_match(std::string_view header, std::int64_t generation) {
  return trimmed(header) == "*" || lists(header, etag_of(generation), false);
}

bool fits_if_none_match(std::string_view header, std::int64_t generation) {
  return trimmed(header) == "*" || lists(header, etag_of(generation), true);
}

std::string weak_etag_of(std::string_view body) {
  std::array<unsigned char, 16> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(body.data()), body.size(),
                     nullptr, 0);
  std::array<char, 2 * hash.size() + 1> hex{};
  sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
  return "W/\"" + std::string(hex.data()) + "\"";
}

bool fits_if_none_match(std::string_view header, std::string_view weak_etag) {
  return trimmed(header) == "*" || lists(header, weak_etag.substr(2), true);
}

}  // namespace sluice::api
