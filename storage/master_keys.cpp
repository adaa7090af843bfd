#include "storage/master_keys.hpp"

#include "core/error.hpp"

#include <sodium.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice {
namespace {

namespace fs = std::filesystem;

/// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const noexcept { return number_; }

 private:
  int number_;
};

Error bad_key_file(const fs::path& file, std::string_view reason, std::string_view what_to_do) {
  return {ErrorKind::config, "secrets." + std::string(reason),
          "the master key file " + file.string() + " " + std::string(what_to_do)};
}

Error not_written(const fs::path& file, int reason) {
  return bad_key_file(file, "key_file_not_written",
                      std::string("cannot be written: ") + std::strerror(reason) +
                          "; run this as the file's owner, or, where it may only be read, put the new key "
                          "(`openssl rand -base64 32`) in front of its lines yourself");
}

Secret read_whole(const fs::path& file, int descriptor) {
  struct stat status{};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    throw bad_key_file(file, "bad_key_file", "is no regular file");
  }
  // systemd hands root's credential over to a service of another user by ACL, which shows as "readable by the group".
  const bool is_handed_over = status.st_uid == 0 && status.st_gid == 0 && ::geteuid() != 0;
  const mode_t allowed = S_IRWXU | (is_handed_over ? S_IRGRP : 0U);
  if ((status.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO) & ~allowed) != 0) {
    throw bad_key_file(file, "key_file_is_open", "can be read by others: chmod 600 it");
  }
  std::array<char, 16 * 1024> text{};
  const ssize_t length = ::read(descriptor, text.data(), text.size());
  Secret whole(std::string(text.data(), length < 0 ? 0 : static_cast<std::size_t>(length)));
  sodium_memzero(text.data(), text.size());
  return whole;
}

bool write_durably(int descriptor, const Secret& text) {
  return ::write(descriptor, text.reveal().data(), text.reveal().size()) ==
             static_cast<ssize_t>(text.reveal().size()) &&
         fsync(descriptor) == 0;
}

/// Written whole under another name first: a crash never leaves half a key, and of two daemons that start together one
/// makes the key and both use it.
void make_key_file(const fs::path& file) {
  const Secret text = Keyring::fresh().text();
  std::string draft = file.string() + ".XXXXXX";
  const Descriptor out(mkostemp(draft.data(), O_CLOEXEC));
  if (out.get() < 0) throw not_written(file, errno);
  const bool is_written = fchmod(out.get(), S_IRUSR | S_IWUSR) == 0 && write_durably(out.get(), text);
  const bool is_placed = is_written && (link(draft.c_str(), file.c_str()) == 0 || errno == EEXIST);
  const int reason = errno;
  unlink(draft.c_str());
  if (!is_placed) throw not_written(file, reason);
}

/// Of a new file: as the one that it replaces. Only root may give files away, and must, or the daemon could not read
/// what root has written.
bool take_after(int descriptor, const struct stat& before) {
  struct stat status{};
  if (fstat(descriptor, &status) != 0) return false;
  const bool is_owned = status.st_uid == before.st_uid && status.st_gid == before.st_gid;
  return (is_owned || fchown(descriptor, before.st_uid, before.st_gid) == 0) &&
         fchmod(descriptor, before.st_mode & 07777U) == 0;
}

/// What a link points to: the link stays.
fs::path place_of(const fs::path& file) {
  std::error_code none;
  const fs::path place = fs::canonical(file, none);
  return none ? file : place;
}

}  // namespace

Keyring MasterKeys::load() const {
  if (file.empty()) return Keyring::parse(given, where());
  if (may_create && !fs::exists(file)) make_key_file(file);
  const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (in.get() < 0) throw bad_key_file(file, "no_key_file", "cannot be read: " + std::string(std::strerror(errno)));
  return Keyring::parse(read_whole(file, in.get()), where());
}

void MasterKeys::replace(const Keyring& keyring) const {
  const fs::path place = place_of(file);
  const fs::path draft = place.string() + ".new";
  // Of one who was killed here; the lock tells that nobody else is at it.
  ::unlink(draft.c_str());
  struct stat before{};
  if (stat(place.c_str(), &before) != 0) throw not_written(file, errno);
  const Descriptor out(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (out.get() < 0) throw not_written(file, errno);
  const bool is_placed = write_durably(out.get(), keyring.text()) && take_after(out.get(), before) &&
                         rename(draft.c_str(), place.c_str()) == 0;
  const int reason = errno;
  if (!is_placed) {
    unlink(draft.c_str());
    throw not_written(file, reason);
  }
  // What is sealed with a new key must not outlive it, whatever happens to the machine.
  const Descriptor directory(::open(place.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || fsync(directory.get()) != 0) throw not_written(file, errno);
}

std::string MasterKeys::where() const {
  return file.empty() ? "the setting secrets.master_key" : "the master key file " + file.string();
}

MasterKeysLock::MasterKeysLock(const MasterKeys& keys) {
  if (keys.file.empty()) return;
  directory_ = ::open(place_of(keys.file).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory_ < 0 || flock(directory_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  ::close(directory_);
  throw Error(ErrorKind::transient, "secrets.rotation_running",
              "somebody else rotates the keys of " + keys.where() + ": wait for them");
}

MasterKeysLock::~MasterKeysLock() {
  if (directory_ >= 0) ::close(directory_);
}

}  // namespace sluice
