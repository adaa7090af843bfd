#pragma once
// Base 64, as cursors are written; with padding or without.

#include <optional>
#include <string>
#include <string_view>

namespace sluice::sample_store {

std::string encode_base64(std::string_view bytes, bool padded);
/// nullopt for anything but base 64; padding may be missing.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace sluice::sample_store
