#pragma once
// Secrets at rest: XChaCha20-Poly1305 with a data key per secret, wrapped by a master key. The associated data binds a
// ciphertext to its place, so that it cannot be moved to another row.

#include "core/secret.hpp"
#include "storage/master_keys.hpp"

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// May be used by several threads. A key that it does not know it looks for in the file again, once per call: somebody
/// may have rotated. A key once known stays so, for what was read of the database just before a rotation.
class SecretBox {
 public:
  /// Throws what MasterKeys::load throws.
  explicit SecretBox(MasterKeys source);
  /// These keys and no others.
  explicit SecretBox(Keyring keyring) : keyring_(std::move(keyring)) {}

  /// The one that its source wants for sealing.
  std::string preferred_key() const;
  /// Binary: version, algorithm, key id, nonce and wrapped data key, nonce and ciphertext. Throws Error{config,
  /// "secrets.unknown_key"} when there is no such key.
  std::string seal(const Secret& secret, std::string_view place, const std::string& key_id) const;
  /// Throws Error{config, "secrets.cannot_open"}: unknown key, wrong place, or altered.
  Secret open(std::string_view sealed, std::string_view place) const;
  /// Error{config, "secrets.unknown_key"} unless the key is there.
  void expect_key(const std::string& key_id) const;

 private:
  std::optional<Secret> key(std::string_view id) const;
  std::string where() const;

  const std::optional<MasterKeys> source_;
  mutable std::mutex mutex_;
  mutable Keyring keyring_;
};

}  // namespace sluice
