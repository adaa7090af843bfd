#pragma once
// Randomness that depends on nothing but its seed: the same seed, stream and id always give the same numbers, on every
// machine and in whatever order rows are made.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sluice::sample_store {

class Dice {
 public:
  Dice(std::uint64_t seed, std::string_view stream, std::int64_t id) : state_(seed * 0x9E3779B97F4A7C15ULL) {
    for (const char c : stream) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    state_ ^= static_cast<std::uint64_t>(id) * 0xD1B54A32D192ED03ULL;
    next();
  }

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
  }
  /// 0 <= result < limit; limit must be above 0.
  std::int64_t below(std::int64_t limit) {
    return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(limit));
  }
  std::int64_t between(std::int64_t low, std::int64_t high) { return low + below(high - low + 1); }
  bool chance(int percent) { return below(100) < percent; }
  template <class Items>
  const auto& pick(const Items& items) {
    return items[static_cast<std::size_t>(below(static_cast<std::int64_t>(std::size(items))))];
  }
  std::string hex(std::size_t digits) {
    std::string text;
    while (text.size() < digits) text += "0123456789abcdef"[next() & 15U];
    return text;
  }
  std::string uuid() { return hex(8) + "-" + hex(4) + "-4" + hex(3) + "-a" + hex(3) + "-" + hex(12); }

 private:
  std::uint64_t state_;
};

}  // namespace sluice::sample_store
