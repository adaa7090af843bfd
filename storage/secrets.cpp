#include "storage/secrets.hpp"

#include "core/error.hpp"

#include <sodium.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
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
  return {ErrorKind::config, "secrets.cannot_open", "a stored secret cannot be opened: " + std::string(why)};
}

Error bad_key_file(const std::filesystem::path& file, std::string_view reason, std::string_view what_to_do) {
  return {ErrorKind::config, "secrets." + std::string(reason),
          "the master key file " + file.string() + " " + std::string(what_to_do)};
}

/// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const noexcept { return number_; }

 private:
  int number_;
};

Secret encode_key(const Secret& key) {
  std::string text(sodium_base64_ENCODED_LEN(key_size, sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes(key.reveal()), key_size, sodium_base64_VARIANT_ORIGINAL);
  text.back() = '\n';
  return Secret(std::move(text));
}

std::optional<Secret> decode_key(std::string_view base64) {
  std::string key(key_size, '\0');
  std::size_t decoded = 0;
  const int failure = sodium_base642bin(bytes(key), key.size(), base64.data(), base64.size(), " \t\r\n", &decoded,
                                        nullptr, sodium_base64_VARIANT_ORIGINAL);
  if (failure != 0 || decoded != key_size) return std::nullopt;
  return Secret(std::move(key));
}

Secret read_key(const std::filesystem::path& file, int descriptor) {
  struct stat status{};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    throw bad_key_file(file, "bad_key_file", "is no regular file");
  }
  // systemd hands a credential over by ACL, which shows as "readable by the group root".
  const mode_t allowed = S_IRWXU | (status.st_gid == 0 ? S_IRGRP : 0U);
  if ((status.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO) & ~allowed) != 0) {
    throw bad_key_file(file, "key_file_is_open", "can be read by others: chmod 600 it");
  }
  std::array<char, 256> text{};
  const ssize_t length = ::read(descriptor, text.data(), text.size());
  auto key = length < 0 ? std::nullopt : decode_key({text.data(), static_cast<std::size_t>(length)});
  sodium_memzero(text.data(), text.size());
  if (!key) throw bad_key_file(file, "bad_master_key", "does not hold the base64 text of 32 bytes");
  return std::move(*key);
}

/// Written whole under another name first: a crash never leaves half a key, and of two daemons that start together one
/// makes the key and both use it.
void make_key_file(const std::filesystem::path& file) {
  std::string key(key_size, '\0');
  randombytes_buf(key.data(), key.size());
  const Secret text = encode_key(Secret(std::move(key)));
  std::string draft = file.string() + ".XXXXXX";
  const Descriptor out(mkostemp(draft.data(), O_CLOEXEC));
  if (out.get() < 0)
    throw bad_key_file(file, "key_file_not_written", "cannot be made: " + std::string(std::strerror(errno)));
  const auto size = static_cast<ssize_t>(text.reveal().size());
  const bool is_written = fchmod(out.get(), S_IRUSR | S_IWUSR) == 0 &&
                          ::write(out.get(), text.reveal().data(), text.reveal().size()) == size &&
                          fsync(out.get()) == 0;
  const bool is_placed = is_written && (link(draft.c_str(), file.c_str()) == 0 || errno == EEXIST);
  const int reason = errno;
  unlink(draft.c_str());
  if (!is_placed)
    throw bad_key_file(file, "key_file_not_written", "cannot be made: " + std::string(std::strerror(reason)));
}

}  // namespace

SecretBox::SecretBox(Secret master_key) : master_key_(std::move(master_key)) {
  if (sodium_init() < 0) throw Error(ErrorKind::bug, "secrets.no_randomness", "libsodium does not start");
  if (master_key_.reveal().size() != key_size) {
    throw Error(ErrorKind::config, "secrets.bad_master_key", "the master key must have 32 bytes");
  }
  key_id_.resize(crypto_generichash_BYTES);
  crypto_generichash(bytes(key_id_), key_id_.size(), bytes(master_key_.reveal()), key_size, nullptr, 0);
  key_id_.resize(key_id_size);
}

std::string SecretBox::seal(const Secret& secret, std::string_view place) const {
  std::string fresh(key_size, '\0');
  randombytes_buf(fresh.data(), fresh.size());
  const Secret data_key(std::move(fresh));
  const std::string header = std::string{format_version, algorithm_xchacha20_poly1305} + key_id_;
  return header + encrypt(data_key.reveal(), master_key_.reveal(), associated_data(key_context, header, place)) +
         encrypt(secret.reveal(), data_key.reveal(), associated_data(text_context, header, place));
}

Secret SecretBox::open(std::string_view sealed, std::string_view place) const {
  if (sealed.size() < header_size + wrapped_key_size + nonce_size + tag_size) throw cannot_open("it was cut");
  if (sealed[0] != format_version || sealed[1] != algorithm_xchacha20_poly1305) {
    throw cannot_open("its format is not known to this version");
  }
  const std::string_view header = sealed.substr(0, header_size);
  if (header.substr(2) != key_id_) throw cannot_open("it was sealed with another master key");
  Secret data_key;
  Secret secret;
  if (!decrypt(sealed.substr(header_size, wrapped_key_size), master_key_.reveal(),
               associated_data(key_context, header, place), data_key) ||
      !decrypt(sealed.substr(header_size + wrapped_key_size), data_key.reveal(),
               associated_data(text_context, header, place), secret)) {
    throw cannot_open("it was altered or belongs to another place");
  }
  return secret;
}

Secret decode_master_key(const Secret& base64) {
  auto key = decode_key(base64.reveal());
  if (!key) {
    throw Error(ErrorKind::config, "secrets.bad_master_key", "secrets.master_key must be the base64 text of 32 bytes");
  }
  return std::move(*key);
}

Secret load_master_key(const std::filesystem::path& file, bool may_create) {
  if (sodium_init() < 0) throw Error(ErrorKind::bug, "secrets.no_randomness", "libsodium does not start");
  if (may_create && !std::filesystem::exists(file)) make_key_file(file);
  const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (in.get() < 0) throw bad_key_file(file, "no_key_file", "cannot be read: " + std::string(std::strerror(errno)));
  return read_key(file, in.get());
}

}  // namespace sluice
