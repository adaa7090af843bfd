#pragma once
// Secrets at rest: XChaCha20-Poly1305 with a data key per secret, wrapped by the master key. The associated data binds
// a ciphertext to its place, so that it cannot be moved to another row.

#include "core/secret.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace sluice {

class SecretBox {
 public:
  /// `master_key` is 32 bytes. Throws Error{config, "secrets.bad_master_key"} for any other length.
  explicit SecretBox(Secret master_key);

  /// Binary: version, algorithm, key id, nonce and wrapped data key, nonce and ciphertext.
  std::string seal(const Secret& secret, std::string_view place) const;
  /// Throws Error{config, "secrets.cannot_open"}: wrong key, wrong place, or altered.
  Secret open(std::string_view sealed, std::string_view place) const;

 private:
  Secret master_key_;
  std::string key_id_;
};

/// The key as a setting brings it; throws Error{config, "secrets.bad_master_key"}.
Secret decode_master_key(const Secret& base64);

/// Reads the base64 key in `file`; makes it (0600) when it does not exist and `may_create`. Throws
/// Error{config, "secrets.…"} when others can read it or it is malformed.
Secret load_master_key(const std::filesystem::path& file, bool may_create);

}  // namespace sluice
