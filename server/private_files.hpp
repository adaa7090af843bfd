#pragma once
// Files of the daemon that nobody else may read.

#include "core/secret.hpp"

#include <filesystem>
#include <string_view>

namespace sluice {

/// Makes the directory, for its owner only, if it is not there. Throws Error{config, "data.unusable"} with the reason.
void ensure_private_directory(const std::filesystem::path& directory);
/// Replaces the file as a whole; its mode is 0600 from the first byte on.
void write_private_file(const std::filesystem::path& file, std::string_view text);
/// Replaces the file as a whole; anyone may read it.
void write_public_file(const std::filesystem::path& file, std::string_view text);

}  // namespace sluice
