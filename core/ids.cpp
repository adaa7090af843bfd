#include "core/ids.hpp"

#include <sodium.h>

#include <array>
#include <cstdint>

namespace sluice {
namespace {
constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
}

std::string make_ulid(Time now) {
  auto milliseconds =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
  std::string out(26, '0');
  for (std::size_t i = 10; i-- > 0;) {
    out[i] = alphabet[milliseconds & 31U];
    milliseconds >>= 5U;
  }
  std::array<unsigned char, 16> random{};
  randombytes_buf(random.data(), random.size());
  for (std::size_t i = 0; i < 16; ++i) out[10 + i] = alphabet[random[i] & 31U];
  return out;
}

bool is_ulid(std::string_view text) {
  return text.size() == 26 && text.find_first_not_of(alphabet) == std::string_view::npos;
}

}  // namespace sluice
