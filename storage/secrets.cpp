#include "storage/secrets.hpp"

#include "core/error.hpp"
#include "core/log.hpp"

#include <sodium.h>

#include <utility>

namespace sluice {
namespace {

constexpr char format_version = 1;
constexpr char algorithm_xchacha20_poly1305 = 1;
constexpr std::size_t key_size = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t key_id_size = 8;
constexpr std::size_t wrapped_key_size = nonce_size + key_size + tag_size;
constexpr std::size_t header_size = 2 + key_id_size;

// What is authenticated with each of the two ciphertexts begins differently, so that neither passes for the other.
constexpr std::string_view key_context = "sluice data key|";
constexpr std::string_view text_context = "sluice secret|";

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

/// Nonce and ciphertext with its tag.
std::string encrypt(std::string_view plain, std::string_view key, const std::string& associated) {
  std::string out(nonce_size + plain.size() + tag_size, '\0');
  randombytes_buf(out.data(), nonce_size);
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes(out) + nonce_size, nullptr, bytes(plain), plain.size(),
                                             bytes(associated), associated.size(), nullptr, bytes(out), bytes(key));
  return out;
}

bool decrypt(std::string_view sealed, std::string_view key, const std::string& associated, Secret& plain) {
  if (sealed.size() < nonce_size + tag_size) return false;
  const std::string_view ciphertext = sealed.substr(nonce_size);
  std::string out(ciphertext.size() - tag_size, '\0');
  const int failure =
      crypto_aead_xchacha20poly1305_ietf_decrypt(bytes(out), nullptr, nullptr, bytes(ciphertext), ciphertext.size(),
                                                 bytes(associated), associated.size(), bytes(sealed), bytes(key));
  if (failure == 0) plain = Secret(std::move(out));
  return failure == 0;
}

std::string associated_data(std::string_view context, std::string_view header, std::string_view place) {
  return std::string(context).append(header).append(place);
}

Error cannot_open(std::string_view why) {
  return {ErrorKind::config, "secrets.cannot_open",
          "a stored secret cannot be opened: " + std::string(why) +
              "; give it again: authenticate the integration, set the destination's password, make the webhook anew"};
}

std::string header_of(std::string_view key_id) {
  return std::string{format_version, algorithm_xchacha20_poly1305}.append(key_id);
}

}  // namespace

SecretBox::SecretBox(MasterKeys source) : source_(std::move(source)), keyring_(source_->load()) {}

std::string SecretBox::preferred_key() const {
  const std::scoped_lock lock(mutex_);
  return keyring_.first().id;
}

std::optional<Secret> SecretBox::key(std::string_view id) const {
  const std::scoped_lock lock(mutex_);
  if (const Keyring::Key* known = keyring_.find(id)) return known->key;
  if (!source_ || source_->file.empty()) return std::nullopt;
  keyring_.append(source_->load());
  const Keyring::Key* found = keyring_.find(id);
  if (found == nullptr) return std::nullopt;
  Log("secrets").info("the master keys were rotated, the file was read again", {{"key", show_key_id(id)}});
  return found->key;
}

std::string SecretBox::where() const { return source_ ? source_->where() : "this box"; }

void SecretBox::expect_key(const std::string& key_id) const {
  if (key(key_id)) return;
  throw Error(ErrorKind::config, "secrets.unknown_key",
              "the control database seals with the master key " + show_key_id(key_id) + ", which is not in " + where() +
                  ": all daemons of one control database need the same keys, so put that key's line there, too. If it "
                  "is lost: `sluice keys rotate --give-up`");
}

std::string SecretBox::seal(const Secret& secret, std::string_view place, const std::string& key_id) const {
  expect_key(key_id);
  const Secret master_key = key(key_id).value();
  std::string fresh(key_size, '\0');
  randombytes_buf(fresh.data(), fresh.size());
  const Secret data_key(std::move(fresh));
  const std::string header = header_of(key_id);
  return header + encrypt(data_key.reveal(), master_key.reveal(), associated_data(key_context, header, place)) +
         encrypt(secret.reveal(), data_key.reveal(), associated_data(text_context, header, place));
}

Secret SecretBox::open(std::string_view sealed, std::string_view place) const {
  if (sealed.size() < header_size + wrapped_key_size + nonce_size + tag_size) throw cannot_open("it was cut");
  if (sealed[0] != format_version || sealed[1] != algorithm_xchacha20_poly1305) {
    throw cannot_open("its format is not known to this version");
  }
  const std::string_view header = sealed.substr(0, header_size);
  const auto master_key = key(header.substr(2));
  if (!master_key) {
    throw cannot_open("it was sealed with the master key " + show_key_id(header.substr(2)) + ", which is not in " +
                      where() + ": put that key's line back there; if it is lost");
  }
  Secret data_key;
  Secret secret;
  if (!decrypt(sealed.substr(header_size, wrapped_key_size), master_key->reveal(),
               associated_data(key_context, header, place), data_key) ||
      !decrypt(sealed.substr(header_size + wrapped_key_size), data_key.reveal(),
               associated_data(text_context, header, place), secret)) {
    throw cannot_open("it was altered or belongs to another place");
  }
  return secret;
}

}  // namespace sluice
