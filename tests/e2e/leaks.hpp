#pragma once
// Looking for secrets where they must not be, in every form that they take on their way through software.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

struct Canary {
  std::string name;
  std::string value;
};

class Leaks {
 public:
  void watch(std::string name, const std::string& value);
  /// What was seen at that place, if it holds a secret in any form: "base64 of the access token in the daemon's log".
  void look(const std::string& place, std::string_view text);
  /// All files below, but those of these names.
  void look_below(const std::filesystem::path& directory, const std::vector<std::string>& but);
  const std::vector<std::string>& found() const noexcept { return found_; }
  std::size_t looked_at() const noexcept { return bytes_; }

 private:
  struct Form {
    std::string what;
    std::string text;
  };
  std::vector<Form> forms_;
  std::vector<std::string> found_;
  std::size_t bytes_ = 0;
};

}  // namespace sluice
