#include "server/private_files.hpp"

#include "core/error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sluice {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& what) {
  throw Error(ErrorKind::config, "data.unusable",
              path.string() + ": " + what + ": " + std::strerror(errno) +
                  ". Choose another data.directory, or give this user the right to write there");
}

void replace(const std::filesystem::path& file, std::string_view text, mode_t mode) {
  const std::filesystem::path fresh = file.string() + ".new";
  ::unlink(fresh.c_str());
  const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (descriptor < 0) fail(fresh, "cannot be made");
  ::fchmod(descriptor, mode);
  bool written = true;
  for (std::string_view rest = text; written && !rest.empty();) {
    const ssize_t count = ::write(descriptor, rest.data(), rest.size());
    written = count > 0;
    if (written) rest.remove_prefix(static_cast<std::size_t>(count));
  }
  written = ::fsync(descriptor) == 0 && written;
  ::close(descriptor);
  if (!written || ::rename(fresh.c_str(), file.c_str()) != 0) fail(file, "cannot be written");
}

}  // namespace

void ensure_private_directory(const std::filesystem::path& directory) {
  std::error_code error;
  if (std::filesystem::is_directory(directory, error)) return;
  std::filesystem::create_directories(directory.parent_path(), error);
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) fail(directory, "cannot be made");
}

void write_private_file(const std::filesystem::path& file, std::string_view text) { replace(file, text, 0600); }

void write_public_file(const std::filesystem::path& file, std::string_view text) { replace(file, text, 0644); }

}  // namespace sluice
