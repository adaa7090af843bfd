#pragma once
// A credential in memory. It does not print or format, is compared in constant time, and is wiped when it goes.

#include <iosfwd>
#include <string>
#include <string_view>

namespace sluice {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) noexcept : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  /// The plain text, for the one call that sends it. Never for a log or an answer.
  const std::string& reveal() const noexcept { return value_; }
  bool empty() const noexcept { return value_.empty(); }
  bool equals(std::string_view other) const noexcept;

 private:
  void wipe() noexcept;
  std::string value_;
};

std::ostream& operator<<(std::ostream&, const Secret&) = delete;

}  // namespace sluice
