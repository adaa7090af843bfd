#pragma once
// Small files that people write: configuration and secrets.

#include <filesystem>
#include <optional>
#include <string>

namespace sluice {

/// nullopt when `file` cannot be read, is a directory, or holds more than a mebibyte.
std::optional<std::string> read_text_file(const std::filesystem::path& file);

}  // namespace sluice
