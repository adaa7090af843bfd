#pragma once
// Bytes that only grow at their end, and whose new room is not filled with zeros first: std::string's resize does
// that, once for every value of every row.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace sluice {

class ByteBuffer {
 public:
  ByteBuffer() = default;
  ByteBuffer(const ByteBuffer& other) { append(other.view()); }
  ByteBuffer(ByteBuffer&& other) noexcept { swap(other); }
  ByteBuffer& operator=(ByteBuffer other) noexcept {
    swap(other);
    return *this;
  }
  ~ByteBuffer() = default;

  std::size_t size() const noexcept { return size_; }
  std::string_view view() const noexcept { return {data_.get(), size_}; }

  void reserve(std::size_t room) {
    if (room <= room_) return;
    auto larger = std::make_unique_for_overwrite<char[]>(room);
    if (size_ > 0) std::memcpy(larger.get(), data_.get(), size_);
    data_ = std::move(larger);
    room_ = room;
  }
  /// Room for `size` further bytes, to be written by the caller.
  char* grow(std::size_t size) {
    if (room_ - size_ < size) reserve(std::max(size_ + size, 2 * room_));
    return data_.get() + std::exchange(size_, size_ + size);
  }
  void append(std::string_view bytes) {
    if (!bytes.empty()) std::memcpy(grow(bytes.size()), bytes.data(), bytes.size());
  }
  /// Forgets what lies behind the first `size` bytes.
  void shrink(std::size_t size) noexcept { size_ = size; }

 private:
  void swap(ByteBuffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(room_, other.room_);
  }

  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
  std::size_t room_ = 0;
};

}  // namespace sluice
