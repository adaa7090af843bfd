#pragma once
// A disk of a few megabytes that can be filled: for what happens when there is no space. Mounting wants root.

#include <filesystem>
#include <string>

namespace sluice {

class SmallDisk {
 public:
  explicit SmallDisk(int megabytes);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  /// False where mounting is not allowed: the test cannot be made there.
  bool is_there() const noexcept { return is_mounted_; }
  const std::filesystem::path& path() const noexcept { return path_; }
  /// Takes all space but about `megabytes`.
  void fill_up_to(int megabytes);
  void empty();

 private:
  std::filesystem::path ballast() const { return path_ / "ballast"; }

  std::filesystem::path path_;
  bool is_mounted_ = false;
};

}  // namespace sluice
