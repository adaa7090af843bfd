#pragma once
// The master keys: the first is meant to seal, all of them open. As text, one key per line, each the base64 of 32
// bytes.

#include "core/secret.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

class Keyring {
 public:
  static constexpr std::size_t key_size = 32;

  struct Key {
    std::string id;  // 8 bytes, from the key; no secret
    Secret key;
  };

  Keyring() = default;
  /// Each of `key_size` bytes; throws Error{config, "secrets.bad_master_key"} otherwise, and when there is none.
  explicit Keyring(std::vector<Secret> keys);
  /// `where` begins the error: "the master key file /path".
  static Keyring parse(const Secret& text, const std::string& where);
  /// One key that nobody had before.
  static Keyring fresh();

  const std::vector<Key>& keys() const noexcept { return keys_; }
  const Key& first() const { return keys_.front(); }
  const Key* find(std::string_view id) const noexcept;
  /// Behind its own, those of `other` that it does not have.
  void append(const Keyring& other);
  void remove(std::string_view id);
  Secret text() const;

 private:
  std::vector<Key> keys_;
};

/// As people read it: 16 hexadecimal digits.
std::string show_key_id(std::string_view id);

}  // namespace sluice
