#include "api/secret_references.hpp"

#include "core/error.hpp"
#include "core/utf8.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace sluice::api {
namespace {

constexpr std::size_t longest_secret = 64 * 1024;
constexpr std::string_view from_file = "from_file";
constexpr std::string_view from_env = "from_env";

Error refused(std::string detail) { return {ErrorKind::config, "secret_reference.refused", std::move(detail)}; }

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (is_open()) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  bool is_open() const { return number_ >= 0; }
  int number() const { return number_; }

 private:
  int number_;
};

/// The kernel resolves the path below `directory` and refuses each step that would leave it, symbolic links included:
/// there is no moment between a check and the opening.
int open_beneath(int directory, const std::string& path) {
  ::open_how how{};
  // A pipe must not hold us up.
  how.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how));
}

/// `path` as seen from the directory; nullopt when it does not even begin there.
std::optional<std::string> path_below(const std::filesystem::path& directory, const std::string& path) {
  if (!path.starts_with('/')) return path;
  std::string base = directory.string();
  if (!base.ends_with('/')) base += '/';
  if (!path.starts_with(base)) return std::nullopt;
  return path.substr(base.size());
}

std::string read_file(const SecretReferenceSettings& settings, const std::string& path) {
  if (settings.directory.empty()) {
    throw refused("this daemon reads no secrets from files: its operator sets api.secret_files to allow a directory");
  }
  const auto relative = path_below(settings.directory, path);
  if (!relative || relative->empty()) throw refused("the file must lie below the directory of api.secret_files");
  const Descriptor directory(::open(settings.directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open()) throw refused("the directory of api.secret_files cannot be opened");
  const Descriptor file(open_beneath(directory.number(), *relative));
  if (!file.is_open()) {
    const int reason = errno;
    if (reason == EXDEV || reason == ELOOP) throw refused("the file must lie below the directory of api.secret_files");
    if (reason == ENOSYS) throw refused("this kernel cannot keep a path below a directory (openat2, Linux 5.6)");
    throw refused("the file cannot be read: does it exist, and may the daemon?");
  }
  struct ::stat status{};
  if (::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode)) throw refused("it is no regular file");
  std::string text(longest_secret + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto got = ::read(file.number(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw refused("the file cannot be read");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return text;
}

std::string read_variable(const SecretReferenceSettings& settings, const std::string& name) {
  const std::string& prefix = settings.variable_prefix;
  if (prefix.empty()) {
    throw refused("this daemon reads no secrets from its environment: its operator sets api.secret_env_prefix");
  }
  if (!name.starts_with(prefix)) throw refused("the variable's name must begin with " + prefix);
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) throw refused("the daemon's environment has no such variable");
  return value;
}

}  // namespace

bool is_secret_reference(const Json& value) {
  return value.is_object() && (value.contains(from_file) || value.contains(from_env));
}

Secret read_secret(const SecretReferenceSettings& settings, const Json& reference) {
  if (reference.size() != 1) throw refused("name one place: from_file or from_env");
  const bool is_file = reference.contains(from_file);
  const Json& place = reference.begin().value();
  if (!place.is_string()) throw refused("the name of a file or variable is a string");
  const auto& name = place.get_ref<const std::string&>();
  if (name.find('\0') != std::string::npos) throw refused("the name holds U+0000");
  std::string text = is_file ? read_file(settings, name) : read_variable(settings, name);
  if (text.size() > longest_secret) throw refused("the secret has more than 64 KiB");
  text.erase(text.find_last_not_of("\r\n") + 1);
  if (text.empty()) throw refused("the secret is empty");
  if (valid_utf8(text) != text) throw refused("the secret is no UTF-8 text");
  return Secret(std::move(text));
}

}  // namespace sluice::api
