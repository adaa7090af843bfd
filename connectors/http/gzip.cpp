#include "connectors/http/gzip.hpp"

#include "core/error.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

namespace sluice {
namespace {

constexpr std::size_t suspicious_size = 1024 * 1024;
constexpr std::size_t honest_ratio = 100;
constexpr int gzip_or_zlib = 15 + 32;
constexpr std::size_t reserve_limit = 8 * 1024 * 1024;

}  // namespace

struct Gunzip::Stream {
  Stream() {
    if (inflateInit2(&z, gzip_or_zlib) != Z_OK) throw std::bad_alloc();
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { inflateEnd(&z); }
  z_stream z{};
};

Gunzip::Gunzip(std::size_t limit, std::size_t expected) : stream_(std::make_unique<Stream>()), limit_(limit) {
  out_.reserve(std::min({expected, limit, reserve_limit}));
}

Gunzip::~Gunzip() = default;

void Gunzip::push(std::string_view slice) {
  z_stream& z = stream_->z;
  // zlib does not write through its input pointer.
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(slice.data()));
  z.avail_in = static_cast<uInt>(slice.size());
  taken_ += slice.size();
  std::array<char, 64 * 1024> piece;
  while (true) {
    if (is_complete_ && z.avail_in > 0) {
      // A gzip file may have several members.
      inflateReset(&z);
      is_complete_ = false;
    }
    z.next_out = reinterpret_cast<Bytef*>(piece.data());
    z.avail_out = static_cast<uInt>(piece.size());
    const int result = inflate(&z, Z_NO_FLUSH);
    out_.append(piece.data(), piece.size() - z.avail_out);
    check_size();
    if (result == Z_STREAM_END) {
      is_complete_ = true;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      throw Error(ErrorKind::transient, "http.bad_encoding", "the answer's gzip data is damaged");
    }
    // Output that does not fill the piece means that zlib has no more to give.
    if (z.avail_in == 0 && z.avail_out > 0) return;
  }
}

void Gunzip::check_size() const {
  if (out_.size() > limit_) {
    throw Error(ErrorKind::transient, "http.too_large",
                "the decoded answer is larger than " + std::to_string(limit_) + " bytes");
  }
  if (out_.size() > suspicious_size && out_.size() / honest_ratio > taken_) {
    throw Error(ErrorKind::transient, "http.too_large", "the answer unfolds to more than 100 times its size");
  }
}

std::string Gunzip::finish() {
  if (!is_complete_) throw Error(ErrorKind::transient, "http.truncated", "the answer's gzip data ends too early");
  return std::move(out_);
}

}  // namespace sluice
