#pragma once
// Text from outside made fit for JSON, a terminal and PostgreSQL.

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice {

/// `text` with every byte that is not part of well-formed UTF-8, and every NUL, replaced by U+FFFD.
std::string valid_utf8(std::string_view text);

/// At most `limit` bytes of valid UTF-8, never cut inside a character; "..." shows that something is missing.
std::string cut_utf8(std::string text, std::size_t limit);

}  // namespace sluice
