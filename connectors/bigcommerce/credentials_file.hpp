#pragma once
// The credentials .txt file: "ACCESS TOKEN: …", "CLIENT ID: …", "API PATH: …" in any order and layout. Pure.

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

struct CredentialsFile {
  std::optional<std::string> access_token;
  std::optional<std::string> client_id;
  std::optional<std::string> api_path;
};

/// Keys are found wherever they stand, also when all is on one line. Keys that are not needed are passed over.
CredentialsFile read_credentials_file(std::string_view text);

}  // namespace sluice
