#include "scheduler/webhook_signature.hpp"

#include "core/error.hpp"

#include <sodium.h>

#include <array>
#include <vector>

namespace sluice {
namespace {

constexpr std::string_view prefix = "whsec_";
constexpr auto encoding = sodium_base64_VARIANT_ORIGINAL;

/// Wiped when it goes.
class Key {
 public:
  explicit Key(const Secret& secret) : bytes_(secret.reveal().size()) {
    const std::string_view text = secret.reveal();
    std::size_t size = 0;
    const bool is_good = text.starts_with(prefix) && text.size() > prefix.size() &&
                         sodium_base642bin(bytes_.data(), bytes_.size(), text.data() + prefix.size(),
                                           text.size() - prefix.size(), nullptr, &size, nullptr, encoding) == 0;
    if (!is_good) throw Error(ErrorKind::config, "webhook.bad_secret", "the signing secret is not whsec_ and base64");
    bytes_.resize(size);
  }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  ~Key() { sodium_memzero(bytes_.data(), bytes_.size()); }

  const unsigned char* data() const { return bytes_.data(); }
  std::size_t size() const { return bytes_.size(); }

 private:
  std::vector<unsigned char> bytes_;
};

}  // namespace

std::string webhook_signature(const Secret& secret, std::string_view message_id, std::int64_t timestamp,
                              std::string_view body) {
  const Key key(secret);
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, key.data(), key.size());
  const auto add = [&state](std::string_view part) {
    crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(part.data()), part.size());
  };
  add(message_id);
  add("." + std::to_string(timestamp) + ".");
  add(body);
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac{};
  crypto_auth_hmacsha256_final(&state, mac.data());
  std::array<char, sodium_base64_ENCODED_LEN(mac.size(), encoding)> encoded{};
  sodium_bin2base64(encoded.data(), encoded.size(), mac.data(), mac.size(), encoding);
  return "v1," + std::string(encoded.data());
}

Headers webhook_headers(const Secret& secret, const std::string& message_id, std::int64_t timestamp,
                        std::string_view body) {
  return {{"webhook-id", message_id},
          {"webhook-timestamp", std::to_string(timestamp)},
          {"webhook-signature", webhook_signature(secret, message_id, timestamp, body)}};
}

}  // namespace sluice
