#pragma once
// Where the master keys are: a file that may be read again and replaced, or a text that a setting gave.

#include "storage/keyring.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace sluice {

struct MasterKeys {
  std::filesystem::path file;  // empty: `given`
  Secret given = Secret();
  bool may_create = false;  // a file with a first key, when there is none

  /// Throws Error{config, "secrets.…"} when the file cannot be read, others can read it, or it is malformed.
  Keyring load() const;
  /// Replaces the file as a whole; it keeps its owner and mode. Throws Error{config, "secrets.key_file_not_written"}.
  void replace(const Keyring& keyring) const;
  /// "the master key file /path" or "the setting secrets.master_key".
  std::string where() const;
};

/// Held by the one who changes the file. Throws Error{transient, "secrets.rotation_running"} while somebody else does.
class MasterKeysLock {
 public:
  explicit MasterKeysLock(const MasterKeys& keys);
  ~MasterKeysLock();
  MasterKeysLock(const MasterKeysLock&) = delete;
  MasterKeysLock& operator=(const MasterKeysLock&) = delete;

 private:
  int directory_ = -1;
};

}  // namespace sluice
