#pragma once
// Looking for secrets where they must not be, in every form that they take on their way through software.

#include "core/json.hpp"

#include <bitset>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace sluice {

class Leaks {
 public:
  /// Nothing of a value that is shorter than a piece of one: it stands in much else.
  void watch(const std::string& name, const std::string& value);
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
  void add(std::string what, std::string text);

  std::vector<Form> forms_;
  std::unordered_set<std::string> watched_;
  // Where forms begin with these eight bytes. The bits tell most other bytes at once.
  std::unordered_multimap<std::uint64_t, std::size_t> by_beginning_;
  std::bitset<std::size_t{1} << 16U> beginnings_;
  std::vector<std::string> found_;
  std::size_t bytes_ = 0;
};

/// What this program's tests have told daemons in confidence, or heard from them so: tokens, passwords, secrets of
/// webhooks, in the members of bodies that hold them. From any thread.
void note_secrets(const Json& body);
/// All of that.
void watch_noted_secrets(Leaks& leaks);

}  // namespace sluice
