#pragma once
// A TCP port for a server that does not take port 0 and may come and go: no other test takes it meanwhile, and no
// connection, because it lies below the ports that the system gives to those.

#include <cstdint>

namespace sluice {

class ReservedPort {
 public:
  /// Throws std::runtime_error when there is none.
  ReservedPort();
  ~ReservedPort();
  ReservedPort(const ReservedPort&) = delete;
  ReservedPort& operator=(const ReservedPort&) = delete;

  std::uint16_t number() const noexcept { return number_; }

 private:
  std::uint16_t number_ = 0;
  int lock_ = -1;  // a file of that number, locked for as long as this lives
};

}  // namespace sluice
