#pragma once
// Another master key in place of the one before, while daemons work. Every step is durable before the next begins and
// may be repeated, so a rotation that was killed is finished by the next one.

#include "storage/database.hpp"
#include "storage/master_keys.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

struct KeyUse {
  std::string id;
  bool is_sealing = false;
  bool is_in_keyring = false;
  std::int64_t secrets = 0;
  std::int64_t answers = 0;  // of requests under an Idempotency-Key
};

/// Every key of the keyring, and every other that something is sealed with.
std::vector<KeyUse> key_uses(Database& database, const MasterKeys& keys);

struct KeyRotation {
  std::string key;      // that seals now
  bool is_new = false;  // made by this rotation, and no unfinished one's
  std::int64_t resealed = 0;
  std::vector<std::string> unreadable;  // what it is, and why
  std::vector<std::string> retired;     // keys that nothing is sealed with any more
  bool is_file_written = true;          // without them, that is
};

/// `give_up`: go on without keys that are lost, and retire those of values that cannot be opened. Throws Error{config,
/// "secrets.…"} with what to do.
KeyRotation rotate_keys(Database& database, const MasterKeys& keys, bool give_up);

}  // namespace sluice
