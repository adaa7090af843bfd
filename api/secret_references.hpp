#pragma once
// Secrets that a document does not hold but names: a file or a variable on the daemon's side. A client of the API reads
// nothing through this that the operator did not lay out for it.

#include "core/json.hpp"
#include "core/secret.hpp"

#include <filesystem>
#include <string>

namespace sluice::api {

/// Where references may lead; nowhere by default.
struct SecretReferenceSettings {
  std::filesystem::path directory = {};  // of files; "" for none
  std::string variable_prefix = {};      // of environment variables; "" for none
};

/// Whether it is {"from_file": …} or {"from_env": …}, which is what the shape "secret_reference" lets through.
bool is_secret_reference(const Json& value);

/// Blocks. Throws Error{config, "secret_reference.refused"}: it leads elsewhere, to nothing, or to no text of at most
/// 64 KiB. A line end behind the secret is no part of it.
Secret read_secret(const SecretReferenceSettings& settings, const Json& reference);

}  // namespace sluice::api
