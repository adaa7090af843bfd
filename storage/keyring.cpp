#include "storage/keyring.hpp"

#include "core/error.hpp"

#include <sodium.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace sluice {
namespace {

constexpr std::size_t id_size = 8;
constexpr auto encoding = sodium_base64_VARIANT_ORIGINAL;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

Error bad_key(const std::string& what) { return {ErrorKind::config, "secrets.bad_master_key", what}; }

std::string id_of(const Secret& key) {
  std::string id(crypto_generichash_BYTES, '\0');
  crypto_generichash(bytes(id), id.size(), bytes(key.reveal()), key.reveal().size(), nullptr, 0);
  id.resize(id_size);
  return id;
}

std::optional<Secret> decode(std::string_view base64) {
  std::string key(Keyring::key_size, '\0');
  std::size_t decoded = 0;
  const int failure =
      sodium_base642bin(bytes(key), key.size(), base64.data(), base64.size(), " \t\r", &decoded, nullptr, encoding);
  if (failure != 0 || decoded != key.size()) return std::nullopt;
  return Secret(std::move(key));
}

}  // namespace

Keyring::Keyring(std::vector<Secret> keys) {
  if (sodium_init() < 0) throw Error(ErrorKind::bug, "secrets.no_randomness", "libsodium does not start");
  if (keys.empty()) throw bad_key("there must be a master key");
  for (Secret& key : keys) {
    if (key.reveal().size() != key_size) throw bad_key("a master key must have 32 bytes");
    std::string id = id_of(key);
    if (find(id) == nullptr) keys_.push_back({std::move(id), std::move(key)});
  }
}

Keyring Keyring::parse(const Secret& text, const std::string& where) {
  std::vector<Secret> keys;
  std::string_view rest = text.reveal();
  for (int number = 1; !rest.empty(); ++number) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto key = decode(line);
    if (!key) {
      throw bad_key(where + ": line " + std::to_string(number) +
                    " is not the base64 text of 32 bytes, as `openssl rand -base64 32` prints it");
    }
    keys.push_back(std::move(*key));
  }
  if (keys.empty()) throw bad_key(where + " holds no key: one line with the base64 text of 32 bytes is needed");
  return Keyring(std::move(keys));
}

Keyring Keyring::fresh() {
  if (sodium_init() < 0) throw Error(ErrorKind::bug, "secrets.no_randomness", "libsodium does not start");
  std::string key(key_size, '\0');
  randombytes_buf(key.data(), key.size());
  std::vector<Secret> keys;
  keys.emplace_back(std::move(key));
  return Keyring(std::move(keys));
}

const Keyring::Key* Keyring::find(std::string_view id) const noexcept {
  const auto found = std::find_if(keys_.begin(), keys_.end(), [&](const Key& key) { return key.id == id; });
  return found == keys_.end() ? nullptr : &*found;
}

void Keyring::append(const Keyring& other) {
  for (const Key& key : other.keys_) {
    if (find(key.id) == nullptr) keys_.push_back(key);
  }
}

void Keyring::remove(std::string_view id) {
  std::erase_if(keys_, [&](const Key& key) { return key.id == id; });
}

Secret Keyring::text() const {
  std::string text;
  text.reserve(keys_.size() * sodium_base64_ENCODED_LEN(key_size, encoding));
  for (const Key& key : keys_) {
    std::string line(sodium_base64_ENCODED_LEN(key_size, encoding), '\0');
    sodium_bin2base64(line.data(), line.size(), bytes(key.key.reveal()), key_size, encoding);
    line.back() = '\n';
    text += line;
    sodium_memzero(line.data(), line.size());
  }
  return Secret(std::move(text));
}

std::string show_key_id(std::string_view id) {
  std::string hex(id.size() * 2 + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), bytes(id), id.size());
  hex.pop_back();
  return hex;
}

}  // namespace sluice
