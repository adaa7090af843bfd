#pragma once
// Decoding of gzip bodies, in slices, within limits: a small body that unfolds without end is refused early.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace sluice {

class Gunzip {
 public:
  /// `expected`: about how large the result will be.
  Gunzip(std::size_t limit, std::size_t expected);
  ~Gunzip();

  /// Throws Error{transient, "http.too_large"}, also when the ratio is not that of honest data, and
  /// Error{transient, "http.bad_encoding"}.
  void push(std::string_view slice);
  /// The result; throws Error{transient, "http.truncated"} when something is missing.
  std::string finish();

 private:
  struct Stream;
  void check_size() const;
  std::unique_ptr<Stream> stream_;
  std::size_t limit_;
  std::size_t taken_ = 0;
  bool is_complete_ = false;
  std::string out_;
};

}  // namespace sluice
