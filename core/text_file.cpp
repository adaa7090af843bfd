#include "core/text_file.hpp"

#include <fstream>
#include <system_error>

namespace sluice {

std::optional<std::string> read_text_file(const std::filesystem::path& file) {
  constexpr std::size_t limit = 1024 * 1024;
  std::error_code ignored;
  // A directory opens well and only fails to read.
  if (std::filesystem::is_directory(file, ignored)) return std::nullopt;
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;

  std::string text(limit + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad() || text.size() > limit) return std::nullopt;
  return text;
}

}  // namespace sluice
