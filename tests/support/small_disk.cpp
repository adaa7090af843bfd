#include "tests/support/small_disk.hpp"

#include "tests/support/postgres_programs.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdexcept>

namespace sluice {

SmallDisk::SmallDisk(int megabytes) : path_(make_server_directory()) {
  struct stat owner{};
  ::stat(path_.c_str(), &owner);
  const std::string options = "size=" + std::to_string(megabytes) + "m,mode=0700,uid=" + std::to_string(owner.st_uid) +
                              ",gid=" + std::to_string(owner.st_gid);
  is_mounted_ = ::mount("tmpfs", path_.c_str(), "tmpfs", 0, options.c_str()) == 0;
}

SmallDisk::~SmallDisk() {
  if (is_mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void SmallDisk::fill_up_to(int megabytes) {
  const auto free = std::filesystem::space(path_).available;
  const auto left = static_cast<std::uintmax_t>(megabytes) << 20;
  if (free <= left) return;
  const int file = ::open(ballast().c_str(), O_WRONLY | O_CREAT, 0600);
  const int failure = ::posix_fallocate(file, 0, static_cast<off_t>(free - left));
  ::close(file);
  if (failure != 0) throw std::runtime_error("the small disk cannot be filled");
}

void SmallDisk::empty() { std::filesystem::remove(ballast()); }

}  // namespace sluice
