#pragma once
// Sealed secrets in the control database, by the row they belong to. Private to storage/*.cpp.

#include "core/json.hpp"
#include "core/secret.hpp"
#include "storage/secrets.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace sluice {

class Tx;

/// What an integration logs in to its source with.
inline constexpr const char* token_name = "access_token";
/// What binds a sealed secret to its row.
std::string secret_place(const std::string& owner, const std::string& name, std::int64_t version);

/// Replaces what `owner` had under that name. The caller holds the owner's row. `reference`: where it came from, null
/// when somebody sent the secret itself.
void keep_secret(Tx& tx, const SecretBox& box, const std::string& owner, const std::string& name, const Secret& secret,
                 const Json& reference);
std::optional<Secret> kept_secret(Tx& tx, const SecretBox& box, const std::string& owner, const std::string& name);
/// Rises each time that it is replaced; 0: there is none.
std::int64_t kept_version(Tx& tx, const std::string& owner, const std::string& name);
Json kept_reference(Tx& tx, const std::string& owner, const std::string& name);
void forget_secrets(Tx& tx, const std::string& owner);

}  // namespace sluice
